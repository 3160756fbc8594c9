"""Gradients of a loss: by complex steps, and confirmed by central differences.

The complex step is automatic differentiation by arithmetic: Im L(θ + iε) / ε has no rounding error
to speak of, because nothing is subtracted. It needs the forward pass and no derivation
(Squire and Trapp 1998; as automatic differentiation: Martins, Sturdza and Alonso 2003).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..case import generator
from ..check import Arrays, GraderFault

EPSILON = 1e-20
DIFFERENCE = 1e-5
LARGEST_GAP = 1e-6
Loss = Callable[[Arrays], Any]
"""Arrays, real or complex, to a number; analytic: no abs, no comparison, no conjugate."""


def complex_step(loss: Loss, values: Arrays) -> dict[str, np.ndarray]:
    """The gradient of `loss` for each element of each array, to all digits of float64."""
    point = {name: np.array(value, dtype=np.complex128) for name, value in values.items()}
    found = {name: np.zeros(value.shape) for name, value in values.items()}
    for name, array in point.items():
        for index in np.ndindex(array.shape):
            array[index] += 1j * EPSILON
            found[name][index] = complex(loss(point)).imag / EPSILON
            array[index] = array[index].real
    return found


def gradients(loss: Loss, values: Arrays) -> dict[str, np.ndarray]:
    """∂loss/∂value for every value, float64.

    Confirmed by (L(θ + h v) − L(θ − h v)) / 2h along a random direction v for each array.
    GraderFault where the two disagree: the grader is at fault then, never the student.
    """
    found = complex_step(loss, values)
    rng = generator(0, "finite differences")
    for name, array in values.items():
        direction = rng.normal(size=array.shape)
        ahead = loss({**values, name: array + DIFFERENCE * direction})
        behind = loss({**values, name: array - DIFFERENCE * direction})
        numeric = float(ahead - behind) / (2 * DIFFERENCE)
        exact = float(np.sum(found[name] * direction))
        gap = abs(numeric - exact) / max(1e-8, abs(numeric) + abs(exact))
        if gap > LARGEST_GAP and abs(numeric - exact) > 1e-8:
            raise GraderFault(
                f"dL/d{name}: complex steps and central differences disagree (relative gap "
                f"{gap:.2g}, allowed {LARGEST_GAP:.0e}); the mark is not decided"
            )
    return found
