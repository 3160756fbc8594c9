"""A Keras cell with packed weights in the order r, z, h, written with TensorFlow."""

# mypy: ignore-errors

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="student")
class GRUCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = int(units)
        self.state_size = self.units
        self.output_size = self.units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], 3 * self.units), initializer="glorot_uniform"
        )
        self.recurrent = self.add_weight(
            name="recurrent", shape=(self.units, 3 * self.units), initializer="orthogonal"
        )
        self.bias = self.add_weight(name="bias", shape=(3 * self.units,), initializer="zeros")
        super().build(input_shape)

    def call(self, inputs, states, training=None):
        (h,) = states
        x_r, x_z, x_h = tf.split(tf.matmul(inputs, self.kernel) + self.bias, 3, axis=-1)
        W_r, W_z, W_h = tf.split(self.recurrent, 3, axis=-1)
        r = tf.nn.sigmoid(x_r + tf.matmul(h, W_r))
        z = tf.nn.sigmoid(x_z + tf.matmul(h, W_z))
        c = tf.nn.tanh(x_h + tf.matmul(r * h, W_h))
        h = z * h + (1 - z) * c
        return h, [h]

    def get_config(self):
        config = super().get_config()
        config.update(units=self.units)
        return config

    def load(self, params):
        packed = [
            np.concatenate([params[part + gate] for gate in "rzh"], axis=-1)
            for part in ("W_x", "W_h", "b_")
        ]
        if not self.built:
            self.build((None, packed[0].shape[0]))
        self.set_weights(packed)
