"""The LSTM once more, in NumPy: what the checks of the lstm unit expect, and their inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..observe.lstm import PARAMETERS

AXES = {
    name: "units" if name[0] == "b" else ("features units" if name[2] == "x" else "units units")
    for name in PARAMETERS
}


def sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−a)), without overflow: (1 + tanh(a / 2)) / 2."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * a)))


def parts(x: np.ndarray, h: np.ndarray, p: Mapping[str, np.ndarray]) -> tuple[Any, ...]:
    """i, f, o, c̃: equations (1) to (4)."""
    i, f, o, a = (x @ p[f"W_x{g}"] + h @ p[f"W_h{g}"] + p[f"b_{g}"] for g in "ifoc")
    return sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(a)


def step(x: np.ndarray, h: np.ndarray, c: np.ndarray, p: Mapping[str, np.ndarray]) -> Any:
    """One step, equations (1) to (6): h, c."""
    i, f, o, c_tilde = parts(x, h, p)
    c = f * c + i * c_tilde
    return o * np.tanh(c), c


def over_time(xs: np.ndarray, h: np.ndarray, c: np.ndarray, p: Mapping[str, np.ndarray]) -> Any:
    """All hidden states and all cells, each (batch, time, units)."""
    states = []
    for t in range(xs.shape[1]):
        h, c = step(xs[:, t], h, c, p)
        states.append((h, c))
    hs, cs = zip(*states, strict=True)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


def draw_parameters(rng: np.random.Generator, features: int, units: int) -> dict[str, Any]:
    """Twelve arrays, all different, biases not zero, pre-activations of ordinary size."""
    shapes = {"x": (features, units), "h": (units, units)}
    return {
        name: rng.normal(0.0, 0.7, (units,) if name[0] == "b" else shapes[name[2]])
        for name in PARAMETERS
    }


def draw_lstm(rng: np.random.Generator) -> dict[str, Any]:
    """Sizes, parameters, one step and a sequence; cells beyond 1, so that their tanh matters.

    All sizes are different, so that a swapped axis shows.
    """
    batch, time, features, units = (int(n) for n in rng.permutation([3, 4, 5, 7]))
    return {
        "features": features,
        "units": units,
        **draw_parameters(rng, features, units),
        "x": rng.normal(0.0, 1.0, (batch, features)),
        "h_prev": rng.uniform(-0.9, 0.9, (batch, units)),
        "c_prev": rng.normal(0.0, 1.3, (batch, units)),
        "xs": rng.normal(0.0, 1.0, (batch, time, features)),
        "h_0": rng.uniform(-0.9, 0.9, (batch, units)),
        "c_0": rng.normal(0.0, 1.3, (batch, units)),
    }
