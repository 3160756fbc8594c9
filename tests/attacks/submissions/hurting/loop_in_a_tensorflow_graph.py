"""Never ends, inside of a compiled graph."""

# passes: half_life
# seconds: 1.5
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import tensorflow as tf

    @tf.function
    def forever():
        i = tf.constant(0)
        while i >= 0:
            i = (i + 1) % 1000
        return i

    return forever()


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
