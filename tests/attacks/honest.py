"""Honest work beside which the attacks are graded: tasks 1 to 5 and a part of 10."""

import numpy as np


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)


def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return sigmoid(x @ W_xz + h_prev @ W_hz + b_z)


def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)


def new_state(z, h_prev, h_tilde):
    return z * h_prev + (1 - z) * h_tilde


def gru_step(x, h_prev, params):
    r = reset_gate(x, h_prev, params["W_xr"], params["W_hr"], params["b_r"])
    z = update_gate(x, h_prev, params["W_xz"], params["W_hz"], params["b_z"])
    h_tilde = candidate(x, h_prev, r, params["W_xh"], params["W_hh"], params["b_h"])
    return new_state(z, h_prev, h_tilde)


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
