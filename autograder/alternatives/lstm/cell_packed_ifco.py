"""A Keras cell with packed weights in Keras's own order, written with TensorFlow."""

# mypy: ignore-errors

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="student")
class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = int(units)
        self.state_size = [self.units, self.units]
        self.output_size = self.units

    def build(self, input_shape):
        n = self.units

        def bias(shape, dtype=None):
            return tf.concat([tf.zeros(n), tf.ones(n), tf.zeros(2 * n)], axis=0)

        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], 4 * n), initializer="glorot_uniform"
        )
        self.recurrent = self.add_weight(
            name="recurrent", shape=(n, 4 * n), initializer="orthogonal"
        )
        self.bias = self.add_weight(name="bias", shape=(4 * n,), initializer=bias)
        super().build(input_shape)

    def call(self, inputs, states, training=None):
        h, c = states
        a = tf.matmul(inputs, self.kernel) + tf.matmul(h, self.recurrent) + self.bias
        i, f, new, o = tf.split(a, 4, axis=-1)
        c = tf.nn.sigmoid(f) * c + tf.nn.sigmoid(i) * tf.nn.tanh(new)
        h = tf.nn.sigmoid(o) * tf.nn.tanh(c)
        return h, [h, c]

    def get_config(self):
        config = super().get_config()
        config.update(units=self.units)
        return config

    def load(self, params):
        packed = [
            np.concatenate([params[part + gate] for gate in "ifco"], axis=-1)
            for part in ("W_x", "W_h", "b_")
        ]
        if not self.built:
            self.build((None, packed[0].shape[0]))
        self.set_weights(packed)
