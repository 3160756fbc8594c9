"""The rnn unit's second implementation, and the inputs of its checks. NumPy, written for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..case import Case
from ..observe.rnn import PARAMETERS

EQUATION_1 = "h_t = tanh(x_t W_xh + h_{t-1} W_hh + b_h)"
EQUATION_2 = "o_t = h_t W_ho + b_o"
EQUATION_3 = "p(y | o) = exp(o[y]) / Σ_v exp(o[v])"
EQUATION_4 = "p(y | o) ∝ exp(o[y] / τ);   τ = 0: all for the largest o[y]"
Params = Mapping[str, np.ndarray]


def step(x: np.ndarray, h: np.ndarray, p: Params) -> np.ndarray:
    """Equation (1), its two products as one: [x h 1] times the stacked parameters."""
    joined = np.concatenate([x, h, np.ones((len(x), 1))], axis=1)
    stacked = np.vstack([p["W_xh"], p["W_hh"], p["b_h"]])
    return np.asarray(np.tanh(np.einsum("bi,ij->bj", joined, stacked)))


def over_time(xs: np.ndarray, h: np.ndarray, p: Params) -> np.ndarray:
    """All states, (batch, time, units)."""
    hs = np.zeros((*xs.shape[:2], h.shape[1]))
    for t in range(xs.shape[1]):
        hs[:, t] = h = step(xs[:, t], h, p)
    return hs


def logits(hs: np.ndarray, p: Params) -> np.ndarray:
    """Equation (2), for any number of axes before the units."""
    return np.asarray(np.einsum("...u,uv->...v", hs, p["W_ho"]) + p["b_o"])


def read(ids: np.ndarray, h_0: np.ndarray, p: Params) -> tuple[np.ndarray, np.ndarray]:
    """Logits (batch, time, vocabulary) and the last state (batch, units)."""
    hs = over_time(np.take(p["E"], ids, axis=0), h_0, p)
    return logits(hs, p), hs[:, -1]


def log_probabilities(o: np.ndarray) -> np.ndarray:
    """ln of equation (3), by NumPy's own stable logarithm of a sum of exponentials."""
    return np.asarray(o - np.logaddexp.reduce(o, axis=-1, keepdims=True))


def losses(o: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """−ln p(y_t), (batch, time), one token after the other."""
    log_p, found = log_probabilities(o), np.zeros(targets.shape)
    for place in np.ndindex(*targets.shape):
        found[place] = -log_p[place][targets[place]]
    return found


def sizes(rng: np.random.Generator) -> dict[str, int]:
    """All different, so that a swapped axis shows."""
    names = ("batch", "time", "features", "units", "vocabulary")
    return dict(zip(names, (int(n) for n in rng.permutation([3, 4, 5, 6, 7])), strict=True))


def draw_parameters(rng: np.random.Generator, n: Mapping[str, int]) -> dict[str, Any]:
    """Six arrays, biases not zero, pre-activations of ordinary size."""
    features, units, vocabulary = n["features"], n["units"], n["vocabulary"]
    shapes: list[tuple[int, ...]] = [(vocabulary, features), (features, units), (units, units)]
    shapes += [(units,), (units, vocabulary), (vocabulary,)]
    named = zip(PARAMETERS, shapes, strict=True)
    return {name: rng.normal(0.0, 0.7, shape) for name, shape in named}


def draw_network(rng: np.random.Generator) -> dict[str, Any]:
    """Sizes, parameters, ids, one step's input and state, a sequence, and states over time."""
    n = sizes(rng)
    batch, time, features, units, vocabulary = n.values()
    return {
        **n,
        **draw_parameters(rng, n),
        "ids": draw_ids(rng, (batch, time), vocabulary),
        "x": rng.normal(0.0, 1.0, (batch, features)),
        "h_prev": rng.uniform(-0.9, 0.9, (batch, units)),
        "xs": rng.normal(0.0, 1.0, (batch, time, features)),
        "single": rng.normal(0.0, 1.0, (1, 1, features)),
        "h_0": rng.uniform(-0.9, 0.9, (batch, units)),
        "h": rng.uniform(-0.9, 0.9, (batch, units)),
        "hs": rng.uniform(-0.9, 0.9, (batch, time, units)),
    }


def draw_ids(rng: np.random.Generator, shape: tuple[int, ...], vocabulary: int) -> np.ndarray:
    """Ids in which the first and the last token of the vocabulary occur."""
    ids = rng.integers(0, vocabulary, shape).astype(np.int32)
    places = rng.choice(ids.size, 2, replace=False)
    ids.ravel()[places] = (0, vocabulary - 1)
    return ids


def draw_logits(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Logits of ordinary size."""
    return rng.normal(0.0, 2.0, shape)


def draw_large_logits(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Rows about ±1000, in turn, in which several tokens have a chance; exact in float32, too."""
    rows = np.round(64.0 * rng.normal(0.0, 2.0, shape)) / 64.0
    rows[..., 0] -= 900.0
    signs = np.where(np.arange(rows[..., 0].size) % 2, 1000.0, -1000.0)
    return np.asarray(rows + signs.reshape(shape[:-1])[..., None])


def parameters_of(case: Case) -> dict[str, np.ndarray]:
    """The case's arrays as a dict."""
    return {name: case.values[name] for name in PARAMETERS if name in case.values}
