"""NumPy in float32 from the first line to the last, as on a GPU."""

# mypy: ignore-errors

import numpy as np


def f32(a):
    return np.asarray(a, dtype=np.float32)


def one_hot(ids, vocabulary_size):
    vectors = np.zeros((*ids.shape, vocabulary_size), np.float32)
    np.put_along_axis(vectors, ids[..., None].astype(np.int64), np.float32(1), axis=-1)
    return vectors


def embed(vectors, E):
    return f32(vectors) @ f32(E)


def look_up(ids, E):
    return np.take(f32(E), ids, axis=0)


def rnn_step(x, h_prev, params):
    p = params
    return np.tanh(f32(x) @ f32(p["W_xh"]) + f32(h_prev) @ f32(p["W_hh"]) + f32(p["b_h"]))


def output(h, params):
    return f32(h) @ f32(params["W_ho"]) + f32(params["b_o"])


def rnn_over_time(xs, h_0, params):
    batch, time, _ = xs.shape
    hs = np.empty((batch, time, h_0.shape[1]), np.float32)
    h = f32(h_0)
    for t in range(time):
        hs[:, t] = h = rnn_step(xs[:, t], h, params)
    return hs, hs[:, -1]


def read(ids, h_0, params):
    hs, h = rnn_over_time(look_up(ids, params["E"]), h_0, params)
    return output(hs, params), h


def softmax(o):
    o = f32(o)
    e = np.exp(o - np.amax(o, axis=-1)[..., None])
    return e / np.sum(e, axis=-1)[..., None]


def log_softmax(o):
    o = f32(o)
    top = np.amax(o, axis=-1, keepdims=True)
    return o - (top + np.log(np.sum(np.exp(o - top), axis=-1, keepdims=True)))


def log_odds(h, y, other, params):
    o = output(h, params)
    return np.array([row[a] - row[b] for row, a, b in zip(o, y, other, strict=True)])


def token_losses(o, targets):
    log_p = log_softmax(o)
    rows = log_p.reshape(-1, log_p.shape[-1])
    return -rows[np.arange(len(rows)), targets.ravel()].reshape(targets.shape)


def mean_loss(o, targets, mask):
    weights = f32(mask)
    return np.sum(token_losses(o, targets) * weights) / np.sum(weights)


def perplexity(batches):
    nats = tokens = np.float32(0)
    for o, targets, mask in batches:
        nats += mean_loss(o, targets, mask) * np.float32(mask.sum())
        tokens += np.float32(mask.sum())
    return np.exp(nats / tokens)


def sequential_batches(ids, batch, time):
    length = (len(ids) - 1) // batch
    count = length // time
    inputs = np.zeros((count, batch, time), np.int32)
    targets = np.zeros_like(inputs)
    for n in range(count):
        for r in range(batch):
            start = r * length + n * time
            inputs[n, r] = ids[start : start + time]
            targets[n, r] = ids[start + 1 : start + time + 1]
    return inputs, targets


def read_batches(inputs, params, carry):
    h = np.zeros((inputs.shape[1], params["b_h"].size), np.float32)
    outputs = []
    for ids in inputs:
        if not carry:
            h[:] = 0
        o, h = read(ids, h, params)
        h = h.copy()
        outputs.append(o)
    return np.array(outputs)


def with_temperature(o, temperature):
    o = f32(o)
    if temperature == 0:
        return f32(o == o.max(axis=-1, keepdims=True))
    return softmax((o - o.max(axis=-1, keepdims=True)) / np.float32(temperature))


def generate(prefix, length, params, temperature, rng):
    p = {name: f32(value) for name, value in params.items()}
    h = np.zeros((1, len(p["b_h"])), np.float32)
    for token in prefix:
        h = rnn_step(p["E"][token][None], h, p)
    new = np.zeros(length, np.int32)
    for t in range(length):
        chances = with_temperature(output(h, p)[0], temperature)
        new[t] = min(np.searchsorted(np.cumsum(chances), rng.random()), len(chances) - 1)
        h = rnn_step(p["E"][new[t]][None], h, p)
    return new
