"""The linear recurrent network, one step in time."""

import keras

from course_lib.cells.packed import PackedCell, blocks

__all__ = ["LINEAR_RNN_PARAMETERS", "LinearRNNCell"]

LINEAR_RNN_PARAMETERS = ("W_xh", "W_hh")
"""The lecture's names: input to hidden, hidden to hidden."""

FIXED = ("activation", "use_bias", "bias_initializer", "bias_regularizer", "bias_constraint")


@keras.saving.register_keras_serializable(package="course_lib")
class LinearRNNCell(PackedCell, keras.layers.SimpleRNNCell):
    """One step of the linear RNN, on which back-propagation through time is derived.

        h_t = x_t W_xh + h_{t-1} W_hh   hidden state   (1)

    Shapes: x_t (batch, features), h_t (batch, units); W_xh (features, units), W_hh (units, units).
    The lecture writes h_t = W_hx x_t + W_hh h_{t-1} for a column x_t; here the batch comes first,
    so that x_t is a row, and the matrices are the lecture's transposed.
    Equals keras.layers.SimpleRNNCell(activation=None, use_bias=False); `get_weights()` and
    `set_weights()` exchange [kernel, recurrent_kernel] with it.
    Source: lecture, "example: linear RNN".
    """

    PARAMETERS = LINEAR_RNN_PARAMETERS
    packing = ("h",)
    (W_xh,), (W_hh,) = blocks("kernel", 1), blocks("recurrent_kernel", 1)

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(
            units,
            activation=None,
            use_bias=False,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **kwargs,
        )

    def hidden_state(self, x, h_prev):
        """Equation (1)."""
        return x @ self.W_xh + h_prev @ self.W_hh

    def step(self, x, h_prev, training=False):
        """x_t (batch, features), h_{t-1} (batch, units) -> h_t (batch, units)."""
        (x,), (h_prev,) = self.dropped(x, h_prev, training)
        return self.hidden_state(x, h_prev)

    def get_config(self):
        config = super().get_config()
        return {name: value for name, value in config.items() if name not in FIXED}
