"""NumPy in float32 from the first line to the last, as on a GPU."""

# mypy: ignore-errors

import numpy as np


def f32(*arrays):
    return [np.asarray(a, dtype=np.float32) for a in arrays]


def gate(x, h, W_x, W_h, b):
    x, h, W_x, W_h, b = f32(x, h, W_x, W_h, b)
    return np.float32(1) / (np.float32(1) + np.exp(-(x @ W_x + h @ W_h + b)))


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return gate(x, h_prev, W_xr, W_hr, b_r)


def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return gate(x, h_prev, W_xz, W_hz, b_z)


def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    x, h_prev, r, W_xh, W_hh, b_h = f32(x, h_prev, r, W_xh, W_hh, b_h)
    return np.tanh(x @ W_xh + (r * h_prev) @ W_hh + b_h)


def new_state(z, h_prev, h_tilde):
    z, h_prev, h_tilde = f32(z, h_prev, h_tilde)
    return z * h_prev + (np.float32(1) - z) * h_tilde


def gru_step(x, h_prev, params):
    p = params
    r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
    z = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    return new_state(z, h_prev, candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"]))


def gru_over_time(xs, h_0, params):
    batch, time, _ = xs.shape
    hs = np.empty((batch, time, h_0.shape[1]), np.float32)
    h = h_0
    for t in range(time):
        hs[:, t] = h = gru_step(xs[:, t], h, params)
    return hs, hs[:, -1]


def single(params, b_r, b_z):
    p = {name: value.astype(np.float32) for name, value in params.items()}
    for name in ("W_xr", "W_hr", "W_xz", "W_hz"):
        p[name][:] = 0
    p["b_r"][:], p["b_z"][:] = b_r, b_z
    return p


def copy_params(params):
    return single(params, 30, 30)


def plain_rnn_params(params):
    return single(params, 30, -30)


def forget_params(params):
    return single(params, -30, -30)


def gru_step_gradients(x, h_prev, params, dh):
    p = params
    r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
    z = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    c = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])
    x, h_prev, dh = f32(x, h_prev, dh)
    W_xr, W_xz, W_xh, W_hr, W_hz, W_hh = f32(*(p[f"W_{a}{g}"] for a in "xh" for g in "rzh"))
    dc = dh * (1 - z) * (1 - c**2)
    dz = dh * (h_prev - c) * z * (1 - z)
    dk = dc @ W_hh.T
    dr = dk * h_prev * r * (1 - r)
    return dict(
        x=dr @ W_xr.T + dz @ W_xz.T + dc @ W_xh.T,
        h_prev=dh * z + dk * r + dr @ W_hr.T + dz @ W_hz.T,
        W_xr=x.T @ dr, W_hr=h_prev.T @ dr, b_r=dr.sum(0),
        W_xz=x.T @ dz, W_hz=h_prev.T @ dz, b_z=dz.sum(0),
        W_xh=x.T @ dc, W_hh=(r * h_prev).T @ dc, b_h=dc.sum(0),
    )  # fmt: skip


def gru_gradients(xs, h_0, params, dhs):
    hs, _ = gru_over_time(xs, h_0, params)
    sums = {name: np.zeros(value.shape, np.float32) for name, value in params.items()}
    dxs, dh = np.zeros(xs.shape, np.float32), np.zeros(h_0.shape, np.float32)
    for t in range(xs.shape[1])[::-1]:
        step = gru_step_gradients(xs[:, t], hs[:, t - 1] if t else h_0, params, dhs[:, t] + dh)
        dxs[:, t], dh = step["x"], step["h_prev"]
        for name in sums:
            sums[name] += step[name]
    return {"xs": dxs, "h_0": dh, **sums}


def gates_over_time(xs, h_0, params):
    hs, _ = gru_over_time(xs, h_0, params)
    before = np.concatenate([h_0[:, None].astype(np.float32), hs[:, :-1]], axis=1)
    p = params
    return (
        gate(xs, before, p["W_xr"], p["W_hr"], p["b_r"]),
        gate(xs, before, p["W_xz"], p["W_hz"], p["b_z"]),
    )


def half_life(z):
    z = z.astype(np.float32)
    return np.log(np.float32(0.5)) / np.log(z).mean(axis=(0, 1))
