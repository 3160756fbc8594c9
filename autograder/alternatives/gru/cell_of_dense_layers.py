"""A Keras cell made of Dense layers, one for each product."""

# mypy: ignore-errors

import keras


class GRUCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.from_x = {g: keras.layers.Dense(units, name=f"x_{g}") for g in "rzh"}
        self.from_h = {g: keras.layers.Dense(units, use_bias=False, name=f"h_{g}") for g in "rzh"}

    @property
    def state_size(self):
        return (self.units,)

    def build(self, input_shape):
        for gate in "rzh":
            self.from_x[gate].build(input_shape)
            self.from_h[gate].build((input_shape[0], self.units))

    def call(self, inputs, states, training=None):
        h = states[0]
        r = keras.activations.sigmoid(self.from_x["r"](inputs) + self.from_h["r"](h))
        z = keras.activations.sigmoid(self.from_x["z"](inputs) + self.from_h["z"](h))
        new = keras.activations.tanh(self.from_x["h"](inputs) + self.from_h["h"](r * h))
        h = z * h + (1 - z) * new
        return h, h

    def get_config(self):
        return super().get_config() | {"units": self.units}

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xr"])))
        for gate in "rzh":
            self.from_x[gate].set_weights([params[f"W_x{gate}"], params[f"b_{gate}"]])
            self.from_h[gate].set_weights([params[f"W_h{gate}"]])
