"""Returns an object that converts to another array each time."""

# passes: half_life

import numpy as np


class Changing:
    calls = 0

    def __array__(self, dtype=None, copy=None):
        Changing.calls += 1
        return np.full((3, 4), float(Changing.calls))


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return Changing()


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
