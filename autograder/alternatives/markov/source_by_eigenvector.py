"""The stationary distribution as an eigenvector; entropies with masked arrays and einsum."""

# mypy: ignore-errors

import numpy as np


def stationary(P):
    values, vectors = np.linalg.eig(P.T)
    pi = vectors[:, np.argmax(values.real)].real
    return pi / pi.sum()


def entropy_rate(P):
    log_P = np.zeros_like(P)
    np.log(P, out=log_P, where=P > 0)
    return -np.einsum("i,ij,ij->", stationary(P), P, log_P)


def expected_nats(P, Q):
    rows, columns = np.where(P > 0)
    weight = stationary(P)[rows] * P[rows, columns]
    with np.errstate(divide="ignore"):
        return float((weight * -np.log(Q[rows, columns])).sum())
