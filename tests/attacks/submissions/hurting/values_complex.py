"""Returns complex numbers and dates."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return (sigmoid(x @ W_xr + h_prev @ W_hr + b_r)) * 1j


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
