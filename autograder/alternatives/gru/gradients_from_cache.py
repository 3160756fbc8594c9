"""Gradients with a forward pass that keeps what the backward pass needs, as a framework does."""

# mypy: ignore-errors

import numpy as np


def expit(a):
    return np.reciprocal(1.0 + np.exp(-a))


def forward(x, h, p):
    r = expit(x @ p["W_xr"] + h @ p["W_hr"] + p["b_r"])
    z = expit(x @ p["W_xz"] + h @ p["W_hz"] + p["b_z"])
    rh = r * h
    c = np.tanh(x @ p["W_xh"] + rh @ p["W_hh"] + p["b_h"])
    return z * h + (1 - z) * c, (x, h, r, z, rh, c)


def backward(dh, cache, p, into):
    x, h, r, z, rh, c = cache
    dc, dz = dh * (1 - z), dh * (h - c)
    d_pre = {"h": dc * (1 - c**2), "z": dz * z * (1 - z)}
    drh = d_pre["h"] @ p["W_hh"].T
    d_pre["r"] = drh * h * r * (1 - r)
    dx, dh_prev = np.zeros_like(x), dh * z + drh * r
    for gate, left in (("r", h), ("z", h), ("h", rh)):
        into["W_x" + gate] += x.T @ d_pre[gate]
        into["W_h" + gate] += left.T @ d_pre[gate]
        into["b_" + gate] += d_pre[gate].sum(axis=0)
        dx += d_pre[gate] @ p["W_x" + gate].T
        if gate in "rz":
            dh_prev += d_pre[gate] @ p["W_h" + gate].T
    return dx, dh_prev


def gru_step_gradients(x, h_prev, params, dh):
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    _, cache = forward(x, h_prev, params)
    grads["x"], grads["h_prev"] = backward(dh, cache, params, grads)
    return grads


def gru_gradients(xs, h_0, params, dhs):
    caches, h = [], h_0
    for x in xs.transpose(1, 0, 2):
        h, cache = forward(x, h, params)
        caches.append(cache)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dxs, dh = [], np.zeros_like(h_0)
    for t, cache in reversed(list(enumerate(caches))):
        dh = dh + dhs[:, t]
        dx, dh = backward(dh, cache, params, grads)
        dxs.append(dx)
    return {"xs": np.stack(dxs[::-1], axis=1), "h_0": dh, **grads}
