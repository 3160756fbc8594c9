"""generate is one graph of TensorFlow and draws with seeds that the generator gives."""

# mypy: ignore-errors

import tensorflow as tf


@tf.function(reduce_retracing=True)
def written(prefix, length, params, temperature, seeds):
    h = tf.zeros((1, tf.shape(params["b_h"])[0]), tf.float64)
    for token in prefix:
        x = tf.gather(params["E"], [token])
        h = tf.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
    new = tf.TensorArray(tf.int32, length)
    for t in tf.range(length):
        o = h @ params["W_ho"] + params["b_o"]
        if temperature > 0.0:
            drawn = tf.random.stateless_categorical(o / temperature, 1, seeds[t], tf.int32)[0]
        else:
            drawn = tf.argmax(o, axis=1, output_type=tf.int32)
        new = new.write(t, drawn[0])
        x = tf.gather(params["E"], drawn)
        h = tf.tanh(x @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
    return new.stack()


def generate(prefix, length, params, temperature, rng):
    seeds = rng.integers(0, 2**31 - 1, size=(length, 2), dtype="int32")
    params = {name: tf.constant(value) for name, value in params.items()}
    temperature = tf.constant(temperature, tf.float64)
    return written(tf.constant(prefix, tf.int32), tf.constant(length), params, temperature, seeds)
