"""Other parameter names, lambdas, partials, assigned names, functools.reduce."""

# mypy: ignore-errors

from functools import partial, reduce

import numpy as np

one_hot = lambda tokens, size: np.identity(size, dtype=bool)[tokens]  # noqa: E731
embed = np.dot
look_up = lambda tokens, table: table.take(tokens, 0)  # noqa: E731


def affine(state, W, b):
    return np.dot(state, W) + b


rnn_step = lambda inp, state, w: np.tanh(  # noqa: E731
    affine(inp, w["W_xh"], w["b_h"]) + np.dot(state, w["W_hh"])
)
output = lambda state, w: affine(state, w["W_ho"], w["b_o"])  # noqa: E731


def rnn_over_time(sequence, start, w):
    walk = reduce(
        lambda states, inp: [*states, rnn_step(inp, states[-1], w)],
        np.transpose(sequence, (1, 0, 2)),
        [start],
    )
    return np.transpose(walk[1:], (1, 0, 2)), walk[-1]


def read(tokens, start, w):
    states = rnn_over_time(look_up(tokens, w["E"]), start, w)[0]
    return output(states, w), states[:, -1, :]


log_softmax = lambda z: z - np.logaddexp.reduce(z, axis=-1, keepdims=True)  # noqa: E731
softmax = lambda z: np.exp(log_softmax(z))  # noqa: E731


def pick(table, tokens):
    return np.take_along_axis(table, np.expand_dims(tokens, -1), -1).squeeze(-1)


log_odds = lambda state, a, b, w: pick(output(state, w), a) - pick(output(state, w), b)  # noqa: E731
token_losses = lambda z, y: -pick(log_softmax(z), y)  # noqa: E731
mean_loss = lambda z, y, m: np.average(token_losses(z, y), weights=m)  # noqa: E731


def perplexity(parts):
    total = reduce(lambda s, part: s + np.sum(token_losses(*part[:2]), where=part[2]), parts, 0.0)
    return np.exp(total / sum(np.count_nonzero(part[2]) for part in parts))


def powers(z, temperature):
    p = softmax(z)
    if not temperature:
        return np.where(z == np.max(z, -1, keepdims=True), 1.0, 0.0)
    q = np.exp(np.log(p / p.max(-1, keepdims=True)) / temperature)
    return q / q.sum(-1, keepdims=True)


with_temperature = partial(powers)
