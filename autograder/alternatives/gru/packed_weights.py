"""The three matrices side by side, [W_xr W_xz W_xh], and one product for all of them."""

# mypy: ignore-errors

import numpy as np


def pack(params):
    W_x = np.hstack([params["W_xr"], params["W_xz"], params["W_xh"]])
    W_h = np.hstack([params["W_hr"], params["W_hz"]])
    b = np.concatenate([params["b_r"], params["b_z"], params["b_h"]])
    return W_x, W_h, b


def sigma(a):
    return np.where(a >= 0, 1 / (1 + np.exp(-np.abs(a))), 1 - 1 / (1 + np.exp(-np.abs(a))))


def packed_step(from_x, h, W_h, W_hh):
    units = h.shape[-1]
    r, z = np.split(sigma(from_x[:, : 2 * units] + h @ W_h), 2, axis=-1)
    c = np.tanh(from_x[:, 2 * units :] + (r * h) @ W_hh)
    return r, z, c, c + z * (h - c)


def gru_step(x, h_prev, params):
    W_x, W_h, b = pack(params)
    return packed_step(x @ W_x + b, h_prev, W_h, params["W_hh"])[-1]


def run(xs, h_0, params):
    """r, z, c and the states, h_0 included: time first."""
    W_x, W_h, b = pack(params)
    from_xs = xs @ W_x + b  # one product for the whole sequence
    parts, h = [], h_0
    for t in range(xs.shape[1]):
        parts.append(packed_step(from_xs[:, t], h, W_h, params["W_hh"]))
        h = parts[-1][-1]
    r, z, c, hs = (np.array(part) for part in zip(*parts, strict=True))
    return r, z, c, np.concatenate([h_0[None], hs])


def gru_over_time(xs, h_0, params):
    hs = run(xs, h_0, params)[-1]
    return hs[1:].swapaxes(0, 1), hs[-1]


def gates_over_time(xs, h_0, params):
    r, z, _, _ = run(xs, h_0, params)
    return r.swapaxes(0, 1), z.swapaxes(0, 1)


def back_one(x, h, r, z, c, params, dh):
    da_h = dh * (1 - z) * (1 - c) * (1 + c)
    da_z = dh * (h - c) * z * (1 - z)
    d_rh = da_h @ params["W_hh"].T
    da_r = d_rh * h * r * (1 - r)
    W_x, W_h, _ = pack(params)
    da = np.hstack([da_r, da_z, da_h])
    dh_prev = dh * z + d_rh * r + np.hstack([da_r, da_z]) @ W_h.T
    return da, da @ W_x.T, dh_prev


def unpack(dW_x, dW_h, dW_hh, db):
    (W_xr, W_xz, W_xh), (W_hr, W_hz) = np.split(dW_x, 3, axis=1), np.split(dW_h, 2, axis=1)
    b_r, b_z, b_h = np.split(db, 3)
    return {
        "W_xr": W_xr, "W_hr": W_hr, "b_r": b_r,
        "W_xz": W_xz, "W_hz": W_hz, "b_z": b_z,
        "W_xh": W_xh, "W_hh": dW_hh, "b_h": b_h,
    }  # fmt: skip


def gru_step_gradients(x, h_prev, params, dh):
    r, z, c, hs = run(x[:, None], h_prev, params)
    da, dx, dh_prev = back_one(x, h_prev, r[0], z[0], c[0], params, dh)
    units = h_prev.shape[1]
    dW_hh = (r[0] * h_prev).T @ da[:, 2 * units :]
    weights = unpack(x.T @ da, h_prev.T @ da[:, : 2 * units], dW_hh, da.sum(axis=0))
    return {"x": dx, "h_prev": dh_prev, **weights}


def gru_gradients(xs, h_0, params, dhs):
    """The weights' gradients as one product over batch and time, after the loop."""
    r, z, c, hs = run(xs, h_0, params)
    units, dh = h_0.shape[1], np.zeros_like(h_0)
    da, dxs = np.empty((xs.shape[1], xs.shape[0], 3 * units)), np.empty_like(xs)
    for t in range(xs.shape[1] - 1, -1, -1):
        da[t], dxs[:, t], dh = back_one(xs[:, t], hs[t], r[t], z[t], c[t], params, dhs[:, t] + dh)
    weights = unpack(
        np.tensordot(xs.swapaxes(0, 1), da, ((0, 1), (0, 1))),
        np.tensordot(hs[:-1], da[..., : 2 * units], ((0, 1), (0, 1))),
        np.tensordot(r * hs[:-1], da[..., 2 * units :], ((0, 1), (0, 1))),
        da.sum(axis=(0, 1)),
    )
    return {"xs": dxs, "h_0": dh, **weights}


def keras_weights(params):
    def zrh(prefix):
        return np.block([params[prefix + gate] for gate in ("z", "r", "h")])

    return zrh("W_x"), zrh("W_h"), zrh("b_")
