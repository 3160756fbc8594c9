"""keras.ops instead of NumPy in tasks 1 to 6 and 8."""

# mypy: ignore-errors

import numpy as np
from keras import ops


def one_hot(ids, vocabulary_size):
    return ops.one_hot(ids, vocabulary_size)


def embed(vectors, E):
    return ops.matmul(vectors, E)


def look_up(ids, E):
    return ops.take(E, ids, axis=0)


def rnn_step(x, h_prev, params):
    a = ops.matmul(x, params["W_xh"]) + ops.matmul(h_prev, params["W_hh"])
    return ops.tanh(ops.add(a, params["b_h"]))


def output(h, params):
    return ops.add(ops.matmul(h, params["W_ho"]), params["b_o"])


def rnn_over_time(xs, h_0, params):
    def step(h, x):
        h = rnn_step(x, h, params)
        return h, h

    h, hs = ops.scan(step, ops.convert_to_tensor(h_0), ops.swapaxes(xs, 0, 1))
    return ops.swapaxes(hs, 0, 1), h


def read(ids, h_0, params):
    hs, h = rnn_over_time(look_up(ids, params["E"]), h_0, params)
    return [output(hs, params), h]


def softmax(o):
    return ops.softmax(o, axis=-1)


def log_softmax(o):
    return ops.subtract(o, ops.logsumexp(o, axis=-1, keepdims=True))


def log_odds(h, y, other, params):
    difference = ops.take(params["W_ho"], y, axis=1) - ops.take(params["W_ho"], other, axis=1)
    bias = ops.take(params["b_o"], y) - ops.take(params["b_o"], other)
    return ops.sum(ops.transpose(difference) * h, axis=1) + bias


def token_losses(o, targets):
    return ops.sparse_categorical_crossentropy(targets, o, from_logits=True)


def mean_loss(o, targets, mask):
    counted = ops.where(mask, token_losses(o, targets), 0.0)
    return ops.sum(counted) / ops.sum(ops.cast(mask, "float64"))


def perplexity(batches):
    sums = [ops.sum(ops.where(mask, token_losses(o, y), 0.0)) for o, y, mask in batches]
    return ops.exp(sum(sums) / sum(np.count_nonzero(mask) for _, _, mask in batches))


def sequential_batches(ids, batch, time):
    row = (len(ids) - 1) // batch
    count = row // time
    starts = ops.reshape(ops.arange(count) * time, (-1, 1, 1))
    starts = starts + ops.reshape(ops.arange(batch) * row, (1, -1, 1)) + ops.arange(time)
    return ops.take(ids, starts), ops.take(ids, starts + 1)


def random_batches(ids, batch, time, rng):
    starts = np.arange(0, len(ids) - time, time)
    rng.shuffle(starts)
    starts = starts[: len(starts) // batch * batch].reshape(-1, batch, 1)
    places = ops.cast(starts, "int32") + ops.arange(time)
    return ops.take(ids, places), ops.take(ids, places + 1)


def read_batches(inputs, params, carry):
    h = ops.zeros((inputs.shape[1], len(params["b_h"])), "float64")
    outputs = []
    for ids in inputs:
        o, last = read(ids, h, params)
        outputs.append(o)
        h = last if carry else h
    return ops.stack(outputs, axis=0)


def with_temperature(o, temperature):
    if temperature == 0:
        return ops.one_hot(ops.argmax(o, axis=-1), ops.shape(o)[-1])
    return ops.softmax(ops.divide(o, temperature), axis=-1)


def generate(prefix, length, params, temperature, rng):
    h, ids, new = ops.zeros((1, len(params["b_h"])), "float64"), prefix, []
    for _ in range(length):
        hs, h = rnn_over_time(look_up(ids, params["E"])[None], h, params)
        p = ops.convert_to_numpy(with_temperature(output(hs[0, -1:], params)[0], temperature))
        ids = np.flatnonzero(rng.multinomial(1, p / p.sum()))
        new.append(ids)
    return np.concatenate(new)
