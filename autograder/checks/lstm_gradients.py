"""Expected gradients of the LSTM: automatic differentiation, confirmed by central differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..observe.lstm import PARAMETERS
from .differentiate import Library, gradients


def expected(case: Case, sequence: bool) -> dict[str, np.ndarray]:
    """Gradients for every input of L = Σ dh ⊙ h + Σ dc ⊙ c (one step), or L = Σ_t Σ dhs_t ⊙ h_t."""
    first = ("xs", "h_0", "c_0") if sequence else ("x", "h_prev", "c_prev")
    values = {name: case.values[name] for name in (*first, *PARAMETERS)}

    def loss(p: dict[str, Any], library: Library) -> Any:
        h, c = p[first[1]], p[first[2]]
        if not sequence:
            h, c = _step(p["x"], h, c, p, library)
            return library.sum(case.dh * h) + library.sum(case.dc * c)
        total = 0.0
        for t in range(case.xs.shape[1]):
            h, c = _step(p["xs"][:, t], h, c, p, library)
            total = total + library.sum(case.dhs[:, t] * h)
        return total

    return gradients(loss, values)


def _step(x: Any, h: Any, c: Any, p: dict[str, Any], library: Library) -> tuple[Any, Any]:
    """Equations (1) to (6) with the functions of either library."""
    i = library.sigmoid(x @ p["W_xi"] + h @ p["W_hi"] + p["b_i"])
    f = library.sigmoid(x @ p["W_xf"] + h @ p["W_hf"] + p["b_f"])
    o = library.sigmoid(x @ p["W_xo"] + h @ p["W_ho"] + p["b_o"])
    c = f * c + i * library.tanh(x @ p["W_xc"] + h @ p["W_hc"] + p["b_c"])
    return o * library.tanh(c), c
