"""Never ends, and catches every exception."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
