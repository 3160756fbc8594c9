"""keras.ops instead of NumPy in tasks 1 to 7 and 10."""

# mypy: ignore-errors

from keras import ops


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return ops.sigmoid(ops.matmul(x, W_xr) + ops.matmul(h_prev, W_hr) + b_r)


def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return ops.sigmoid(ops.add(ops.dot(x, W_xz), ops.dot(h_prev, W_hz)) + b_z)


def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    return ops.tanh(ops.matmul(x, W_xh) + ops.matmul(ops.multiply(r, h_prev), W_hh) + b_h)


def new_state(z, h_prev, h_tilde):
    return ops.multiply(z, h_prev) + ops.multiply(ops.subtract(1.0, z), h_tilde)


def gru_step(x, h_prev, params):
    p = {name: ops.convert_to_tensor(value) for name, value in params.items()}
    r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
    z = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    return new_state(z, h_prev, candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"]))


def gru_over_time(xs, h_0, params):
    h, hs = ops.convert_to_tensor(h_0), []
    for t in range(ops.shape(xs)[1]):
        h = gru_step(xs[:, t, :], h, params)
        hs.append(h)
    return [ops.stack(hs, axis=1), h]


def gates_at(params, r, z):
    new = dict(params)
    for name, level in (("r", r), ("z", z)):
        new[f"W_x{name}"] = ops.zeros_like(params[f"W_x{name}"])
        new[f"W_h{name}"] = ops.zeros_like(params[f"W_h{name}"])
        new[f"b_{name}"] = level * ops.ones_like(params[f"b_{name}"])
    return new


def copy_params(params):
    return gates_at(params, 0, 40)


def plain_rnn_params(params):
    return gates_at(params, 40, -40)


def forget_params(params):
    return gates_at(params, -40, -40)


def gru_step_gradients(x, h_prev, params, dh):
    p = params
    r = reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"])
    z = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    c = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])
    g = {"h": dh * (1 - z) * (1 - c * c), "z": dh * (h_prev - c) * z * (1 - z)}
    back = ops.matmul(g["h"], ops.transpose(p["W_hh"]))
    g["r"] = back * h_prev * r * (1 - r)
    out = {"x": sum(ops.matmul(g[k], ops.transpose(p["W_x" + k])) for k in "rzh")}
    out["h_prev"] = dh * z + back * r
    out["h_prev"] += sum(ops.matmul(g[k], ops.transpose(p["W_h" + k])) for k in "rz")
    for k in "rzh":
        out["W_x" + k] = ops.matmul(ops.transpose(x), g[k])
        out["W_h" + k] = ops.matmul(ops.transpose(r * h_prev if k == "h" else h_prev), g[k])
        out["b_" + k] = ops.sum(g[k], axis=0)
    return out


def gru_gradients(xs, h_0, params, dhs):
    hs, _ = gru_over_time(xs, h_0, params)
    carried, dxs, total = ops.zeros_like(h_0), [], {}
    for t in reversed(range(xs.shape[1])):
        before = h_0 if t == 0 else hs[:, t - 1]
        step = gru_step_gradients(xs[:, t], before, params, dhs[:, t] + carried)
        carried = step.pop("h_prev")
        dxs.append(step.pop("x"))
        total = {name: total.get(name, 0.0) + value for name, value in step.items()}
    return {"xs": ops.flip(ops.stack(dxs, axis=1), axis=1), "h_0": carried} | total


def gates_over_time(xs, h_0, params):
    hs, _ = gru_over_time(xs, h_0, params)
    before = ops.concatenate([ops.expand_dims(h_0, 1), hs[:, :-1]], axis=1)
    p = params
    return (
        reset_gate(xs, before, p["W_xr"], p["W_hr"], p["b_r"]),
        ops.sigmoid(ops.matmul(xs, p["W_xz"]) + ops.matmul(before, p["W_hz"]) + p["b_z"]),
    )


def half_life(z):
    return -ops.log(ops.cast(2.0, z.dtype)) / ops.mean(ops.log(z), axis=(0, 1))
