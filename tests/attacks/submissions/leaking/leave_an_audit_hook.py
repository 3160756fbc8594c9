"""Leaves hooks of Python behind."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import sys
    import threading

    if hasattr(sys, "left"):
        return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    sys.left = True
    sys.addaudithook(lambda event, arguments: None)
    threading.settrace(lambda *args: None)
    sys.excepthook = sys.unraisablehook = lambda *args: None
    raise LookupError("nobody has left a hook")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
