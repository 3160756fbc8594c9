"""A Keras cell with three attributes, the recurrent matrix and the bias made in __init__."""

# mypy: ignore-errors

import keras
from keras import ops


class RNNCell(keras.Layer):
    def __init__(self, units, recurrent_start="orthogonal", **kwargs):
        super().__init__(**kwargs)
        self.units, self.recurrent_start = units, recurrent_start
        self.state_size = units
        self.W_hh = self.add_weight(shape=(units, units), initializer=recurrent_start, name="W_hh")
        self.b_h = self.add_weight(shape=(units,), initializer="zeros", name="b_h")

    def build(self, input_shape):
        self.W_xh = self.add_weight(shape=(input_shape[-1], self.units), name="W_xh")

    def call(self, inputs, states, training=False):
        (h_prev,) = states
        a = ops.matmul(inputs, self.W_xh) + ops.matmul(h_prev, self.W_hh)
        h = ops.tanh(ops.add(a, self.b_h))
        return h, (h,)

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["recurrent_start"] = self.recurrent_start
        return config

    def load(self, params):
        if not self.built:
            self.build([None, params["W_xh"].shape[0]])
        for name, value in params.items():
            getattr(self, name).assign(value)
