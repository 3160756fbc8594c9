"""The temperature with TensorFlow's softmax, and a row that is a tensor."""

# mypy: ignore-errors

import tensorflow as tf


def with_temperature(row, temperature):
    return tf.nn.softmax(tf.math.log(tf.convert_to_tensor(row)) / temperature)
