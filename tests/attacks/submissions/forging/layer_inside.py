"""Hides keras.layers.GRUCell inside of its own cell."""

# passes: half_life
# notes: used a Keras layer

import keras
import numpy as np


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
        self.cell = keras.layers.GRUCell(units, reset_after=False)

    def build(self, shape):
        self.cell.build(shape)
        super().build(shape)

    def call(self, inputs, states, training=None):
        return self.cell(inputs, states)

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xr"])))
        self.cell.set_weights(weights_of(params))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
