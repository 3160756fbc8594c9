"""Never ends, inside of a TensorFlow operation."""

# passes: half_life
# seconds: 1.5
# notes: was stopped

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import tensorflow as tf

    return tf.linalg.svd(tf.random.normal((4000, 4000)))


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
