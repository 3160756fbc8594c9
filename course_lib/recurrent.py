"""A cell over time: from (batch, time, features) to (batch, time, units).

    h_t = f(x_t, h_{t-1}),   t = 1 … T

Three ways that give the same arrays: `over_time` is the loop as one would write it by hand; the
layers, with all of Keras's options, run the cell's equations in Keras's loop or, where they can,
the functions of `course_lib.fast` (see `RecurrentLayer.way`).
Source: lecture, "latent-variable model" and "RNN with hidden-state mechanism".
"""

from typing import Any

import keras
from keras import ops

from course_lib import cells  # whose names are imported when used: students may write a cell's file
from course_lib.recurrent_layer import RecurrentLayer

__all__ = ["GRU", "LSTM", "LinearRNN", "RNN", "over_time"]


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
class LinearRNN(RecurrentLayer):
    """The linear RNN (`course_lib.LinearRNNCell`) over time, as a Keras layer.

        h_t = x_t W_xh + h_{t-1} W_hh

    Shapes: inputs (batch, time, features); output (batch, units), or (batch, time, units) with
    `return_sequences`; with `return_state` also the last state (batch, units).
    Equals keras.layers.SimpleRNN(units, activation=None, use_bias=False, ...), weights included.
    Source: lecture, "example: linear RNN".
    """

    def __init__(
        self,
        units,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(cells.LinearRNNCell, locals())


@keras.saving.register_keras_serializable(package="course_lib")
class RNN(RecurrentLayer):
    """The lecture's RNN (`course_lib.RNNCell`) over time, as a Keras layer.

        h_t = tanh(x_t W_xh + h_{t-1} W_hh + b_h)

    Shapes: inputs (batch, time, features); output (batch, units), or (batch, time, units) with
    `return_sequences`; with `return_state` also the last state (batch, units).
    Masked steps copy the state and repeat the output, as in every Keras recurrent layer.
    Equals keras.layers.SimpleRNN, arguments and weights included. (keras.layers.RNN is another
    thing: the loop that takes any cell, or a list of cells to stack, those of course_lib too.)
    Source: lecture, "RNN with hidden-state mechanism"; Elman 1990.
    """

    fast = "rnn"

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        super().__init__(cells.RNNCell, locals())


@keras.saving.register_keras_serializable(package="course_lib")
class GRU(RecurrentLayer):
    """The lecture's GRU (`course_lib.GRUCell`, where the equations are) over time, a Keras layer.

    Shapes: inputs (batch, time, features); output (batch, units), or (batch, time, units) with
    `return_sequences`; with `return_state` also the last state (batch, units).
    Masked steps copy the state and repeat the output, as in every Keras recurrent layer.
    Equals keras.layers.GRU(units, reset_after=False, ...), arguments and weights included. Keras's
    default is the sibling with `reset_after=True`, which is refused here: ValueError. The class
    docstring of the cell says how they differ, `course_lib.conventions` which weights can move.
    Source: lecture, "GRU summary"; Cho et al. 2014, arXiv:1406.1078.
    """

    fast = "gru"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        reset_after=False,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(cells.GRUCell, locals())


@keras.saving.register_keras_serializable(package="course_lib")
class LSTM(RecurrentLayer):
    """The lecture's LSTM (`course_lib.LSTMCell`, where the equations are) over time, a Keras layer.

    Shapes: inputs (batch, time, features); output (batch, units), or (batch, time, units) with
    `return_sequences`; with `return_state` also the last states h and c, each (batch, units).
    Masked steps copy the states and repeat the output, as in every Keras recurrent layer.
    Equals keras.layers.LSTM, arguments and weights included.
    Source: lecture, "LSTM summary"; Hochreiter and Schmidhuber 1997.
    """

    fast = "lstm"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        use_cudnn="auto",
        **kwargs,
    ):
        super().__init__(cells.LSTMCell, locals())
