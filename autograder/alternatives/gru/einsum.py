"""Every product as an einsum with its axes written out."""

# mypy: ignore-errors

import numpy as np


def sig(a):
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return sig(np.einsum("bd,du->bu", x, W_xr) + np.einsum("bv,vu->bu", h_prev, W_hr) + b_r)


def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return sig(np.einsum("bd,du->bu", x, W_xz) + np.einsum("bv,vu->bu", h_prev, W_hz) + b_z)


def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    return np.tanh(
        np.einsum("bd,du->bu", x, W_xh) + np.einsum("bv,bv,vu->bu", r, h_prev, W_hh) + b_h
    )


def new_state(z, h_prev, h_tilde):
    return np.einsum("sbu,sbu->bu", np.stack([z, 1 - z]), np.stack([h_prev, h_tilde]))


def gru_step_gradients(x, h_prev, params, dh):
    p = params
    r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
    z = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    c = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])
    a_h = np.einsum("bu,bu,bu->bu", dh, 1 - z, 1 - c**2)
    a_z = np.einsum("bu,bu,bu,bu->bu", dh, h_prev - c, z, 1 - z)
    a_r = np.einsum("bu,vu,bv,bv,bv->bv", a_h, p["W_hh"], h_prev, r, 1 - r)
    a = {"r": a_r, "z": a_z, "h": a_h}
    out = {
        "x": sum(np.einsum("bu,du->bd", a[g], p[f"W_x{g}"]) for g in "rzh"),
        "h_prev": dh * z
        + np.einsum("bu,vu,bv->bv", a_h, p["W_hh"], r)
        + sum(np.einsum("bu,vu->bv", a[g], p[f"W_h{g}"]) for g in "rz"),
    }
    for g, rows in (("r", h_prev), ("z", h_prev), ("h", r * h_prev)):
        out[f"W_x{g}"] = np.einsum("bd,bu->du", x, a[g])
        out[f"W_h{g}"] = np.einsum("bv,bu->vu", rows, a[g])
        out[f"b_{g}"] = np.einsum("bu->u", a[g])
    return out


def half_life(z):
    count = z.shape[0] * z.shape[1]
    return np.log(0.5) * count / np.einsum("btu->u", np.log(z))
