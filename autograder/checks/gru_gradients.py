"""Expected gradients of the GRU, found twice over its equations; see differentiate.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..observe.gru import PARAMETERS
from .differentiate import Library, gradients


def expected(case: Case, sequence: bool) -> dict[str, np.ndarray]:
    """Gradients of L = Σ dh ⊙ h (one step, or all steps of a sequence) for every input."""
    first = ("xs", "h_0") if sequence else ("x", "h_prev")
    values = {name: case.values[name] for name in (*first, *PARAMETERS)}

    def loss(p: dict[str, Any], library: Library) -> Any:
        h = p[first[1]]
        if not sequence:
            return library.sum(case.dh * _step(p["x"], h, p, library))
        total = 0.0
        for t in range(case.xs.shape[1]):
            h = _step(p["xs"][:, t], h, p, library)
            total = total + library.sum(case.dhs[:, t] * h)
        return total

    return gradients(loss, values)


def _step(x: Any, h: Any, p: dict[str, Any], library: Library) -> Any:
    """Equations (1) to (4) with the functions of either library."""
    r = library.sigmoid(x @ p["W_xr"] + h @ p["W_hr"] + p["b_r"])
    z = library.sigmoid(x @ p["W_xz"] + h @ p["W_hz"] + p["b_z"])
    h_tilde = library.tanh(x @ p["W_xh"] + (r * h) @ p["W_hh"] + p["b_h"])
    return z * h + (1.0 - z) * h_tilde
