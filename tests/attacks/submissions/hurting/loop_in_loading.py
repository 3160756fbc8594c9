"""Never ends while it is being loaded."""

# passes: half_life
# notes: was stopped

import numpy as np


def turn():
    while True:
        pass


spin = turn()


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return spin


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
