"""The half-life with log1p of what is lost, and ln 2 as a quotient of sums."""

# mypy: ignore-errors

import numpy as np


def half_life(z):
    lost = 1 - z
    batch, time, _ = z.shape
    return -(batch * time) * np.log1p(1.0) / np.log1p(-lost).sum(axis=0).sum(axis=0)
