"""Returns text in place of numbers."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return np.array([["0.5"] * h_prev.shape[1]] * h_prev.shape[0])


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
