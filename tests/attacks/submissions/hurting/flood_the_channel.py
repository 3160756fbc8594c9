"""Writes to the grader's channel without end."""

# passes: half_life
# notes: channel

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
    write(struct.pack(">I", 2**20 - 1))
    while True:
        write(b"x" * 2**20)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
