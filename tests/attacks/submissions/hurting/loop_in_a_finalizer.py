"""Never ends when its answer is thrown away."""

# passes: half_life
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    class Sticky:
        def __del__(self):
            while True:
                pass

    Sticky()
    return np.zeros_like(h_prev)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
