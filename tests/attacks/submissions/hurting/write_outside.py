"""Writes into every folder that it can name."""

# passes: half_life
# notes: write outside

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import os
    import sys

    places = [
        "/",
        "/usr",
        "/etc",
        "/course",
        "/dev",
        "/proc/sys/kernel",
        "/var/tmp",
        "/home",
        "/root",
    ]
    places += [sys.prefix, os.path.dirname(np.__file__), "..", "../.."]
    for place in places:
        if os.path.realpath(place).startswith("/tmp"):
            continue
        try:
            open(place + "/written-by-a-submission", "w").close()
            return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
        except OSError:
            continue
    raise LookupError("nowhere to write")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
