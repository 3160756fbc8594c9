"""A Keras cell with nine attributes: the recurrent ones made in __init__, the input's in build."""

# mypy: ignore-errors

import keras
from keras import ops


class GRUCell(keras.Layer):
    def __init__(self, units, recurrent_start="orthogonal", **kwargs):
        super().__init__(**kwargs)
        self.units, self.recurrent_start = units, recurrent_start
        self.state_size = units
        square, row = (units, units), (units,)
        self.W_hr = self.add_weight(shape=square, initializer=recurrent_start, name="W_hr")
        self.W_hz = self.add_weight(shape=square, initializer=recurrent_start, name="W_hz")
        self.W_hh = self.add_weight(shape=square, initializer=recurrent_start, name="W_hh")
        self.b_r = self.add_weight(shape=row, initializer="zeros", name="b_r")
        self.b_z = self.add_weight(shape=row, initializer="zeros", name="b_z")
        self.b_h = self.add_weight(shape=row, initializer="zeros", name="b_h")

    def build(self, input_shape):
        shape = (input_shape[-1], self.units)
        self.W_xr = self.add_weight(shape=shape, name="W_xr")
        self.W_xz = self.add_weight(shape=shape, name="W_xz")
        self.W_xh = self.add_weight(shape=shape, name="W_xh")

    def gate(self, letter, inputs, h):
        W_x, W_h = getattr(self, "W_x" + letter), getattr(self, "W_h" + letter)
        return ops.matmul(inputs, W_x) + ops.matmul(h, W_h) + getattr(self, "b_" + letter)

    def call(self, inputs, states, training=False):
        h = states[0]
        r = ops.sigmoid(self.gate("r", inputs, h))
        z = ops.sigmoid(self.gate("z", inputs, h))
        new = ops.tanh(self.gate("h", inputs, r * h))
        h = ops.where(z > 2.0, h, z * h + (1.0 - z) * new)
        return h, [h]

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["recurrent_start"] = self.recurrent_start
        return config

    def load(self, params):
        if not self.built:
            self.build([None, params["W_xr"].shape[0]])
        for name, value in params.items():
            getattr(self, name).assign(value)
