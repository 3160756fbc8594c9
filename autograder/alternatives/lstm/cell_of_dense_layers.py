"""A Keras cell made of Dense layers, one for each product."""

# mypy: ignore-errors

import keras


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        start = {"i": "zeros", "f": "ones", "o": "zeros", "c": "zeros"}
        self.from_x = {
            g: keras.layers.Dense(units, bias_initializer=b, name=f"x_{g}")
            for g, b in start.items()
        }
        self.from_h = {
            g: keras.layers.Dense(
                units, use_bias=False, kernel_initializer="orthogonal", name=f"h_{g}"
            )
            for g in start
        }

    @property
    def state_size(self):
        return [self.units] * 2

    def build(self, input_shape):
        for gate in "ifoc":
            self.from_x[gate].build(input_shape)
            self.from_h[gate].build((input_shape[0], self.units))

    def call(self, inputs, states, training=None):
        h, c = states
        a = {g: self.from_x[g](inputs) + self.from_h[g](h) for g in "ifoc"}
        i, f, o = (keras.activations.sigmoid(a[g]) for g in "ifo")
        c = f * c + i * keras.activations.tanh(a["c"])
        h = o * keras.activations.tanh(c)
        return h, (h, c)

    def get_config(self):
        return super().get_config() | {"units": self.units}

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xi"])))
        for gate in "ifoc":
            self.from_x[gate].set_weights([params[f"W_x{gate}"], params[f"b_{gate}"]])
            self.from_h[gate].set_weights([params[f"W_h{gate}"]])
