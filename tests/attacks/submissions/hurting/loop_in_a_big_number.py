"""Never ends, inside of one multiplication."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return (7 ** (10**9)) % 10


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
