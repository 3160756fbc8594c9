"""Random truncation by drawing for each loss how far it reaches, each term over its probability."""

# mypy: ignore-errors

import numpy as np


def randomised_gradients(xs, h_0, params, d_os, keep, rng):
    hs, _ = forward(xs, h_0, params)  # noqa: F821  (given in the notebook)
    time = hs.shape[1]
    reach = rng.geometric(1 - keep, size=time) - 1  # P(reach >= n) = keep ** n
    epsilons, first = np.zeros_like(hs), np.zeros_like(h_0)
    for t in range(time):
        delta = d_os[:, t] @ params["W_ho"].T
        for n in range(min(reach[t], t) + 1):
            epsilon = delta * (1 - hs[:, t - n] ** 2)
            epsilons[:, t - n] += epsilon / keep**n
            delta = epsilon @ params["W_hh"].T
        if reach[t] > t:
            first += delta / keep ** (t + 1)
    gradients = weight_gradients(xs, h_0, hs, d_os, epsilons)  # noqa: F821
    return {**gradients, "xs": epsilons @ params["W_xh"].T, "h_0": first}
