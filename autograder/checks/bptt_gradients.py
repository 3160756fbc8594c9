"""Expected gradients of the RNN, found twice: by complex steps, and as the sum over paths.

The complex step (`differentiate`) needs the forward pass and no derivation. The sum over paths is
the lecture's formula with every Jacobian written as a matrix. Where the two disagree the grader is
at fault, never the student.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..check import Arrays, GraderFault
from ..observe.bptt import GRADIENTS
from .differentiate import complex_step

LARGEST_GAP = 1e-10


def states(p: Arrays, linear: bool = False) -> np.ndarray:
    """h_1 … h_T, (batch, time, units), of real or complex inputs and weights."""
    h, found = p["h_0"], []
    for t in range(p["xs"].shape[1]):
        a = p["xs"][:, t] @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]
        h = a if linear else np.tanh(a)
        found.append(h)
    return np.stack(found, axis=1)


def outputs(p: Arrays, linear: bool = False) -> np.ndarray:
    """o_1 … o_T, (batch, time, outputs)."""
    return np.asarray(states(p, linear) @ p["W_ho"] + p["b_o"])


def paths(hs: np.ndarray, d_os: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    """What the loss of each step t sends to each state h_i, (time, time + 1, batch, units).

    [t − 1, i] is ∂l_t/∂h_t J_t J_{t-1} ⋯ J_{i+1}: a path of t − i steps back, zero for i > t.
    """
    batch, time, units = hs.shape
    found = np.zeros((time, time + 1, batch, units))
    for b in range(batch):
        jacobians = [np.diag(1.0 - h**2) @ W_hh.T for h in hs[b]]
        for t in range(1, time + 1):
            arriving = W_ho @ d_os[b, t - 1]
            for i in range(t, 0, -1):
                found[t - 1, i, b] = arriving
                arriving = arriving @ jacobians[i - 1]
            found[t - 1, 0, b] = arriving
    return found


def collected(p: Arrays, d_os: np.ndarray, weight: np.ndarray | None = None) -> dict[str, Any]:
    """All gradients from the paths, each times weight[t − 1, i] (all ones: the full gradient)."""
    hs = states(p)
    time = hs.shape[1]
    arriving = paths(hs, d_os, p["W_ho"], p["W_hh"])
    if weight is not None:
        arriving = arriving * weight[:, :, None, None]
    delta = arriving.sum(axis=0)  # (time + 1, batch, units)
    before = np.concatenate([p["h_0"][:, None], hs[:, :-1]], axis=1)
    found = {name: np.zeros(p[name].shape) for name in GRADIENTS}
    found["h_0"] = delta[0]
    for t in range(time):
        epsilon = delta[t + 1] * (1.0 - hs[:, t] ** 2)
        found["W_xh"] += p["xs"][:, t].T @ epsilon
        found["W_hh"] += before[:, t].T @ epsilon
        found["b_h"] += epsilon.sum(axis=0)
        found["xs"][:, t] = epsilon @ p["W_xh"].T
        found["W_ho"] += hs[:, t].T @ d_os[:, t]
        found["b_o"] += d_os[:, t].sum(axis=0)
    return found


def within(time: int, tau: int) -> np.ndarray:
    """1 for the paths of at most τ steps, else 0: (time, time + 1)."""
    lag = np.arange(1, time + 1)[:, None] - np.arange(time + 1)
    return ((lag >= 0) & (lag <= tau)).astype(float)


def truncated_loss(p: Arrays, fixed: np.ndarray, d_os: np.ndarray, tau: int) -> Any:
    """Σ_t d_os_t · o_t, where o_t comes from τ + 1 steps that start in a constant.

    fixed: h_0 … h_T as numbers. Its gradient is the truncated one, by definition.
    """
    total: Any = 0.0
    for t in range(1, d_os.shape[1] + 1):
        start = t - tau - 1
        h = p["h_0"] if start < 0 else fixed[:, start]
        for j in range(max(start, 0), t):
            h = np.tanh(p["xs"][:, j] @ p["W_xh"] + h @ p["W_hh"] + p["b_h"])
        total = total + np.sum(d_os[:, t - 1] * (h @ p["W_ho"] + p["b_o"]))
    return total


def truncated(p: Arrays, d_os: np.ndarray, tau: int) -> dict[str, np.ndarray]:
    """Gradients in which no loss goes back more than τ steps, found twice."""
    real = np.concatenate([p["h_0"][:, None], states(p)], axis=1)
    inputs = {name: p[name] for name in GRADIENTS}
    found = complex_step(lambda q: truncated_loss(q, real, d_os, tau), inputs)
    return agreed(found, collected(p, d_os, within(d_os.shape[1], tau)))


def full(p: Arrays, d_os: np.ndarray) -> dict[str, np.ndarray]:
    """All gradients of L = Σ d_os ⊙ os, found twice."""
    inputs = {name: p[name] for name in GRADIENTS}
    found = complex_step(lambda q: np.sum(d_os * outputs(q)), inputs)
    return agreed(found, collected(p, d_os))


def agreed(found: Arrays, again: Arrays) -> dict[str, np.ndarray]:
    """The first of two ways, if both give the same; GraderFault otherwise."""
    for name, array in found.items():
        gap = float(np.abs(array - again[name]).max())
        if gap > LARGEST_GAP * max(1.0, float(np.abs(array).max())):
            raise GraderFault(
                f"dL/d{name}: complex steps and the sum over paths disagree by {gap:.2g}; "
                "the mark is not decided"
            )
    return dict(found)
