"""Other parameter names, one function for all four products, lambdas, partials, assigned names."""

# mypy: ignore-errors

from functools import partial, reduce

import numpy as np


def affine(activation, letter, inp, state, weights):
    U, V, c = (weights[prefix + letter] for prefix in ("W_x", "W_h", "b_"))
    return activation(np.dot(inp, U) + np.dot(state, V) + c)


KINDS = ("W_x", "W_h", "b_")
expit = lambda a: 1.0 / (1.0 + np.exp(-a))  # noqa: E731
write, keep, show = (partial(affine, expit, letter) for letter in "ifo")
candidate = partial(affine, np.tanh, "c")
gates = lambda *args: (write(*args), keep(*args), show(*args))  # noqa: E731
cell_state = lambda kept, old, written, new: np.where(True, kept * old + written * new, 0.0)  # noqa: E731
(hidden_state,) = (lambda shown, cell: np.multiply(shown, np.tanh(cell)),)


def lstm_step(inp, hidden, cell, weights):
    seen = inp, hidden, weights
    cell = cell_state(keep(*seen), cell, write(*seen), candidate(*seen))
    return hidden_state(show(*seen), cell), cell


def lstm_over_time(sequence, hidden, cell, weights):
    walk = reduce(
        lambda states, inp: [*states, lstm_step(inp, *states[-1], weights)],
        np.transpose(sequence, (1, 0, 2)),
        [(hidden, cell)],
    )
    return np.array(walk[1:]).transpose(1, 2, 0, 3)


def limit(weights, **levels):
    out = {k: np.array(v) for k, v in weights.items()}
    for letter, level in levels.items():
        for prefix in ("W_x", "W_h", "b_"):
            shape = out[prefix + letter].shape
            out[prefix + letter] = np.full(shape, float(level if prefix == "b_" else 0))
    return out


carry_params = partial(limit, i=-700, f=700)
count_params = lambda weights: limit(weights, i=700, f=700)  # noqa: E731
rnn_params = lambda weights: limit(weights, i=700, f=-700, o=700)  # noqa: E731


def direct_path(sequence, hidden, cell, weights):
    states = np.concatenate(
        [hidden[:, None], lstm_over_time(sequence, hidden, cell, weights)[0]], 1
    )
    return np.cumprod(keep(sequence, states[:, :-1], weights), axis=1)


forget_bias = lambda n: -np.log(2 ** (1 / n) - 1)  # noqa: E731
keras_weights = lambda p: [np.concatenate([p[a + g] for g in "ifco"], -1) for a in KINDS]  # noqa: E731
