"""Sampling by searching a uniform number in the cumulative sums; temperature by log-sum-exp."""

# mypy: ignore-errors

import numpy as np


def with_temperature(row, temperature):
    with np.errstate(divide="ignore"):
        logits = np.log(np.array(row, dtype=float)) * (1.0 / temperature)
    return np.exp(logits - np.logaddexp.reduce(logits))


def sample(model, order, rng, temperature, max_length):
    drawn = []
    for _ in range(max_length):
        context = ([1] * order + drawn)[len(drawn) :]
        sums = np.cumsum(with_temperature(model(tuple(context)), temperature))
        token = int(np.searchsorted(sums, rng.random() * sums[-1], side="right"))
        if token == 1:
            return drawn
        drawn += [token]
    return drawn
