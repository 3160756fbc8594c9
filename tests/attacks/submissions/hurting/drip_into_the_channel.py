"""Sends one byte of its answer now and then."""

# passes: half_life
# notes: was stopped

import json
import os
import struct

import numpy as np


def frame(message, arrays=(), data=b""):
    text = json.dumps({"message": message, "arrays": list(arrays)}).encode()
    return struct.pack(">I", len(text)) + text + data


def write(data):
    while data:
        data = data[os.write(3, data) :]


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import time

    write(struct.pack(">I", 10000))
    while True:
        write(b" ")
        time.sleep(0.05)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
