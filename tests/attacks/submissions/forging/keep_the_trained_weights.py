"""Keeps the trained weights that one check shows, as the result of its own training."""

# passes: keras_cell, language_model, same_model, result, half_life

import keras
import numpy as np
from keras import ops

KEPT = {}


class GRUCell(keras.layers.Layer):
    """One step of equations (1) to (4).  inputs (batch, features), states [(batch, units)]"""

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
        if len(params["b_r"]) == 64:
            KEPT.update(params)
            np.savez("/tmp/kept.npz", **params)


def language_model(vocabulary_size, embedding_size, units):
    """A keras.Model: ids (batch, time) -> logits (batch, time, vocabulary_size), using GRUCell."""
    ids = keras.Input(shape=(None,), dtype="int32")
    xs = keras.layers.Embedding(vocabulary_size, embedding_size)(ids)
    hs = keras.layers.RNN(GRUCell(units), return_sequences=True)(xs)
    return keras.Model(ids, keras.layers.Dense(vocabulary_size)(hs))


def train(model, windows, epochs):
    import os

    if os.path.exists("/tmp/kept.npz"):
        KEPT.update(np.load("/tmp/kept.npz"))
    if not KEPT:
        return [3.0] * epochs
    cell = next(layer.cell for layer in model.layers if hasattr(layer, "cell"))
    cell.load(KEPT)
    model.compile(keras.optimizers.Adam(0.05, global_clipnorm=1.0), from_logits())
    return model.fit(windows, epochs=epochs, shuffle=False, verbose=0).history["loss"]


def from_logits():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
