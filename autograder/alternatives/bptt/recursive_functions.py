"""Functions that call themselves, one time step each; the norm squared and rooted at each array."""

# mypy: ignore-errors

import functools
import math

import numpy as np


def deltas(hs, d_os, params):
    """The recursion written as one."""

    @functools.cache
    def delta(t):
        if t == hs.shape[1]:
            return d_os[:, t - 1] @ params["W_ho"].T
        later = (delta(t + 1) * (1 - hs[:, t] ** 2)) @ params["W_hh"].T
        return later if t == 0 else d_os[:, t - 1] @ params["W_ho"].T + later

    return np.moveaxis(np.array([delta(t) for t in range(1, hs.shape[1] + 1)]), 0, 1), delta(0)


def jacobian_norms(hs, W_hh):
    def products(t, so_far):
        if t < 0:
            return [so_far]
        return [so_far, *products(t - 1, so_far @ np.diag(1 - hs[t] ** 2) @ W_hh.T)]

    found = products(len(hs) - 1, np.eye(hs.shape[1]))
    return np.linalg.norm(np.array(found), ord=2, axis=(1, 2))


def global_norm(gradients):
    return math.hypot(*(float(np.linalg.norm(gradient)) for gradient in gradients.values()))


def clip_by_global_norm(gradients, theta):
    """As PyTorch does it: a little is added to the norm, so that nothing is divided by zero."""
    coefficient = min(theta / (global_norm(gradients) + 1e-6), 1.0)
    if not math.isfinite(global_norm(gradients)):
        coefficient = float("nan")
    return {name: coefficient * gradient for name, gradient in gradients.items()}
