"""Gradients by the backward recursion: full, cut after τ steps, cut between windows."""

from typing import Any

import numpy as np

from course_lib.bptt.network import Run

__all__ = ["deltas", "gradients", "windowed_gradients"]


def deltas(run: Run, d_o: Any, tau: int | None = None) -> np.ndarray:
    """δ_t = ∂L/∂h_t, all of h_t's influence on the loss, from the last step to h_0.

        g_t = ∂L/∂o_t W_hoᵀ                          h_t's part in its own output     (1)
        δ_T = g_T                                                                     (2)
        δ_t = g_t + (δ_{t+1} ⊙ φ′_{t+1}) W_hhᵀ       t = T − 1 … 1                    (3)
        δ_0 =       (δ_1 ⊙ φ′_1) W_hhᵀ               h_0 has no output                (4)

    tau: with τ, the loss at step s counts at h_t only where s − t ≤ τ, so (3) becomes a sum of
    τ + 1 terms, each the last one carried one step further:
    δ_t = Σ_{j=0}^{τ} G_j(t),  G_0(t) = g_t,  G_j(t) = (G_{j-1}(t + 1) ⊙ φ′_{t+1}) W_hhᵀ.

    Shapes: d_o = ∂L/∂o (batch, time, outputs) -> δ (batch, time + 1, units), δ[:, t] is δ_t.
    Raises ValueError for a d_o of another shape than run.o, or a tau that is no whole number ≥ 0.
    """
    g = own_output(run, d_o)
    if tau is None:
        return backwards(run, g, np.ones(g.shape[1] - 1))
    delta, term = g.copy(), g
    for _ in range(min(checked_tau(tau), g.shape[1] - 1)):
        term = np.concatenate([_one_step_back(run, term[:, 1:]), 0 * term[:, :1]], axis=1)
        delta += term
    return delta


def gradients(run: Run, d_o: Any, tau: int | None = None) -> dict[str, np.ndarray]:
    """∂L/∂ every parameter, every input and the initial state.

        ∂L/∂W_ho = Σ_t h_tᵀ ∂L/∂o_t              ∂L/∂b_o = Σ_t ∂L/∂o_t         (1)
        ε_t = δ_t ⊙ φ′(a_t)                      = ∂L/∂a_t                     (2)
        ∂L/∂W_xh = Σ_t x_tᵀ ε_t                  ∂L/∂b_h = Σ_t ε_t             (3)
        ∂L/∂W_hh = Σ_t h_{t-1}ᵀ ε_t                                            (4)
        ∂L/∂x_t = ε_t W_xhᵀ                      ∂L/∂h_0 = δ_0                 (5)

    with δ_t as in `deltas`; sums run over the batch, too.
    tau: None for the full gradient. With τ ≥ 0 the gradient of the loss at step t reaches back
    at most τ steps: h_{t-τ} still depends on the weights and on x_{t-τ}, and h_{t-τ-1} counts as a
    constant. τ = 0 never goes back in time; τ ≥ T is the full gradient. No state and no loss
    changes, only what is differentiated.

    Returns a dict: the names of run.parameters, "x" (batch, time, features), "h_0" (batch, units).
    Raises ValueError as `deltas` does.
    Source: lecture, "gradient recursion" and "example: linear RNN"; D2L, "truncating time steps".
    """
    return collect(run, d_o, deltas(run, d_o, tau))


def windowed_gradients(run: Run, d_o: Any, window: int) -> dict[str, np.ndarray]:
    """The gradient that training on windows sees: the state is carried over, the gradient is not.

        δ_t = g_t + (δ_{t+1} ⊙ φ′_{t+1}) W_hhᵀ      inside a window
        δ_t = g_t                                   h_t the last state of a window

    Steps 1 … window form the first window, and so on; a loss reaches back to the first step of its
    window, in the first one to h_0. The gradient of a training loop that reads window after
    window with carried state (`stateful=True`), added up at fixed weights.
    Compare `gradients(..., tau)`, where each loss reaches equally far.

    Returns a dict as `gradients` does.
    Raises ValueError for a window that is no whole number ≥ 1.
    """
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 1:
        raise ValueError(
            "window is the number of steps that are read at once; expected a whole number of at "
            f"least 1, got {window!r}"
        )
    g = own_output(run, d_o)
    before = np.arange(g.shape[1] - 1)  # t, for the arrow from h_t to h_{t+1}
    carried = (before % window != 0) | (before == 0)
    return collect(run, d_o, backwards(run, g, carried))


def backwards(run, g, carried):
    """Equations (2) to (4) of `deltas`; carried (time,): what passes from h_{t+1} back to h_t."""
    delta = g.copy()
    for t in reversed(range(len(carried))):
        step = (delta[:, t + 1] * run.slope[:, t]) @ run.parameters["W_hh"].T
        delta[:, t] += carried[t] * step
    return delta


def collect(run, d_o, delta):
    """Equations (1) to (5) of `gradients`, in the order of run.parameters."""
    d_o = np.asarray(d_o, float)
    epsilon = delta[:, 1:] * run.slope
    found = {
        "W_xh": np.einsum("btf,btu->fu", run.x, epsilon),
        "W_hh": np.einsum("btv,btu->vu", run.h_prev, epsilon),
        "W_ho": np.einsum("btu,bto->uo", run.h, d_o),
        "b_h": epsilon.sum(axis=(0, 1)),
        "b_o": d_o.sum(axis=(0, 1)),
    }
    found = {name: found[name] for name in run.parameters}
    return found | {"x": epsilon @ run.parameters["W_xh"].T, "h_0": delta[:, 0]}


def own_output(run, d_o):
    """g_0 … g_T of equation (1), (batch, time + 1, units); g_0 = 0."""
    d_o = np.asarray(d_o, float)
    if d_o.shape != run.o.shape:
        raise ValueError(
            f"d_o is ∂L/∂o, of the shape of the outputs; expected {run.o.shape}, got {d_o.shape}; "
            "try loss, d_o = squared_error(run.o, y)"
        )
    g = d_o @ run.parameters["W_ho"].T
    return np.concatenate([np.zeros_like(g[:, :1]), g], axis=1)


def checked_tau(tau):
    if isinstance(tau, bool) or not isinstance(tau, int | np.integer) or tau < 0:
        raise ValueError(
            "tau is the number of steps that a loss reaches back; expected a whole number of at "
            f"least 0, got {tau!r}; try tau=None for all of them"
        )
    return int(tau)


def _one_step_back(run, delta):
    """∂/∂h_t for t = 0 … T − 1, of what is known as ∂/∂h_{t+1}: (batch, time, units) both."""
    return (delta * run.slope) @ run.parameters["W_hh"].T
