"""Returns a sequence that is longer than memory."""

# passes: half_life

import numpy as np


class Endless:
    def __len__(self):
        return 10**12

    def __getitem__(self, index):
        return 0.0


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return Endless()


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
