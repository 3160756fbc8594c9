"""generate warms up on all but the last token, then every token is read in one kind of step."""

# mypy: ignore-errors

import numpy as np


def generate(prefix, length, params, temperature, rng):
    *before, last = (int(i) for i in prefix)
    h = np.zeros((1, params["W_hh"].shape[0]))
    if before:
        _, h = read(np.array([before]), h, params)  # noqa: F821
    text = np.full(length + 1, last)
    for t in range(length):
        o, h = read(text[None, t : t + 1], h, params)  # noqa: F821
        cumulated = np.cumsum(with_temperature(o[0, 0], temperature))  # noqa: F821
        text[t + 1] = (rng.uniform(0, cumulated[-1]) >= cumulated).sum()
    return text[1:]
