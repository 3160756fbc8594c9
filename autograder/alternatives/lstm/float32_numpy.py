"""NumPy in float32 from the first line to the last, as on a GPU."""

# mypy: ignore-errors

import numpy as np

ONE = np.float32(1)


def f32(*arrays):
    return [np.asarray(a, dtype=np.float32) for a in arrays]


def inner(x, h, params, letter):
    x, h, W_x, W_h, b = f32(x, h, *(params[a + letter] for a in ("W_x", "W_h", "b_")))
    return x @ W_x + h @ W_h + b


def gates(x, h_prev, params):
    return tuple(ONE / (ONE + np.exp(-inner(x, h_prev, params, g))) for g in "ifo")


def candidate(x, h_prev, params):
    return np.tanh(inner(x, h_prev, params, "c"))


def cell_state(f, c_prev, i, c_tilde):
    f, c_prev, i, c_tilde = f32(f, c_prev, i, c_tilde)
    return f * c_prev + i * c_tilde


def hidden_state(o, c):
    o, c = f32(o, c)
    return o * np.tanh(c)


def lstm_step(x, h_prev, c_prev, params):
    i, f, o = gates(x, h_prev, params)
    c = cell_state(f, c_prev, i, candidate(x, h_prev, params))
    return hidden_state(o, c), c


def lstm_over_time(xs, h_0, c_0, params):
    states = np.empty((2, *xs.shape[:2], h_0.shape[1]), np.float32)
    h, c = h_0, c_0
    for t in range(xs.shape[1]):
        h, c = lstm_step(xs[:, t], h, c, params)
        states[0, :, t], states[1, :, t] = h, c
    return states[0], states[1]


def single(params, **biases):
    p = {name: value.astype(np.float32) for name, value in params.items()}
    for gate, bias in biases.items():
        p["W_x" + gate][:], p["W_h" + gate][:], p["b_" + gate][:] = 0, 0, bias
    return p


def carry_params(params):
    return single(params, i=-30, f=30)


def count_params(params):
    return single(params, i=30, f=30)


def rnn_params(params):
    return single(params, i=30, f=-30, o=30)


def direct_path(xs, h_0, c_0, params):
    hs, _ = lstm_over_time(xs, h_0, c_0, params)
    before = np.concatenate([h_0[:, None].astype(np.float32), hs[:, :-1]], axis=1)
    return np.multiply.accumulate(gates(xs, before, params)[1], axis=1)


def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    i, f, o = gates(x, h_prev, params)
    new = candidate(x, h_prev, params)
    x, h_prev, c_prev, dh, dc = f32(x, h_prev, c_prev, dh, dc)
    t = np.tanh(f * c_prev + i * new)
    dc = dc + dh * o * (1 - t**2)
    a = dict(
        i=dc * new * i * (1 - i),
        f=dc * c_prev * f * (1 - f),
        o=dh * t * o * (1 - o),
        c=dc * i * (1 - new**2),
    )
    out = dict(x=0, h_prev=0, c_prev=dc * f)
    for g, d in a.items():
        W_x, W_h = f32(params["W_x" + g], params["W_h" + g])
        out["x"], out["h_prev"] = out["x"] + d @ W_x.T, out["h_prev"] + d @ W_h.T
        out["W_x" + g], out["W_h" + g], out["b_" + g] = x.T @ d, h_prev.T @ d, d.sum(0)
    return out


def lstm_gradients(xs, h_0, c_0, params, dhs):
    hs, cs = lstm_over_time(xs, h_0, c_0, params)
    sums = {name: np.zeros(value.shape, np.float32) for name, value in params.items()}
    dxs, dh, dc = np.zeros(xs.shape, np.float32), *f32(0 * h_0, 0 * c_0)
    for t in range(xs.shape[1])[::-1]:
        h, c = (hs[:, t - 1], cs[:, t - 1]) if t else (h_0, c_0)
        step = lstm_step_gradients(xs[:, t], h, c, params, dhs[:, t] + dh, dc)
        dxs[:, t], dh, dc = step["x"], step["h_prev"], step["c_prev"]
        for name in sums:
            sums[name] += step[name]
    return {"xs": dxs, "h_0": dh, "c_0": dc, **sums}


def forget_bias(steps):
    steps = np.asarray(steps, np.float32)
    return -np.log(np.expm1(np.log(np.float32(2)) / steps))


def error_by_lag(predictions, inputs, targets, edges):
    lag = np.argmax(inputs[:, ::-1, 1][:, ::-1] == 1, axis=1)
    lag = inputs.shape[1] - 1 - lag
    predictions, targets = f32(predictions, targets)
    pairs = zip(edges[:-1], edges[1:], strict=True)
    return [np.mean((predictions - targets)[np.isin(lag, range(a, b))] ** 2) for a, b in pairs]
