"""Returns a structured array over borrowed memory."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    kind = np.dtype([("r", "f8"), ("points", "f8")])
    return np.zeros(h_prev.shape, kind)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
