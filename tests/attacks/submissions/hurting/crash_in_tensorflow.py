"""Has a check inside of TensorFlow fail."""

# passes: half_life

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    import tensorflow as tf

    return tf.raw_ops.Bincount(
        arr=tf.constant([-1, 2**30]), size=-5, weights=tf.constant([1.0, 1.0])
    )


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
