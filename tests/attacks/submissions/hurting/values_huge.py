"""Returns the largest numbers there are."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return np.full_like(h_prev, 1.7e308)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
