"""Observations of the lstm unit: one function a check, (student, case) -> named arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import entries, lstm_adding, present
from .keras_model import KerasModel

GATES = ("W_xi", "W_hi", "b_i", "W_xf", "W_hf", "b_f", "W_xo", "W_ho", "b_o")
PARAMETERS = (*GATES, "W_xc", "W_hc", "b_c")
_keras = KerasModel("lstm", "LSTMCell", PARAMETERS, states=("h", "c"))

keras_cell, language_model, same_model = _keras.cell, _keras.language_model, _keras.same_model
learns, result = _keras.learns, _keras.result
long_lag, error_by_lag = lstm_adding.long_lag, lstm_adding.error_by_lag


def parameters(case: Any) -> dict[str, np.ndarray]:
    """The twelve arrays of the case as the dict that the student's functions take."""
    return {name: case.values[name].copy() for name in PARAMETERS}


def _together(value: Any, names: str | tuple[str, ...], axes: int) -> dict[str, Any]:
    """Arrays returned as a tuple or a list, or as one array with them along its first axis."""
    is_one = not isinstance(value, tuple | list) and np.ndim(value) == axes + 1
    if (is_one or isinstance(value, tuple | list)) and len(value) == len(names):
        return present(**dict(zip(names, value, strict=True)))
    return present(**{names[0]: value})


def gates(student: Any, case: Any) -> dict[str, Any]:
    return _together(student.gates(case.x, case.h_prev, parameters(case)), "ifo", axes=2)


def candidate(student: Any, case: Any) -> dict[str, Any]:
    return present(c_tilde=student.candidate(case.x, case.h_prev, parameters(case)))


def cell_state(student: Any, case: Any) -> dict[str, Any]:
    return present(c=student.cell_state(case.f, case.c_prev, case.i, case.c_tilde))


def hidden_state(student: Any, case: Any) -> dict[str, Any]:
    return present(h=student.hidden_state(case.o, case.c))


def one_step(student: Any, case: Any) -> dict[str, Any]:
    return _together(
        student.lstm_step(case.x, case.h_prev, case.c_prev, parameters(case)), "hc", axes=2
    )


def over_time(student: Any, case: Any) -> dict[str, Any]:
    states = student.lstm_over_time(case.xs, case.h_0, case.c_0, parameters(case))
    return _together(states, ("hs", "cs"), axes=3)


def _limit(student: Any, function: Any, case: Any) -> dict[str, Any]:
    """The changed parameters, and what the student's own step does with them."""
    given = parameters(case)
    seen = entries(function(given), PARAMETERS)
    kept = all(np.array_equal(given[name], case.values[name]) for name in PARAMETERS)
    states = {}
    if all(n in seen and np.shape(seen[n]) == given[n].shape for n in PARAMETERS):
        states = _together(
            student.lstm_step(case.x, case.h_prev, case.c_prev, dict(seen)), "hc", axes=2
        )
    return {**seen, **states, "input_unchanged": np.array(kept)}


def limit_carry(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student, student.carry_params, case)


def limit_count(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student, student.count_params, case)


def limit_rnn(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student, student.rnn_params, case)


def direct_path(student: Any, case: Any) -> dict[str, Any]:
    return present(path=student.direct_path(case.xs, case.h_0, case.c_0, parameters(case)))


def step_gradients(student: Any, case: Any) -> dict[str, Any]:
    gradients = student.lstm_step_gradients(
        case.x, case.h_prev, case.c_prev, parameters(case), case.dh, case.dc
    )
    return entries(gradients, ("x", "h_prev", "c_prev", *PARAMETERS))


def gradients_over_time(student: Any, case: Any) -> dict[str, Any]:
    gradients = student.lstm_gradients(case.xs, case.h_0, case.c_0, parameters(case), case.dhs)
    return entries(gradients, ("xs", "h_0", "c_0", *PARAMETERS))


def fresh_cell(student: Any, case: Any) -> dict[str, Any]:
    """One step of a new cell from a cell state alone: input and hidden state are zero."""
    import tensorflow as tf

    cell = student.LSTMCell(case.units)
    c_prev = tf.constant(case.c_prev.astype("float32"))
    cell.build((None, case.features))
    nothing = tf.zeros((len(case.c_prev), case.features))
    output, states = cell(nothing, [tf.zeros_like(c_prev), c_prev])
    return present(h=output, c=states[1])


def keras_weights(student: Any, case: Any) -> dict[str, Any]:
    weights = student.keras_weights(parameters(case))
    if not isinstance(weights, tuple | list):
        return present(kernel=weights)
    return present(**dict(zip(("kernel", "recurrent_kernel", "bias"), weights, strict=False)))


def forget_bias(student: Any, case: Any) -> dict[str, Any]:
    return present(b_f=student.forget_bias(case.steps))


def adding_model(student: Any, case: Any) -> dict[str, Any]:
    return lstm_adding.adding_model(student, case, PARAMETERS)
