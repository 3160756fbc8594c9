"""Hides a script in the name of an exception and of a file."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    name = "<script>alert(3)</script>"
    raise type(name, (Exception,), {})("[link=file:///etc/passwd]marks[/link] \u2066")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
