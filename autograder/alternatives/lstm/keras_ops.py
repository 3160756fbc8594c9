"""keras.ops instead of NumPy in tasks 1 to 7 and 10."""

# mypy: ignore-errors

from keras import ops


def affine(x, h, p, letter):
    return ops.matmul(x, p[f"W_x{letter}"]) + ops.matmul(h, p[f"W_h{letter}"]) + p[f"b_{letter}"]


def gates(x, h_prev, params):
    return tuple(ops.sigmoid(affine(x, h_prev, params, letter)) for letter in "ifo")


def candidate(x, h_prev, params):
    return ops.tanh(affine(x, h_prev, params, "c"))


def cell_state(f, c_prev, i, c_tilde):
    return ops.add(ops.multiply(f, c_prev), ops.multiply(i, c_tilde))


def hidden_state(o, c):
    return ops.multiply(o, ops.tanh(c))


def lstm_step(x, h_prev, c_prev, params):
    p = {name: ops.convert_to_tensor(value) for name, value in params.items()}
    i, f, o = gates(x, h_prev, p)
    c = cell_state(f, c_prev, i, candidate(x, h_prev, p))
    return [hidden_state(o, c), c]


def lstm_over_time(xs, h_0, c_0, params):
    states = [ops.convert_to_tensor(h_0), ops.convert_to_tensor(c_0)]
    seen = []
    for t in range(ops.shape(xs)[1]):
        states = lstm_step(xs[:, t, :], *states, params)
        seen.append(ops.stack(states))
    hs, cs = ops.unstack(ops.stack(seen, axis=2))
    return hs, cs


def gates_at(params, **levels):
    new = dict(params)
    for name, level in levels.items():
        new[f"W_x{name}"] = ops.zeros_like(params[f"W_x{name}"])
        new[f"W_h{name}"] = ops.zeros_like(params[f"W_h{name}"])
        new[f"b_{name}"] = level * ops.ones_like(params[f"b_{name}"])
    return new


def carry_params(params):
    return gates_at(params, i=-40, f=40, o=0)


def count_params(params):
    return gates_at(params, i=40, f=40, o=0)


def rnn_params(params):
    return gates_at(params, i=40, f=-40, o=40)


def direct_path(xs, h_0, c_0, params):
    hs, _ = lstm_over_time(xs, h_0, c_0, params)
    before = ops.concatenate([ops.expand_dims(h_0, 1), hs[:, :-1]], axis=1)
    return ops.exp(ops.cumsum(ops.log(ops.sigmoid(affine(xs, before, params, "f"))), axis=1))


def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    p = params
    i, f, o = gates(x, h_prev, p)
    new = candidate(x, h_prev, p)
    t = ops.tanh(cell_state(f, c_prev, i, new))
    d = dc + dh * o * (1 - t * t)
    a = {"i": d * new * i * (1 - i), "f": d * c_prev * f * (1 - f)}
    a |= {"o": dh * t * o * (1 - o), "c": d * i * (1 - new * new)}
    out = {"c_prev": d * f}
    out["x"] = sum(ops.matmul(a[k], ops.transpose(p["W_x" + k])) for k in a)
    out["h_prev"] = sum(ops.matmul(a[k], ops.transpose(p["W_h" + k])) for k in a)
    for k in a:
        out["W_x" + k] = ops.matmul(ops.transpose(x), a[k])
        out["W_h" + k] = ops.matmul(ops.transpose(h_prev), a[k])
        out["b_" + k] = ops.sum(a[k], axis=0)
    return out


def lstm_gradients(xs, h_0, c_0, params, dhs):
    hs, cs = lstm_over_time(xs, h_0, c_0, params)
    dh, dc, dxs, total = ops.zeros_like(h_0), ops.zeros_like(c_0), [], {}
    for t in reversed(range(xs.shape[1])):
        before = (h_0, c_0) if t == 0 else (hs[:, t - 1], cs[:, t - 1])
        step = lstm_step_gradients(xs[:, t], *before, params, dhs[:, t] + dh, dc)
        dh, dc = step.pop("h_prev"), step.pop("c_prev")
        dxs.append(step.pop("x"))
        total = {name: total.get(name, 0.0) + value for name, value in step.items()}
    return {"xs": ops.flip(ops.stack(dxs, axis=1), axis=1), "h_0": dh, "c_0": dc} | total


def forget_bias(steps):
    kept = ops.exp(-ops.log(ops.cast(2.0, "float64")) / steps)
    return ops.log(kept) - ops.log(1 - kept)


def error_by_lag(predictions, inputs, targets, edges):
    lag = inputs.shape[1] - 1 - ops.argmax(inputs[..., 1], axis=1)
    lag, edges = ops.cast(lag, "int32")[:, None], ops.cast(edges, "int32")
    inside = ops.cast((edges[:-1] <= lag) & (lag < edges[1:]), "float64")  # (batch, groups)
    squares = ops.square(ops.subtract(predictions, targets))
    return ops.sum(inside * squares, axis=0) / ops.sum(inside, axis=0)
