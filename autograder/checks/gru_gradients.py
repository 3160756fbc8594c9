"""Expected gradients of the GRU: automatic differentiation, confirmed by central differences.

Two ways that share no code: TensorFlow's tape in float64 over the equations, and
(L(θ + ε v) − L(θ − ε v)) / 2ε along random directions v over the NumPy step. Where they
disagree the grader is at fault, never the student.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..case import Case, generator
from ..check import GraderFault
from ..observe.gru import PARAMETERS

EPSILON = 1e-5
LARGEST_GAP = 1e-6


def expected(case: Case, sequence: bool) -> dict[str, np.ndarray]:
    """Gradients of L = Σ dh ⊙ h (one step, or all steps of a sequence) for every input."""
    values = _inputs(case, sequence)
    found = _by_tape(values, _weights(case, sequence), sequence)
    _confirm(values, _weights(case, sequence), found, sequence)
    return found


def _inputs(case: Case, sequence: bool) -> dict[str, np.ndarray]:
    first = ("xs", "h_0") if sequence else ("x", "h_prev")
    return {name: case.values[name] for name in (*first, *PARAMETERS)}


def _weights(case: Case, sequence: bool) -> np.ndarray:
    return np.asarray(case.dhs if sequence else case.dh)


def _by_tape(
    values: dict[str, np.ndarray], dh: np.ndarray, sequence: bool
) -> dict[str, np.ndarray]:
    import tensorflow as tf

    tensors = {name: tf.constant(array, tf.float64) for name, array in values.items()}
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = tf.reduce_sum(dh * _states(tensors, sequence, tf.sigmoid, tf.tanh, tf.stack))
    gradients = tape.gradient(total, tensors)
    return {name: np.asarray(gradient) for name, gradient in gradients.items()}


def _states(
    p: dict[str, Any],
    sequence: bool,
    sigmoid: Callable[[Any], Any],
    tanh: Callable[[Any], Any],
    stack: Callable[..., Any],
) -> Any:
    """Equations (1) to (4) with the functions of either library."""
    h, hs = p["h_0" if sequence else "h_prev"], []
    for t in range(p["xs"].shape[1] if sequence else 1):
        x = p["xs"][:, t] if sequence else p["x"]
        r = sigmoid(x @ p["W_xr"] + h @ p["W_hr"] + p["b_r"])
        z = sigmoid(x @ p["W_xz"] + h @ p["W_hz"] + p["b_z"])
        h_tilde = tanh(x @ p["W_xh"] + (r * h) @ p["W_hh"] + p["b_h"])
        h = z * h + (1.0 - z) * h_tilde
        hs.append(h)
    return stack(hs, axis=1) if sequence else h


def _confirm(
    values: dict[str, np.ndarray], dh: np.ndarray, found: dict[str, np.ndarray], sequence: bool
) -> None:
    rng = generator(0, "finite differences")

    def sigmoid(a: np.ndarray) -> np.ndarray:
        return 0.5 * (1.0 + np.tanh(0.5 * a))

    def loss(name: str, shift: np.ndarray) -> float:
        moved = {**values, name: values[name] + shift}
        return float(np.sum(dh * _states(moved, sequence, sigmoid, np.tanh, np.stack)))

    for name, array in values.items():
        direction = rng.normal(size=array.shape)
        difference = loss(name, EPSILON * direction) - loss(name, -EPSILON * direction)
        numeric, exact = difference / (2 * EPSILON), float(np.sum(found[name] * direction))
        gap = abs(numeric - exact) / max(1e-8, abs(numeric) + abs(exact))
        if gap > LARGEST_GAP and abs(numeric - exact) > 1e-8:
            raise GraderFault(
                f"dL/d{name}: automatic differentiation and central differences disagree "
                f"(relative gap {gap:.2g}, allowed {LARGEST_GAP:.0e}); the mark is not decided"
            )
