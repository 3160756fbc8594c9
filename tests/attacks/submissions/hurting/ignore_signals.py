"""Ignores every signal that it can, and never ends."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import signal

    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
