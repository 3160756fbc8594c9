"""The gated recurrent unit, one step in time."""

import keras
import numpy as np
from keras import ops

from course_lib.token_ids import positive

__all__ = ["GRU_PARAMETERS", "GRUCell"]

GRU_PARAMETERS = ("W_xr", "W_hr", "b_r", "W_xz", "W_hz", "b_z", "W_xh", "W_hh", "b_h")
"""The lecture's names, equation by equation: reset gate, update gate, candidate."""


def _block(weight, position):
    """One gate's third of a stacked weight, as a property of the cell."""
    return property(lambda cell: ops.split(getattr(cell, weight), 3, axis=-1)[position])


@keras.saving.register_keras_serializable(package="course_lib")
class GRUCell(keras.layers.Layer):
    """One step of a gated recurrent unit; the reset gate acts before the product.

        r_t = σ(x_t W_xr + h_{t-1} W_hr + b_r)              reset gate   (1)
        z_t = σ(x_t W_xz + h_{t-1} W_hz + b_z)              update gate  (2)
        h̃_t = tanh(x_t W_xh + (r_t ⊙ h_{t-1}) W_hh + b_h)   candidate    (3)
        h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ h̃_t               new state    (4)

    Shapes: x_t (batch, features); all others (batch, units).
    W_x* (features, units), W_h* (units, units), b_* (units,).
    Equals keras.layers.GRUCell(reset_after=False), whose kernels stack z, r, h: `get_weights()` and
    `set_weights()` exchange [kernel, recurrent_kernel, bias] with it, both ways.
    Source: lecture, "GRU summary"; Cho et al. 2014, arXiv:1406.1078.
    """

    W_xz, W_xr, W_xh = (_block("kernel", position) for position in range(3))
    W_hz, W_hr, W_hh = (_block("recurrent_kernel", position) for position in range(3))
    b_z, b_r, b_h = (_block("bias", position) for position in range(3))

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = positive("units", units)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape):
        stacked = 3 * self.units  # z, r, h
        self.kernel = self.add_weight(
            shape=(input_shape[-1], stacked), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, stacked),
            initializer=self.recurrent_initializer,
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(stacked,), initializer=self.bias_initializer, name="bias"
        )

    def reset_gate(self, x, h_prev):
        """Equation (1)."""
        return ops.sigmoid(x @ self.W_xr + h_prev @ self.W_hr + self.b_r)

    def update_gate(self, x, h_prev):
        """Equation (2)."""
        return ops.sigmoid(x @ self.W_xz + h_prev @ self.W_hz + self.b_z)

    def candidate(self, x, h_prev, r):
        """Equation (3)."""
        return ops.tanh(x @ self.W_xh + (r * h_prev) @ self.W_hh + self.b_h)

    def new_state(self, z, h_prev, h_tilde):
        """Equation (4)."""
        return z * h_prev + (1 - z) * h_tilde

    def step(self, x, h_prev):
        """x_t (batch, features), h_{t-1} (batch, units) -> h_t (batch, units)."""
        r = self.reset_gate(x, h_prev)
        z = self.update_gate(x, h_prev)
        h_tilde = self.candidate(x, h_prev, r)
        return self.new_state(z, h_prev, h_tilde)

    def call(self, inputs, states, training=False):
        """Keras's contract for cells: (x_t, [h_{t-1}]) -> (h_t, [h_t])."""
        nested = isinstance(states, list | tuple)
        h = self.step(inputs, states[0] if nested else states)
        return h, [h] if nested else h

    def get_initial_state(self, batch_size=None):
        return [ops.zeros((batch_size, self.units), dtype=self.compute_dtype)]

    def load(self, params):
        """Put the nine arrays into the weights; builds the cell if that has not happened yet.

        params: a dict with exactly the names of GRU_PARAMETERS; shapes as in the class docstring.
        Raises TypeError for anything but a dict, ValueError for a wrong name or shape.
        """
        if not isinstance(params, dict):
            raise TypeError(
                f"load expects a dict of the nine arrays {', '.join(GRU_PARAMETERS)}; "
                f"got {type(params).__name__}"
            )
        missing = [name for name in GRU_PARAMETERS if name not in params]
        unknown = [str(name) for name in params if name not in GRU_PARAMETERS]
        if missing or unknown:
            raise ValueError(
                f"the parameters of a GRU are {', '.join(GRU_PARAMETERS)}; "
                f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
            )
        arrays = {name: np.asarray(params[name]) for name in GRU_PARAMETERS}
        self._check_shapes(arrays)
        if not self.built:
            self.build((None, arrays["W_xr"].shape[0]))
        self.set_weights(
            [
                np.concatenate([arrays[f"{part}{gate}"] for gate in "zrh"], axis=-1)
                for part in ("W_x", "W_h", "b_")  # kernel, recurrent_kernel, bias
            ]
        )

    def _check_shapes(self, arrays):
        units = self.units
        first = arrays["W_xr"]
        features = self.kernel.shape[0] if self.built else first.shape[0] if first.ndim else 0
        expected = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
        wrong = [
            f"{name} must be {expected[name[:-1]]}, got {array.shape}"
            for name, array in arrays.items()
            if array.shape != expected[name[:-1]]
        ]
        if wrong:
            raise ValueError(
                f"wrong shape for a GRU with {units} units and {features} features: "
                f"{'; '.join(wrong)}. W_x* are (features, units), not (units, features)"
            )

    def parameters(self):
        """The nine arrays as a dict of NumPy arrays, in the order of GRU_PARAMETERS."""
        if not self.built:
            raise ValueError(
                "this GRUCell has no weights yet; call it on an input, build it with "
                "build((None, features)), or load parameters first"
            )
        return {name: ops.convert_to_numpy(getattr(self, name)) for name in GRU_PARAMETERS}

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "units": self.units,
            "kernel_initializer": serialize(self.kernel_initializer),
            "recurrent_initializer": serialize(self.recurrent_initializer),
            "bias_initializer": serialize(self.bias_initializer),
        }
