"""Leaves a process in a session of its own."""

# passes: half_life
# notes: started other processes

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import os

    if not os.fork():
        os.setsid()
        if not os.fork():
            os.execvp("sleep", ["sleep", "98765"])
        os._exit(0)
    return np.zeros_like(h_prev)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
