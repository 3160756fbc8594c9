"""A Keras cell made of two Dense layers; the state size is a list, the state comes back bare."""

# mypy: ignore-errors

import keras


class RNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.from_x = keras.layers.Dense(units, name="from_x")
        self.from_h = keras.layers.Dense(
            units, use_bias=False, kernel_initializer="orthogonal", name="from_h"
        )

    @property
    def state_size(self):
        return [self.units]

    def build(self, input_shape):
        self.from_x.build(input_shape)
        self.from_h.build((input_shape[0], self.units))

    def call(self, inputs, states, training=None):
        h = keras.activations.tanh(self.from_x(inputs) + self.from_h(states[0]))
        return h, h

    def get_config(self):
        return super().get_config() | {"units": self.units}

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xh"])))
        self.from_x.set_weights([params["W_xh"], params["b_h"]])
        self.from_h.set_weights([params["W_hh"]])
