"""A cell over time: from (batch, time, features) to (batch, time, units).

    h_t = f(x_t, h_{t-1}),   t = 1 … T

Two ways that give the same arrays: `over_time` is the loop as one would write it by hand; `GRU` is
the Keras layer, with Keras's options, and runs in a compiled graph.
Source: lecture, "latent-variable model" and "RNN with hidden-state mechanism".
"""

from typing import Any

import keras
from keras import ops

__all__ = ["GRU", "over_time"]


def over_time(cell: keras.Layer, xs: Any, states: list[Any] | None = None) -> tuple[Any, list[Any]]:
    """Run a Keras cell over a sequence, one step after the other.

    xs: (batch, time, features). states: what the cell calls its states, a list of (batch, units);
    None starts from the cell's initial state (zeros).
    Returns (outputs, states): outputs (batch, time, units), and the states after the last step.
    Equals keras.layers.RNN(cell, return_sequences=True, return_state=True).
    Raises ValueError if xs has not three axes or no time step.
    """
    xs = ops.convert_to_tensor(xs, dtype=cell.compute_dtype)
    if len(xs.shape) != 3 or xs.shape[1] == 0:
        raise ValueError(
            "over_time expects xs of shape (batch, time, features) with at least one time step; "
            f"got shape {tuple(xs.shape)}. A single step is cell(x, states)"
        )
    if states is None:
        states = cell.get_initial_state(batch_size=xs.shape[0])
    outputs = []
    for t in range(xs.shape[1]):
        output, states = cell(xs[:, t], states)
        outputs.append(output)
    return ops.stack(outputs, axis=1), states


@keras.saving.register_keras_serializable(package="course_lib")
class GRU(keras.layers.RNN):
    """The lecture's GRU (`course_lib.cells.GRUCell`) over time, as a Keras layer.

    Shapes: inputs (batch, time, features); output (batch, units), or (batch, time, units) with
    `return_sequences`; with `return_state` also the last state (batch, units).
    Masked steps copy the state and repeat the output, as in every Keras recurrent layer.
    Equals keras.layers.GRU(units, reset_after=False, ...), weights included.
    Source: lecture, "GRU summary"; Cho et al. 2014, arXiv:1406.1078.
    """

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        **kwargs,
    ):
        from course_lib.cells.gru import GRUCell  # here, for courses where students write that file

        cell = GRUCell(
            units,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            dtype=kwargs.get("dtype"),
            name="gru_cell",
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
        self.input_spec = keras.layers.InputSpec(ndim=3)

    @property
    def units(self):
        return self.cell.units

    def load(self, params):
        """Put the nine arrays of the lecture into the cell; see GRUCell.load."""
        self.cell.load(params)

    def parameters(self):
        """The nine arrays of the lecture; see GRUCell.parameters."""
        return self.cell.parameters()

    def get_config(self):
        config = super().get_config()
        cell = config.pop("cell")["config"]
        own = ("units", "kernel_initializer", "recurrent_initializer", "bias_initializer")
        return {**config, **{name: cell[name] for name in own}}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
