"""Never ends, inside of a TensorFlow operation."""

# passes: half_life
# seconds: 1.5
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import tensorflow as tf

    return tf.while_loop(lambda i: i >= 0, lambda i: (i + 1) % 1000, [tf.constant(0)])


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
