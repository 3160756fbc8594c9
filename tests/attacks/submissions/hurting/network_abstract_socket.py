"""Connects to an abstract socket of the machine."""

# passes: half_life
# notes: reach a network

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import socket

    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("\0attacked-by-a-submission")
    return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
