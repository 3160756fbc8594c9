"""Calls TensorFlow's own GRU step, written in C++."""

# passes: half_life
# notes: used a Keras layer

import numpy as np
import tensorflow as tf


def gru_step(x, h_prev, params):
    gates = np.concatenate(
        [
            np.concatenate([params["W_xr"], params["W_hr"]]),
            np.concatenate([params["W_xz"], params["W_hz"]]),
        ],
        axis=1,
    )
    candidate = np.concatenate([params["W_xh"], params["W_hh"]])
    biases = np.concatenate([params["b_r"], params["b_z"]])
    small = [tf.cast(a, tf.float32) for a in (x, h_prev, gates, candidate, biases, params["b_h"])]
    names = ("x", "h_prev", "w_ru", "w_c", "b_ru", "b_c")
    return tf.raw_ops.GRUBlockCell(**dict(zip(names, small))).h


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
