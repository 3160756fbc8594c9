"""Calls itself for ever, with the limit taken away."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import sys

    sys.setrecursionlimit(10**9)

    class Deeper:
        def __repr__(self):
            return repr(self) + "x"

    return repr(Deeper())


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
