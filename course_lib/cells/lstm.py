"""The long short-term memory, one step in time."""

import keras

from course_lib.cells.packed import PackedCell, blocks

__all__ = ["LSTMCell", "LSTM_PARAMETERS"]

LSTM_PARAMETERS = (
    *("W_xi", "W_hi", "b_i", "W_xf", "W_hf", "b_f"),
    *("W_xo", "W_ho", "b_o", "W_xc", "W_hc", "b_c"),
)
"""The lecture's names, equation by equation: input, forget, output gate, candidate cell."""


@keras.saving.register_keras_serializable(package="course_lib")
class LSTMCell(PackedCell, keras.layers.LSTMCell):
    """One step of a long short-term memory.

        i_t = σ(x_t W_xi + h_{t-1} W_hi + b_i)      input gate       (1)
        f_t = σ(x_t W_xf + h_{t-1} W_hf + b_f)      forget gate      (2)
        o_t = σ(x_t W_xo + h_{t-1} W_ho + b_o)      output gate      (3)
        c̃_t = tanh(x_t W_xc + h_{t-1} W_hc + b_c)   candidate cell   (4)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t             cell state       (5)
        h_t = o_t ⊙ tanh(c_t)                       hidden state     (6)

    Shapes: x_t (batch, features); all others (batch, units). The states are [h, c], in that order.
    W_x* (features, units), W_h* (units, units), b_* (units,).
    Equals keras.layers.LSTMCell, whose arguments it takes (a fresh b_f is 1, not 0, unless
    `unit_forget_bias=False`) and whose kernels stack i, f, c, o: `get_weights()` and
    `set_weights()` exchange [kernel, recurrent_kernel, bias] with it. PyTorch's order is the same,
    with two biases; see `course_lib.conventions`.
    Source: lecture, "LSTM summary"; Hochreiter and Schmidhuber 1997; the forget gate: Gers et al.
    2000.
    """

    PARAMETERS = LSTM_PARAMETERS
    packing = ("i", "f", "c", "o")
    W_xi, W_xf, W_xc, W_xo = blocks("kernel", 4)
    W_hi, W_hf, W_hc, W_ho = blocks("recurrent_kernel", 4)
    b_i, b_f, b_c, b_o = blocks("bias", 4)

    def input_gate(self, x, h_prev):
        """Equation (1)."""
        return self.recurrent_activation(x @ self.W_xi + h_prev @ self.W_hi + self.b_i)

    def forget_gate(self, x, h_prev):
        """Equation (2)."""
        return self.recurrent_activation(x @ self.W_xf + h_prev @ self.W_hf + self.b_f)

    def output_gate(self, x, h_prev):
        """Equation (3)."""
        return self.recurrent_activation(x @ self.W_xo + h_prev @ self.W_ho + self.b_o)

    def candidate(self, x, h_prev):
        """Equation (4)."""
        return self.activation(x @ self.W_xc + h_prev @ self.W_hc + self.b_c)

    def cell_state(self, f, c_prev, i, c_tilde):
        """Equation (5)."""
        return f * c_prev + i * c_tilde

    def hidden_state(self, o, c):
        """Equation (6)."""
        return o * self.activation(c)

    def step(self, x, h_prev, c_prev, training=False):
        """x_t (batch, features), h_{t-1}, c_{t-1} (batch, units) -> h_t, c_t (batch, units)."""
        (x_i, x_f, x_c, x_o), (h_i, h_f, h_c, h_o) = self.dropped(x, h_prev, training)
        i = self.input_gate(x_i, h_i)
        f = self.forget_gate(x_f, h_f)
        o = self.output_gate(x_o, h_o)
        c_tilde = self.candidate(x_c, h_c)
        c = self.cell_state(f, c_prev, i, c_tilde)
        return self.hidden_state(o, c), c
