"""The other convention inside, u = 1 − z, turned round at every border: equal all the same."""

# mypy: ignore-errors

import keras
import numpy as np
from keras import ops


def share_of_the_new(x, h, W_xz, W_hz, b_z):
    return 1 / (1 + np.exp(x @ W_xz + h @ W_hz + b_z))  # σ(−a) = 1 − σ(a)


def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return 1 - share_of_the_new(x, h_prev, W_xz, W_hz, b_z)


def new_state(z, h_prev, h_tilde):
    u = 1 - z
    return (1 - u) * h_prev + u * h_tilde


def gru_step(x, h_prev, params):
    r = reset_gate(x, h_prev, params["W_xr"], params["W_hr"], params["b_r"])  # noqa: F821
    u = share_of_the_new(x, h_prev, params["W_xz"], params["W_hz"], params["b_z"])
    new = candidate(x, h_prev, r, params["W_xh"], params["W_hh"], params["b_h"])  # noqa: F821
    return h_prev + u * (new - h_prev)


def gru_step_gradients(x, h_prev, params, dh):
    p = params
    r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])  # noqa: F821
    u = share_of_the_new(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    new = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])  # noqa: F821
    d_new = dh * u * (1 - new**2)
    d_u = dh * (new - h_prev) * u * (1 - u)  # u falls when b_z grows: the sign turns below
    d_reset = d_new @ p["W_hh"].T
    d_r = d_reset * h_prev * r * (1 - r)
    return {
        "x": d_r @ p["W_xr"].T - d_u @ p["W_xz"].T + d_new @ p["W_xh"].T,
        "h_prev": dh * (1 - u) + d_reset * r + d_r @ p["W_hr"].T - d_u @ p["W_hz"].T,
        "W_xr": x.T @ d_r, "W_hr": h_prev.T @ d_r, "b_r": d_r.sum(axis=0),
        "W_xz": -x.T @ d_u, "W_hz": -h_prev.T @ d_u, "b_z": -d_u.sum(axis=0),
        "W_xh": x.T @ d_new, "W_hh": (r * h_prev).T @ d_new, "b_h": d_new.sum(axis=0),
    }  # fmt: skip


class GRUCell(keras.layers.Layer):
    """Keeps −W_xz, −W_hz and −b_z, so that its gate is the share of the new."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, input_shape):
        d, n = input_shape[-1], self.units
        self.w = [
            self.add_weight(shape=shape, initializer="zeros" if len(shape) == 1 else "he_normal")
            for _ in "ruh"
            for shape in ((d, n), (n, n), (n,))
        ]

    def call(self, inputs, states, training=None):
        h, (A, B, a, C, D, c, E, F, e) = states[0], self.w
        r = ops.sigmoid(inputs @ A + h @ B + a)
        u = ops.sigmoid(inputs @ C + h @ D + c)
        h = (1 - u) * h + u * ops.tanh(inputs @ E + (r * h) @ F + e)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}

    def load(self, params):
        if not self.built:
            self.build((None, len(params["W_xr"])))
        sign = {"r": 1, "z": -1, "h": 1}
        values = [sign[g] * params[f"{p}{g}"] for g in "rzh" for p in ("W_x", "W_h", "b_")]
        for weight, value in zip(self.w, values, strict=True):
            weight.assign(value)


def half_life(z):
    u = 1 - z
    return np.log(2) / -np.log(1 - u).mean(axis=1).mean(axis=0)
