"""Returns lists that are nested without end."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    nested = []
    for _ in range(10**6):
        nested = [nested]
    return nested


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
