"""Returns arrays without any element, with huge other sizes."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return np.zeros((0, 10**9, 0))


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
