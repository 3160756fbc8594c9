"""The half-life with logarithms to base 2 throughout."""

# mypy: ignore-errors

import numpy as np


def half_life(z):
    steps = z.reshape(-1, z.shape[-1])
    return np.log2(0.5) / np.mean(np.log2(steps), axis=0)
