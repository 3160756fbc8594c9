"""The stationary distribution as a row of a power of P; the entropy rate as P's own cost."""

# mypy: ignore-errors

import numpy as np


def stationary(P):
    return np.linalg.matrix_power(P, 1000)[0]


def expected_nats(P, Q):
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(P == 0, 0.0, P * np.log(Q))
    return float(-np.sum(stationary(P)[:, None] * terms))


def entropy_rate(P):
    return expected_nats(P, P)
