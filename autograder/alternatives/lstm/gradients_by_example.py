"""Gradients one example at a time through Jacobians; every term of the loss sent back by itself."""

# mypy: ignore-errors

import numpy as np


def one_example(x, h, c_prev, p, dh, dc):
    a = {g: x @ p["W_x" + g] + h @ p["W_h" + g] + p["b_" + g] for g in "ifoc"}
    i, f, o = (1 / (1 + np.exp(-a[g])) for g in "ifo")
    new = np.tanh(a["c"])
    t = np.tanh(f * c_prev + i * new)
    d = dc + np.diag(1 - t**2) @ np.diag(o) @ dh
    da = {
        "i": np.diag(i * (1 - i)) @ np.diag(new) @ d,
        "f": np.diag(f * (1 - f)) @ np.diag(c_prev) @ d,
        "o": np.diag(o * (1 - o)) @ np.diag(t) @ dh,
        "c": np.diag(1 - new**2) @ np.diag(i) @ d,
    }
    grads = {
        "x": sum(p["W_x" + g] @ da[g] for g in "ifoc"),
        "h_prev": sum(p["W_h" + g] @ da[g] for g in "ifoc"),
        "c_prev": np.diag(f) @ d,
    }
    for g in "ifoc":
        grads["W_x" + g], grads["W_h" + g] = np.outer(x, da[g]), np.outer(h, da[g])
        grads["b_" + g] = da[g]
    return grads


def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    rows = zip(x, h_prev, c_prev, dh, dc, strict=True)
    each = [one_example(*row[:3], params, *row[3:]) for row in rows]
    join = {"x": np.stack, "h_prev": np.stack, "c_prev": np.stack}
    return {name: join.get(name, sum)([g[name] for g in each]) for name in each[0]}


def lstm_gradients(xs, h_0, c_0, params, dhs):
    states = [(h_0, c_0)]
    for t in range(xs.shape[1]):
        states.append(lstm_step(xs[:, t], *states[-1], params))  # noqa: F821
    dxs, dh_0, dc_0 = np.zeros(xs.shape), np.zeros(h_0.shape), np.zeros(c_0.shape)
    sums = {name: np.zeros(array.shape) for name, array in params.items()}
    for s in range(xs.shape[1]):
        dh, dc = dhs[:, s], np.zeros(c_0.shape)
        for t in range(s, -1, -1):
            step = lstm_step_gradients(xs[:, t], *states[t], params, dh, dc)
            dh, dc = step["h_prev"], step["c_prev"]
            dxs[:, t] += step["x"]
            for name in sums:
                sums[name] += step[name]
        dh_0, dc_0 = dh_0 + dh, dc_0 + dc
    return {"xs": dxs, "h_0": dh_0, "c_0": dc_0, **sums}
