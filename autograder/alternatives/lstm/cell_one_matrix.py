"""A Keras cell with one matrix for [x, h, 1], gates in the order c, o, f, i, and its own graph."""

# mypy: ignore-errors

import keras
import numpy as np
import tensorflow as tf


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        self.hidden = units
        super().__init__(**kwargs)

    @property
    def state_size(self):
        return (self.hidden, self.hidden)

    @property
    def output_size(self):
        return self.hidden

    def get_initial_state(self, batch_size=None):
        return [tf.zeros((batch_size, self.hidden), self.compute_dtype)] * 2

    def build(self, input_shape):
        rows = input_shape[-1] + self.hidden
        self.W = self.add_weight(shape=(rows, 4 * self.hidden), initializer="glorot_normal")
        start = np.zeros((1, 4 * self.hidden), np.float32)
        start[0, 2 * self.hidden : 3 * self.hidden] = 1.0
        self.b = self.add_weight(shape=start.shape, initializer="zeros")
        self.b.assign(start)
        self.built = True

    @tf.function
    def call(self, inputs, states):
        h, c = states[0], states[1]
        a = tf.concat([inputs, h, tf.ones_like(h[:, :1])], 1) @ tf.concat([self.W, self.b], 0)
        new, o, f, i = tf.split(a, 4, axis=1)
        c = c * tf.sigmoid(f) + tf.tanh(new) * tf.sigmoid(i)
        h = tf.tanh(c) * tf.sigmoid(o)
        return h, (h, c)

    def get_config(self):
        return {"units": self.hidden, **super().get_config()}

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xi"])))
        columns = [np.vstack([params[f"W_x{g}"], params[f"W_h{g}"]]) for g in "cofi"]
        self.W.assign(np.hstack(columns))
        self.b.assign(np.hstack([params[f"b_{g}"] for g in "cofi"])[None])
