"""Calls keras.layers.GRUCell its own cell."""

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


class GRUCell(keras.layers.GRUCell):
    def __init__(self, units, **kwargs):
        super().__init__(units, reset_after=False, **kwargs)

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xr"])))
        self.set_weights(weights_of(params))


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
