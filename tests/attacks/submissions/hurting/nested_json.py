"""Answers with JSON that is nested a million times."""

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
    text = b'{"message": ' + b"[" * 500000 + b"]" * 500000 + b', "arrays": []}'
    write(struct.pack(">I", len(text)) + text)
    import time

    time.sleep(9)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
