"""Returns an array of Python objects."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return np.array([[object() for _ in row] for row in h_prev])


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
