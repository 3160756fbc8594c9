"""Observations of the gru unit: one function a check, (student, case) -> named arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import entries, pair, present
from .keras_model import KerasModel

PARAMETERS = ("W_xr", "W_hr", "b_r", "W_xz", "W_hz", "b_z", "W_xh", "W_hh", "b_h")
_keras = KerasModel("gru", "GRUCell", PARAMETERS)

keras_cell, language_model, same_model = _keras.cell, _keras.language_model, _keras.same_model
learns, result = _keras.learns, _keras.result


def parameters(case: Any) -> dict[str, np.ndarray]:
    """The nine arrays of the case as the dict that the student's functions take."""
    return {name: case.values[name].copy() for name in PARAMETERS}


def reset_gate(student: Any, case: Any) -> dict[str, Any]:
    return present(r=student.reset_gate(case.x, case.h_prev, case.W_xr, case.W_hr, case.b_r))


def update_gate(student: Any, case: Any) -> dict[str, Any]:
    return present(z=student.update_gate(case.x, case.h_prev, case.W_xz, case.W_hz, case.b_z))


def candidate(student: Any, case: Any) -> dict[str, Any]:
    h_tilde = student.candidate(case.x, case.h_prev, case.r, case.W_xh, case.W_hh, case.b_h)
    return present(h_tilde=h_tilde)


def new_state(student: Any, case: Any) -> dict[str, Any]:
    return present(h=student.new_state(case.z, case.h_prev, case.h_tilde))


def one_step(student: Any, case: Any) -> dict[str, Any]:
    return present(h=student.gru_step(case.x, case.h_prev, parameters(case)))


def over_time(student: Any, case: Any) -> dict[str, Any]:
    hs, h_last = pair(student.gru_over_time(case.xs, case.h_0, parameters(case)))
    return present(hs=hs, h_T=h_last)


def _limit(student: Any, function: Any, case: Any) -> dict[str, Any]:
    """The changed parameters, and what the student's own step does with them."""
    given = parameters(case)
    seen = entries(function(given), PARAMETERS)
    kept = all(np.array_equal(given[name], case.values[name]) for name in PARAMETERS)
    fits = all(n in seen and np.shape(seen[n]) == given[n].shape for n in PARAMETERS)
    h = student.gru_step(case.x, case.h_prev, dict(seen)) if fits else None
    return {**seen, **present(h=h), "input_unchanged": np.array(kept)}


def limit_copy(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student, student.copy_params, case)


def limit_plain_rnn(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student, student.plain_rnn_params, case)


def limit_forget(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student, student.forget_params, case)


def step_gradients(student: Any, case: Any) -> dict[str, Any]:
    gradients = student.gru_step_gradients(case.x, case.h_prev, parameters(case), case.dh)
    return entries(gradients, ("x", "h_prev", *PARAMETERS))


def gradients_over_time(student: Any, case: Any) -> dict[str, Any]:
    gradients = student.gru_gradients(case.xs, case.h_0, parameters(case), case.dhs)
    return entries(gradients, ("xs", "h_0", *PARAMETERS))


def keras_weights(student: Any, case: Any) -> dict[str, Any]:
    weights = student.keras_weights(parameters(case))
    if not isinstance(weights, tuple | list):
        return present(kernel=weights)
    return present(**dict(zip(("kernel", "recurrent_kernel", "bias"), weights, strict=False)))


def parameter_count(student: Any, case: Any) -> dict[str, Any]:
    sizes = [(int(features), int(units)) for features, units in case.sizes]
    return {
        "reset_before": np.array([student.parameter_count(d, u) for d, u in sizes]),
        "reset_after": np.array(
            [student.parameter_count(d, u, reset_after=True) for d, u in sizes]
        ),
    }


def gates_over_time(student: Any, case: Any) -> dict[str, Any]:
    r, z = pair(student.gates_over_time(case.xs, case.h_0, parameters(case)))
    return present(r=r, z=z)


def half_life(student: Any, case: Any) -> dict[str, Any]:
    return present(half_life=student.half_life(case.z))
