"""TensorFlow instead of NumPy in tasks 1 to 6 and 8; tensors come back."""

# mypy: ignore-errors

import numpy as np
import tensorflow as tf


def one_hot(ids, vocabulary_size):
    return tf.one_hot(ids, vocabulary_size)


def embed(vectors, E):
    return tf.tensordot(vectors, E, axes=1)


def look_up(ids, E):
    return tf.gather(E, ids)


@tf.function(reduce_retracing=True)
def rnn_step(x, h_prev, params):
    return tf.tanh(tf.matmul(x, params["W_xh"]) + tf.matmul(h_prev, params["W_hh"]) + params["b_h"])


def output(h, params):
    return tf.tensordot(h, params["W_ho"], axes=[[-1], [0]]) + params["b_o"]


def rnn_over_time(xs, h_0, params):
    h, hs = tf.convert_to_tensor(h_0), []
    for x in tf.unstack(tf.convert_to_tensor(xs), axis=1):
        h = rnn_step(x, h, params)
        hs.append(h)
    return tf.stack(hs, axis=1), h


def read(ids, h_0, params):
    hs, h = rnn_over_time(look_up(ids, params["E"]), h_0, params)
    return output(hs, params), h


def softmax(o):
    return tf.nn.softmax(o)


def log_softmax(o):
    return tf.nn.log_softmax(o, axis=-1)


def log_odds(h, y, other, params):
    log_p = log_softmax(output(h, params))
    return tf.gather(log_p, y, batch_dims=1) - tf.gather(log_p, other, batch_dims=1)


def token_losses(o, targets):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=o)


def mean_loss(o, targets, mask):
    return tf.reduce_mean(tf.boolean_mask(token_losses(o, targets), mask))


def perplexity(batches):
    nats, tokens = 0.0, 0.0
    for o, targets, mask in batches:
        counted = tf.cast(mask, tf.float64)
        nats += tf.reduce_sum(token_losses(o, targets) * counted)
        tokens += tf.reduce_sum(counted)
    return tf.exp(nats / tokens)


def sequential_batches(ids, batch, time):
    length = (len(ids) - 1) // batch

    def cut(start):
        rows = tf.reshape(tf.convert_to_tensor(ids)[start : start + batch * length], (batch, -1))
        return tf.transpose(tf.signal.frame(rows, time, time), (1, 0, 2))

    return cut(0), cut(1)


def random_batches(ids, batch, time, rng):
    windows = tf.signal.frame(tf.convert_to_tensor(ids), time + 1, time)
    order = rng.permutation(len(windows))
    order = order[: len(order) - len(order) % batch]
    batches = tf.reshape(tf.gather(windows, order), (-1, batch, time + 1))
    return batches[:, :, :-1], batches[:, :, 1:]


def read_batches(inputs, params, carry):
    zero = tf.zeros((inputs.shape[1], params["b_h"].shape[0]), params["b_h"].dtype)
    h, outputs = zero, []
    for ids in inputs:
        o, h = read(ids, h if carry else zero, params)
        outputs.append(o)
    return tf.stack(outputs)


def with_temperature(o, temperature):
    o = tf.convert_to_tensor(o)
    if temperature == 0:
        return tf.one_hot(tf.argmax(o, axis=-1), o.shape[-1], dtype=o.dtype)
    return tf.nn.softmax(o / temperature)


def generate(prefix, length, params, temperature, rng):
    h = tf.zeros((1, params["b_h"].shape[0]), params["b_h"].dtype)
    o, h = read(prefix[None, :], h, params)
    ids = []
    for _ in range(length):
        p = with_temperature(o[0, -1], temperature).numpy()
        ids.append(int(rng.choice(len(p), p=p)))
        o, h = read(np.array([[ids[-1]]]), h, params)
    return tf.constant(ids)
