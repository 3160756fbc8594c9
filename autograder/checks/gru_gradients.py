"""Expected gradients of the GRU, from its equations alone; see differentiate.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays
from ..observe.gru import PARAMETERS
from .differentiate import gradients
from .gru_equations import over_time, step


def expected(case: Case, sequence: bool) -> dict[str, np.ndarray]:
    """Gradients of L = Σ dh ⊙ h (one step, or all steps of a sequence) for every input."""
    first = ("xs", "h_0") if sequence else ("x", "h_prev")

    def loss(p: Arrays) -> Any:
        if sequence:
            return np.sum(case.dhs * over_time(p["xs"], p["h_0"], p))
        return np.sum(case.dh * step(p["x"], p["h_prev"], p))

    return gradients(loss, {name: case.values[name] for name in (*first, *PARAMETERS)})
