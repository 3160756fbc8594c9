"""The GRU's equations in NumPy, of real or complex numbers, and what its cases are drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..observe.gru import PARAMETERS

GATE_PARAMETERS = PARAMETERS[:6]
AXES = {
    name: "units" if name[0] == "b" else ("features units" if name[2] == "x" else "units units")
    for name in PARAMETERS
}


def sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−a)), without overflow: (1 + tanh(a / 2)) / 2."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * a)))


def gates(x: np.ndarray, h: np.ndarray, p: Mapping[str, np.ndarray]) -> tuple[Any, Any]:
    """Reset and update gate, equations (1) and (2)."""
    r = sigmoid(x @ p["W_xr"] + h @ p["W_hr"] + p["b_r"])
    z = sigmoid(x @ p["W_xz"] + h @ p["W_hz"] + p["b_z"])
    return r, z


def step(x: np.ndarray, h: np.ndarray, p: Mapping[str, np.ndarray]) -> np.ndarray:
    """One step, equations (1) to (4)."""
    r, z = gates(x, h, p)
    h_tilde = np.tanh(x @ p["W_xh"] + (r * h) @ p["W_hh"] + p["b_h"])
    return np.asarray(z * h + (1.0 - z) * h_tilde)


def over_time(xs: np.ndarray, h: np.ndarray, p: Mapping[str, np.ndarray]) -> np.ndarray:
    """All states, (batch, time, units)."""
    hs = []
    for t in range(xs.shape[1]):
        h = step(xs[:, t], h, p)
        hs.append(h)
    return np.stack(hs, axis=1)


def sizes(rng: np.random.Generator) -> dict[str, int]:
    """Batch, time, features and units, all different, so that a swapped axis shows."""
    batch, time, features, units = (int(n) for n in rng.permutation([3, 4, 5, 7]))
    return {"batch": batch, "time": time, "features": features, "units": units}


def draw_parameters(rng: np.random.Generator, features: int, units: int) -> dict[str, Any]:
    """Nine arrays, all different, biases not zero, pre-activations of ordinary size."""
    shapes = {"x": (features, units), "h": (units, units)}
    return {
        name: rng.normal(0.0, 0.7, (units,) if name[0] == "b" else shapes[name[2]])
        for name in PARAMETERS
    }


def draw_gru(rng: np.random.Generator) -> dict[str, Any]:
    """Sizes, parameters, one step's input and state, and a sequence."""
    n = sizes(rng)
    batch, time, features, units = n.values()
    return {
        **n,
        **draw_parameters(rng, features, units),
        "x": rng.normal(0.0, 1.0, (batch, features)),
        "h_prev": rng.uniform(-0.9, 0.9, (batch, units)),
        "xs": rng.normal(0.0, 1.0, (batch, time, features)),
        "h_0": rng.uniform(-0.9, 0.9, (batch, units)),
    }
