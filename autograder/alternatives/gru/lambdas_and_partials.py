"""Other parameter names, one helper for both gates, lambdas, partials and assigned names."""

# mypy: ignore-errors

from functools import partial, reduce

import numpy as np


def affine(activation, inp, state, U, V, c):
    return activation(np.dot(inp, U) + np.dot(state, V) + c)


expit = lambda a: 1.0 / (1.0 + np.exp(-a))  # noqa: E731
reset_gate = update_gate = partial(affine, expit)
candidate = lambda inp, state, reset, *weights: affine(  # noqa: E731
    np.tanh, inp, reset * state, *weights
)
(new_state,) = (lambda keep, old, new: np.where(True, keep * old + (1 - keep) * new, 0.0),)


def names(letter):
    return f"W_x{letter}", f"W_h{letter}", f"b_{letter}"


def of(weights, letter):
    return [weights[name] for name in names(letter)]


def gru_step(inp, state, weights):
    reset = reset_gate(inp, state, *of(weights, "r"))
    keep = update_gate(inp, state, *of(weights, "z"))
    return new_state(keep, state, candidate(inp, state, reset, *of(weights, "h")))


def gru_over_time(sequence, start, weights):
    walk = reduce(
        lambda states, inp: [*states, gru_step(inp, states[-1], weights)],
        np.transpose(sequence, (1, 0, 2)),
        [start],
    )
    return np.transpose(walk[1:], (1, 0, 2)), walk[-1]


def limit(weights, **levels):
    out = {k: np.array(v) for k, v in weights.items()}
    for letter, level in levels.items():
        for name in names(letter):
            out[name] = np.full(out[name].shape, level if name.startswith("b") else 0)
    return out


copy_params = partial(limit, z=700)
plain_rnn_params = lambda weights: limit(weights, r=700, z=-700)  # noqa: E731
forget_params = lambda weights: limit(weights, r=-700, z=-700)  # noqa: E731


def gates_over_time(sequence, start, weights):
    states = np.concatenate([start[:, None], gru_over_time(sequence, start, weights)[0]], axis=1)
    return tuple(reset_gate(sequence, states[:, :-1], *of(weights, g)) for g in "rz")


half_life = lambda keep: -1 / np.mean(np.log(keep) / np.log(2), axis=(0, 1))  # noqa: E731
parameter_count = lambda d, u, reset_after=False: 3 * u * (d + u + 1 + reset_after)  # noqa: E731
keras_weights = lambda p: [np.concatenate(w, axis=-1) for w in zip(*(of(p, g) for g in "zrh"))]  # noqa: B905, E501, E731
