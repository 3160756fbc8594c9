"""The plain recurrent network, one step in time."""

import keras

from course_lib.cells.packed import PackedCell, blocks

__all__ = ["RNNCell", "RNN_PARAMETERS"]

RNN_PARAMETERS = ("W_xh", "W_hh", "b_h")
"""The lecture's names: input to hidden, hidden to hidden, bias."""


@keras.saving.register_keras_serializable(package="course_lib")
class RNNCell(PackedCell, keras.layers.SimpleRNNCell):
    """One step of the lecture's RNN.

        h_t = tanh(x_t W_xh + h_{t-1} W_hh + b_h)   hidden state   (1)

    Shapes: x_t (batch, features), h_t (batch, units); W_xh (features, units), W_hh (units, units),
    b_h (units,). The lecture writes φ for tanh, and W_hx in front of a column x.
    Equals keras.layers.SimpleRNNCell, whose arguments it takes; `get_weights()` and `set_weights()`
    exchange [kernel, recurrent_kernel, bias] with it.
    Source: lecture, "RNN with hidden-state mechanism"; Elman 1990.
    """

    PARAMETERS = RNN_PARAMETERS
    packing = ("h",)
    (W_xh,), (W_hh,), (b_h,) = blocks("kernel", 1), blocks("recurrent_kernel", 1), blocks("bias", 1)

    def hidden_state(self, x, h_prev):
        """Equation (1)."""
        return self.activation(x @ self.W_xh + h_prev @ self.W_hh + self.b_h)

    def step(self, x, h_prev, training=False):
        """x_t (batch, features), h_{t-1} (batch, units) -> h_t (batch, units)."""
        (x,), (h_prev,) = self.dropped(x, h_prev, training)
        return self.hidden_state(x, h_prev)
