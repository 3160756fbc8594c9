"""Gradients with a forward pass that keeps what the backward pass needs, as a framework does."""

# mypy: ignore-errors

import numpy as np


def expit(a):
    return np.reciprocal(1.0 + np.exp(-a))


def forward(x, h, c, p):
    i, f, o = (expit(x @ p["W_x" + g] + h @ p["W_h" + g] + p["b_" + g]) for g in "ifo")
    new = np.tanh(x @ p["W_xc"] + h @ p["W_hc"] + p["b_c"])
    after = f * c + i * new
    t = np.tanh(after)
    return o * t, after, (x, h, c, i, f, o, new, t)


def backward(dh, dc, cache, p, into):
    x, h, c, i, f, o, new, t = cache
    d_o, dt = dh * t, dh * o
    dc = dc + dt - dt * t**2
    d_pre = {
        "i": dc * new * i * (1 - i),
        "f": dc * c * f * (1 - f),
        "o": d_o * o * (1 - o),
        "c": dc * i * (1 - new**2),
    }
    dx, dh_prev = np.zeros_like(x), np.zeros_like(h)
    for g, d in d_pre.items():
        into["W_x" + g] += x.T @ d
        into["W_h" + g] += h.T @ d
        into["b_" + g] += d.sum(axis=0)
        dx += d @ p["W_x" + g].T
        dh_prev += d @ p["W_h" + g].T
    return dx, dh_prev, dc * f


def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    _, _, cache = forward(x, h_prev, c_prev, params)
    sent = backward(dh, dc, cache, params, grads)
    return grads | dict(zip(("x", "h_prev", "c_prev"), sent, strict=True))


def lstm_gradients(xs, h_0, c_0, params, dhs):
    caches, h, c = [], h_0, c_0
    for x in xs.transpose(1, 0, 2):
        h, c, cache = forward(x, h, c, params)
        caches.append(cache)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dxs, dh, dc = [], np.zeros_like(h_0), np.zeros_like(c_0)
    for t, cache in reversed(list(enumerate(caches))):
        dx, dh, dc = backward(dh + dhs[:, t], dc, cache, params, grads)
        dxs.append(dx)
    return {"xs": np.stack(dxs[::-1], axis=1), "h_0": dh, "c_0": dc, **grads}
