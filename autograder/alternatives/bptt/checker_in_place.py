"""A gradient checker that moves the elements of one copy of all arrays, in place."""

# mypy: ignore-errors

import numpy as np


def numerical_gradient(f, x, step=1e-5):
    moved = np.array(x, dtype="float64")
    found = np.zeros(moved.shape, dtype="float64")
    walk = np.nditer(moved, flags=["multi_index"], op_flags=["readwrite"])
    while not walk.finished:
        k = walk.multi_index
        moved[k] += step
        found[k] = f(moved) / (2 * step)
        moved[k] -= 2 * step
        found[k] -= f(moved) / (2 * step)
        moved[k] += step
        walk.iternext()
    return found


def relative_error(a, b):
    return (np.abs(a - b) / np.clip(np.abs(a) + np.abs(b), 1e-8, None)).max()


def gradient_errors(loss, params, gradients):
    errors = {}
    for name in params:
        if name in gradients:
            copies = {key: np.array(value) for key, value in params.items()}

            def f(array, copies=copies, name=name):
                copies[name][...] = array
                return loss(copies)

            numerical = numerical_gradient(f, copies[name])
            errors[name] = np.array(relative_error(gradients[name], numerical))
    return errors
