"""The half-life as the base-g logarithm of ½, with g the geometric mean of z."""

# mypy: ignore-errors

import math

import tensorflow as tf


def half_life(z):
    geometric_mean = tf.exp(tf.reduce_mean(tf.math.log(tf.cast(z, tf.float64)), (0, 1)))
    return [math.log(0.5, g) for g in geometric_mean.numpy()]
