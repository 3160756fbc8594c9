"""A Keras cell with one matrix for [x, h], gates in the order h, z, r, and a graph of its own."""

# mypy: ignore-errors

import keras
import numpy as np
import tensorflow as tf


class GRUCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        self.hidden = units
        super().__init__(**kwargs)

    @property
    def state_size(self):
        return [self.hidden]

    @property
    def output_size(self):
        return self.hidden

    def get_initial_state(self, batch_size=None):
        return [tf.zeros((batch_size, self.hidden), self.compute_dtype)]

    def build(self, input_shape):
        rows = input_shape[-1] + self.hidden + 1  # the last row is the bias
        self.W = self.add_weight(shape=(rows, 3 * self.hidden), initializer="glorot_normal")
        self.built = True

    @tf.function
    def call(self, inputs, states):
        h, W, u = states[0], tf.convert_to_tensor(self.W), self.hidden
        ones = tf.ones_like(h[:, :1])
        z, r = tf.split(tf.sigmoid(tf.concat([inputs, h, ones], 1) @ W[:, u:]), 2, axis=1)
        c = tf.tanh(tf.concat([inputs, r * h, ones], 1) @ W[:, :u])
        h = c + z * (h - c)
        return h, (h,)

    def get_config(self):
        return {"units": self.hidden, **super().get_config()}

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xr"])))
        columns = [
            np.vstack([params[f"W_x{g}"], params[f"W_h{g}"], params[f"b_{g}"]]) for g in "hzr"
        ]
        self.W.assign(np.hstack(columns))
