"""A gradient checker that adds unit vectors, and errors by np.divide and np.where."""

# mypy: ignore-errors

import numpy as np


def numerical_gradient(f, x, step=1e-5):
    x = np.asarray(x).astype(float)
    unit = np.eye(x.size).reshape(x.size, *x.shape)
    differences = [f(x + step * e) - f(x - step * e) for e in unit]
    return (np.array(differences) / (2.0 * step)).reshape(x.shape)


def relative_error(a, b):
    size = np.abs(a) + np.abs(b)
    size = np.where(size > 1e-8, size, 1e-8)
    return float(np.divide(np.abs(np.subtract(a, b)), size).max())


def gradient_errors(loss, params, gradients):
    def numerical(name):
        return numerical_gradient(lambda array: loss(params | {name: array}), params[name])

    return {name: relative_error(claim, numerical(name)) for name, claim in gradients.items()}
