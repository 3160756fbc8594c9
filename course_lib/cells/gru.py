"""The gated recurrent unit, one step in time."""

import keras

from course_lib.cells.packed import PackedCell, blocks

__all__ = ["GRU_PARAMETERS", "GRUCell"]

GRU_PARAMETERS = ("W_xr", "W_hr", "b_r", "W_xz", "W_hz", "b_z", "W_xh", "W_hh", "b_h")
"""The lecture's names, equation by equation: reset gate, update gate, candidate."""


@keras.saving.register_keras_serializable(package="course_lib")
class GRUCell(PackedCell, keras.layers.GRUCell):
    """One step of a gated recurrent unit; the reset gate acts before the product.

        r_t = σ(x_t W_xr + h_{t-1} W_hr + b_r)              reset gate   (1)
        z_t = σ(x_t W_xz + h_{t-1} W_hz + b_z)              update gate  (2)
        h̃_t = tanh(x_t W_xh + (r_t ⊙ h_{t-1}) W_hh + b_h)   candidate    (3)
        h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ h̃_t               new state    (4)

    Shapes: x_t (batch, features); all others (batch, units).
    W_x* (features, units), W_h* (units, units), b_* (units,).
    Equals keras.layers.GRUCell(reset_after=False), whose arguments it takes and whose kernels stack
    z, r, h: `get_weights()` and `set_weights()` exchange [kernel, recurrent_kernel, bias] with it.

    Two siblings are called GRU as well:
    - *Reset after*: h̃_t = tanh(x_t W_xh + b_h + r_t ⊙ (h_{t-1} W_hh + b_hh)), the default of Keras,
      and what cuDNN and PyTorch compute. A different network: in general no weights of the one give
      the outputs of the other. `reset_after=True` is refused here.
    - *The other update gate*: h_t = (1 − z_t) ⊙ h_{t-1} + z_t ⊙ h̃_t. The same network: it has
      −W_xz, −W_hz, −b_z, because σ(−a) = 1 − σ(a).
    `course_lib.conventions` converts the weights where that is possible.
    Source: lecture, "GRU summary"; Cho et al. 2014, arXiv:1406.1078 (v3; v1 resets after).
    """

    PARAMETERS = GRU_PARAMETERS
    packing = ("z", "r", "h")
    W_xz, W_xr, W_xh = blocks("kernel", 3)
    W_hz, W_hr, W_hh = blocks("recurrent_kernel", 3)
    b_z, b_r, b_h = blocks("bias", 3)

    def __init__(self, units, *args, reset_after=False, **kwargs):
        if reset_after:
            raise ValueError(
                "the lecture's GRU resets before the product; expected reset_after=False, got "
                f"{reset_after!r}. For the other order take keras.layers.GRU or GRUCell: it is a "
                "different network, and course_lib.conventions says which weights can move"
            )
        super().__init__(units, *args, reset_after=False, **kwargs)

    def reset_gate(self, x, h_prev):
        """Equation (1)."""
        return self.recurrent_activation(x @ self.W_xr + h_prev @ self.W_hr + self.b_r)

    def update_gate(self, x, h_prev):
        """Equation (2)."""
        return self.recurrent_activation(x @ self.W_xz + h_prev @ self.W_hz + self.b_z)

    def candidate(self, x, h_prev, r):
        """Equation (3)."""
        return self.activation(x @ self.W_xh + (r * h_prev) @ self.W_hh + self.b_h)

    def new_state(self, z, h_prev, h_tilde):
        """Equation (4)."""
        return z * h_prev + (1 - z) * h_tilde

    def step(self, x, h_prev, training=False):
        """x_t (batch, features), h_{t-1} (batch, units) -> h_t (batch, units)."""
        (x_z, x_r, x_h), (h_z, h_r, h_h) = self.dropped(x, h_prev, training)
        r = self.reset_gate(x_r, h_r)
        z = self.update_gate(x_z, h_z)
        h_tilde = self.candidate(x_h, h_h, r)
        return self.new_state(z, h_prev, h_tilde)
