"""Limiting cases by scaling the gates' weights by 0 and biases of ±60, in keys of another order."""

# mypy: ignore-errors

import types


def scaled(params, **bias):
    new = {}
    for name in sorted(params, reverse=True):
        gate = name[-1]
        new[name] = params[name] * (0.0 if gate in bias else 1.0)
        if gate in bias and name.startswith("b_"):
            new[name] = new[name] + bias[gate]
    return types.MappingProxyType(new)


def copy_params(params):
    return scaled(params, z=60.0)


def plain_rnn_params(params):
    return scaled(params, z=-60.0, r=60.0)


def forget_params(params):
    return scaled(params, z=-60.0, r=-60.0)
