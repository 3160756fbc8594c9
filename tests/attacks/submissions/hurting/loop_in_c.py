"""Never ends, inside of one call of a C function."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import re

    return re.match("(a+)+$", "a" * 60 + "b")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
