"""Waits for ever without any work."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import time

    time.sleep(10**6)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
