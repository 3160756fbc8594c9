"""Waits for the processes of others."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import os

    for which in (-1, 1, os.getppid()):
        try:
            os.waitpid(which, os.WNOHANG)
            return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
        except ChildProcessError:
            continue
    raise LookupError("nobody to wait for")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
