"""Limiting cases with biases of ±1000 that drown the weights, which stay as they are."""

# mypy: ignore-errors

import copy
import types

import numpy as np


def carry_params(params):
    new = copy.deepcopy(params)
    new["b_f"] += 1000
    new["b_i"] -= 1000
    return new


def count_params(params):
    return dict(params, b_f=params["b_f"] + 1e3, b_i=np.array([1000.0] * len(params["b_i"])))


def rnn_params(params):
    new = {name: params[name].copy() for name in sorted(params, reverse=True)}
    new["b_f"] = -1000.0 * np.ones(len(new["b_f"]))
    new["b_i"] = new["b_o"] = 1000.0 * np.ones(len(new["b_i"]))
    return types.MappingProxyType(new)
