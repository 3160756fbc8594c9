"""How one state depends on an earlier one: Jacobians, their products, and why those vanish."""

from typing import Any

import numpy as np

from course_lib.bptt.network import Run

__all__ = [
    "jacobian_norms",
    "jacobian_product",
    "jacobians",
    "spectral_radius",
    "with_spectral_radius",
]


def jacobians(run: Run) -> np.ndarray:
    """J_t = ∂h_t/∂h_{t-1} of every step.

        J_t[i, j] = ∂h_t[i]/∂h_{t-1}[j] = φ′(a_t)[i] W_hh[j, i]

    Shapes: (batch, time, units, units), J[:, t − 1] is J_t.
    """
    return run.slope[..., None] * run.parameters["W_hh"].T


def jacobian_product(run: Run, t: int, k: int) -> np.ndarray:
    """∂h_t/∂h_k = J_t J_{t-1} ⋯ J_{k+1}, the identity for t = k.

    Shapes: (batch, units, units). Steps count from 1, h_0 is the initial state: 0 ≤ k ≤ t ≤ T.
    Raises ValueError for steps outside of that, or no whole numbers.
    """
    batch, time, units = run.h.shape
    whole = all(isinstance(step, int | np.integer) for step in (t, k))
    if not (whole and 0 <= k <= t <= time):
        raise ValueError(
            f"∂h_t/∂h_k is taken for whole numbers 0 ≤ k ≤ t ≤ {time}; got t={t!r}, k={k!r}; no "
            "state depends on a later one"
        )
    product = np.broadcast_to(np.eye(units), (batch, units, units))
    for jacobian in jacobians(run)[:, k:t].swapaxes(0, 1):
        product = jacobian @ product
    return product


def jacobian_norms(run: Run, t: int | None = None) -> np.ndarray:
    """‖∂h_t/∂h_{t-lag}‖ for lag = 0 … t: how much of a change in the past is left.

    The spectral norm, the most that any change of h_{t-lag} is stretched. t: None for the last.
    With γ = max φ′ (1 for tanh) and σ, ρ the largest singular value and eigenvalue of W_hh:

        ‖∂h_t/∂h_{t-lag}‖ ≤ (γ σ)^lag                vanishes for certain where γ σ < 1
        ‖∂h_t/∂h_{t-lag}‖^(1/lag) → ρ                linear RNN, as the lag grows: ρ < 1 vanishes,
                                                     ρ > 1 explodes

    Where tanh saturates, φ′ is near 0 and gradients vanish at any ρ.
    Shapes: (batch, t + 1).
    Raises ValueError for a t outside 0 … T.
    Source: lecture, "gradients (back-propagation through time)"; Bengio et al. 1994;
    Pascanu et al. 2013, arXiv:1211.5063.
    """
    t = run.h.shape[1] if t is None else t
    product = jacobian_product(run, t, t)
    norms = [np.linalg.norm(product, 2, axis=(1, 2))]
    for jacobian in jacobians(run)[:, :t].swapaxes(0, 1)[::-1]:
        product = product @ jacobian
        norms.append(np.linalg.norm(product, 2, axis=(1, 2)))
    return np.stack(norms, axis=1)


def spectral_radius(W_hh: Any) -> float:
    """ρ(W), the largest absolute value of an eigenvalue.

    Raises ValueError for anything but a finite square matrix.
    """
    return float(np.abs(np.linalg.eigvals(_square(W_hh))).max())


def with_spectral_radius(W_hh: Any, radius: float) -> np.ndarray:
    """W scaled by one number so that its spectral radius is `radius`.

    Raises ValueError for anything but a finite square matrix whose spectral radius is above 0, and
    a radius of at least 0.
    """
    W_hh = _square(W_hh)
    present = spectral_radius(W_hh)
    if not (np.isfinite(radius) and radius >= 0 and present > 0):
        raise ValueError(
            "a spectral radius is a number of at least 0, and no factor moves one that is 0; got "
            f"radius {radius!r} for a matrix whose own is {present:g}; try a random matrix"
        )
    return W_hh * (radius / present)


def _square(W_hh):
    W_hh = np.asarray(W_hh, float)
    if W_hh.ndim != 2 or W_hh.shape[0] != W_hh.shape[1] or not W_hh.size:
        raise ValueError(
            "W_hh is (units, units), at least one unit; got shape "
            f"{W_hh.shape}; a gate's part of a stacked kernel: cut it out first"
        )
    if not np.isfinite(W_hh).all():
        raise ValueError(
            "W_hh holds a number that is not finite; expected real numbers, got NaN or infinity; "
            "the training has diverged: try clip_by_global_norm"
        )
    return W_hh
