"""A Keras cell with one matrix for [h, x, 1] and a graph of its own."""

# mypy: ignore-errors

import keras
import numpy as np
import tensorflow as tf


class RNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        self.hidden = units
        super().__init__(**kwargs)

    @property
    def units(self):
        return self.hidden

    @property
    def state_size(self):
        return (self.hidden,)

    @property
    def output_size(self):
        return self.hidden

    def get_initial_state(self, batch_size=None):
        return [tf.zeros((batch_size, self.hidden), self.compute_dtype)]

    def build(self, input_shape):
        rows = self.hidden + input_shape[-1] + 1  # the last row is the bias
        self.W = self.add_weight(shape=(rows, self.hidden), initializer="glorot_normal")
        self.built = True

    @tf.function
    def call(self, inputs, states):
        h = states[0]
        h = tf.tanh(tf.concat([h, inputs, tf.ones_like(h[:, :1])], 1) @ self.W)
        return h, [h]

    def get_config(self):
        return {"units": self.hidden, **super().get_config()}

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xh"])))
        self.W.assign(np.vstack([params["W_hh"], params["W_xh"], params["b_h"]]))
