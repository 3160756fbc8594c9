"""Random truncation in the recursion, with draws of its own for each row of the batch."""

# mypy: ignore-errors

import numpy as np


def randomised_gradients(xs, h_0, params, d_os, keep, rng):
    hs, _ = forward(xs, h_0, params)  # noqa: F821  (given in the notebook)
    batch, time, _ = hs.shape
    factors = rng.binomial(1, keep, size=(time, batch, 1)) / keep
    epsilons, delta = np.zeros_like(hs), np.zeros_like(h_0)
    for t in range(time - 1, -1, -1):
        delta = delta + d_os[:, t] @ params["W_ho"].T
        epsilons[:, t] = delta * (1 - hs[:, t] ** 2)
        delta = factors[t] * (epsilons[:, t] @ params["W_hh"].T)
    found = weight_gradients(xs, h_0, hs, d_os, epsilons)  # noqa: F821
    found["xs"], found["h_0"] = epsilons @ params["W_xh"].T, delta
    return found
