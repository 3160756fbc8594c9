"""Gradients of a loss, twice: by automatic differentiation, confirmed by central differences.

Two ways that share no derivative: TensorFlow's tape in float64, and
(L(θ + ε v) − L(θ − ε v)) / 2ε along a random direction v for each array, in NumPy. Where they
disagree the grader is at fault, never the student.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..case import generator
from ..check import GraderFault

EPSILON = 1e-5
LARGEST_GAP = 1e-6


@dataclass(frozen=True)
class Library:
    """The functions that a loss is made of, TensorFlow's or NumPy's."""

    sigmoid: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    sum: Callable[[Any], Any]


NUMPY = Library(lambda a: 0.5 * (1.0 + np.tanh(0.5 * a)), np.tanh, np.sum)
Loss = Callable[[dict[str, Any], Library], Any]


def gradients(loss: Loss, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """∂loss/∂value for every value, float64; GraderFault where the two ways disagree.

    loss: (values, library) -> a number, written with `library` and the operators that both
    libraries share.
    """
    found = _by_tape(loss, values)
    rng = generator(0, "finite differences")
    for name, array in values.items():
        direction = rng.normal(size=array.shape)
        ahead = loss({**values, name: array + EPSILON * direction}, NUMPY)
        behind = loss({**values, name: array - EPSILON * direction}, NUMPY)
        numeric = float(ahead - behind) / (2 * EPSILON)
        exact = float(np.sum(found[name] * direction))
        gap = abs(numeric - exact) / max(1e-8, abs(numeric) + abs(exact))
        if gap > LARGEST_GAP and abs(numeric - exact) > 1e-8:
            raise GraderFault(
                f"dL/d{name}: automatic differentiation and central differences disagree "
                f"(relative gap {gap:.2g}, allowed {LARGEST_GAP:.0e}); the mark is not decided"
            )
    return found


def _by_tape(loss: Loss, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    import tensorflow as tf

    tensors = {name: tf.constant(array, tf.float64) for name, array in values.items()}
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        total = loss(tensors, Library(tf.sigmoid, tf.tanh, tf.reduce_sum))
    return {name: np.asarray(array) for name, array in tape.gradient(total, tensors).items()}
