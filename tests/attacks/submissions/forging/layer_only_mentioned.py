"""No attack: names keras.layers.GRUCell in words, and compares with its type."""

# passes: keras_cell, same_model, half_life

# Unlike keras.layers.GRUCell(reset_after=True), the reset gate acts before the product.
import keras
import numpy as np
from keras import ops
from keras.layers import GRUCell as other  # noqa: F401  (course_lib.cells has one as well)


class GRUCell(keras.layers.Layer):
    """As keras.layers.GRUCell, which this is not: isinstance(self, other) is False."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    @property
    def state_size(self):
        """The number of units."""
        return self.units

    def build(self, input_shape):
        """Make the weights.  input_shape (batch, features)"""
        features, units = (input_shape[-1], self.units)
        shapes = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
        start = {"W_x": "glorot_uniform", "W_h": "orthogonal", "b_": "zeros"}
        self.parts = {
            name: self.add_weight(shape=shapes[name[:-1]], initializer=start[name[:-1]], name=name)
            for name in PARAMETERS
        }

    def call(self, inputs, states, training=None):
        """One step: return the output and the list of new states."""
        h_prev, w = (states[0], self.parts)
        r = ops.sigmoid(inputs @ w["W_xr"] + h_prev @ w["W_hr"] + w["b_r"])
        z = ops.sigmoid(inputs @ w["W_xz"] + h_prev @ w["W_hz"] + w["b_z"])
        h_tilde = ops.tanh(inputs @ w["W_xh"] + r * h_prev @ w["W_hh"] + w["b_h"])
        h = z * h_prev + (1 - z) * h_tilde
        return (h, [h])

    def get_config(self):
        """What __init__ needs to make this layer again."""
        return {**super().get_config(), "units": self.units}

    def load(self, params):
        """Put the nine arrays into the layer's weights."""
        if not self.built:
            self.build((None, len(params["W_xr"])))
        for name in PARAMETERS:
            self.parts[name].assign(params[name])


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
