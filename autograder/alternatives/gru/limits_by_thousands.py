"""Limiting cases with biases of ±1000 that drown the weights, which stay as they are."""

# mypy: ignore-errors

import copy

import numpy as np


def copy_params(params):
    new = copy.deepcopy(params)
    new["b_z"] += 1000
    return new


def plain_rnn_params(params):
    new = {name: array.copy() for name, array in params.items()}
    new["b_z"] = np.array([-1000.0] * len(new["b_z"]))
    new["b_r"] = np.array([1000.0] * len(new["b_r"]))
    return new


def forget_params(params):
    return dict(params, b_z=params["b_z"] - 1e3, b_r=params["b_r"] - 1e3)
