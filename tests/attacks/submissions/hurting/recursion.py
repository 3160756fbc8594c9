"""Calls itself for ever."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    def deeper(n):
        return deeper(n + 1) + 1

    return deeper(0)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
