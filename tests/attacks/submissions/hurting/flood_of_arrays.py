"""Returns gigabytes of arrays."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return np.broadcast_to(np.float64(1.0), (2**16, 2**16))


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
