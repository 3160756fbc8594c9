"""Returns infinities of both signs."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return np.where(h_prev > 0, np.inf, -np.inf)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
