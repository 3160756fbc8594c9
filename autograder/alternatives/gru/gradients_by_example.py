"""Gradients one example at a time, the weights' as outer products that are added up."""

# mypy: ignore-errors

import numpy as np


def one_example(x, h, p, dh):
    r = 1 / (1 + np.exp(-(x @ p["W_xr"] + h @ p["W_hr"] + p["b_r"])))
    z = 1 / (1 + np.exp(-(x @ p["W_xz"] + h @ p["W_hz"] + p["b_z"])))
    c = np.tanh(x @ p["W_xh"] + (r * h) @ p["W_hh"] + p["b_h"])
    J_c, J_z, J_r = np.diag(1 - c**2), np.diag(z * (1 - z)), np.diag(r * (1 - r))
    a_h = J_c @ np.diag(1 - z) @ dh
    a_z = J_z @ np.diag(h - c) @ dh
    a_r = J_r @ np.diag(h) @ p["W_hh"] @ a_h
    grads = {
        "x": p["W_xr"] @ a_r + p["W_xz"] @ a_z + p["W_xh"] @ a_h,
        "h_prev": z * dh + r * (p["W_hh"] @ a_h) + p["W_hr"] @ a_r + p["W_hz"] @ a_z,
    }
    for gate, a, seen in (("r", a_r, h), ("z", a_z, h), ("h", a_h, r * h)):
        grads["W_x" + gate] = np.outer(x, a)
        grads["W_h" + gate] = np.outer(seen, a)
        grads["b_" + gate] = a
    return grads


def gru_step_gradients(x, h_prev, params, dh):
    each = [one_example(*row[:2], params, row[2]) for row in zip(x, h_prev, dh, strict=True)]
    join = {"x": np.stack, "h_prev": np.stack}
    return {name: join.get(name, sum)([g[name] for g in each]) for name in each[0]}


def gru_gradients(xs, h_0, params, dhs):
    """Every term of the loss sends its own gradient all the way back: slow, and equal."""
    states = [h_0]
    for t in range(xs.shape[1]):
        states.append(gru_step(xs[:, t], states[-1], params))  # noqa: F821
    dxs, dh_0 = np.zeros(xs.shape), np.zeros(h_0.shape)
    sums = {name: np.zeros(array.shape) for name, array in params.items()}
    for s in range(xs.shape[1]):
        dh = dhs[:, s]
        for t in range(s, -1, -1):
            step = gru_step_gradients(xs[:, t], states[t], params, dh)
            dxs[:, t] += step["x"]
            dh = step["h_prev"]
            for name in sums:
                sums[name] += step[name]
        dh_0 += dh
    return {"xs": dxs, "h_0": dh_0, **sums}
