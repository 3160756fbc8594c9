"""No matrix product: a loop for every index, and lists instead of arrays."""

# mypy: ignore-errors

import math

import numpy as np


def logistic(a):
    return 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a))


def layer(x, h_prev, params, letter, activation):
    W_x, W_h, b = params["W_x" + letter], params["W_h" + letter], params["b_" + letter]
    out = []
    for row, state in zip(x, h_prev, strict=True):
        out.append([])
        for k in range(len(b)):
            total = b[k]
            for d in range(len(row)):
                total += row[d] * W_x[d][k]
            for j in range(len(state)):
                total += state[j] * W_h[j][k]
            out[-1].append(activation(total))
    return out


def gates(x, h_prev, params):
    i = layer(x, h_prev, params, "i", logistic)
    f = layer(x, h_prev, params, "f", logistic)
    o = layer(x, h_prev, params, "o", logistic)
    return i, f, o


def candidate(x, h_prev, params):
    return layer(x, h_prev, params, "c", math.tanh)


def cell_state(f, c_prev, i, c_tilde):
    return [
        [f_k * c_k + i_k * new_k for f_k, c_k, i_k, new_k in zip(*rows, strict=True)]
        for rows in zip(f, c_prev, i, c_tilde, strict=True)
    ]


def hidden_state(o, c):
    h = np.zeros((len(c), len(c[0])))
    for b in range(len(c)):
        for k in range(len(c[0])):
            h[b, k] = o[b][k] * math.tanh(c[b][k])
    return h


def lstm_step(x, h_prev, c_prev, params):
    i, f, o = gates(x, h_prev, params)
    c = cell_state(f, c_prev, i, candidate(x, h_prev, params))
    return hidden_state(o, c), c


def lstm_over_time(xs, h_0, c_0, params):
    """One sequence of the batch after the other."""
    all_h, all_c = [], []
    for b in range(len(xs)):
        h, c = [h_0[b]], [c_0[b]]
        hs, cs = [], []
        for t in range(len(xs[b])):
            h, c = lstm_step([xs[b][t]], h, c, params)
            hs.append(h[0])
            cs.append(c[0])
        all_h.append(hs)
        all_c.append(cs)
    return all_h, all_c


def direct_path(xs, h_0, c_0, params):
    h, c = h_0, c_0
    path = np.zeros((len(xs), len(xs[0]), len(params["b_f"])))
    left = np.ones(path[:, 0].shape)
    for t in range(len(xs[0])):
        x = [sequence[t] for sequence in xs]
        f = gates(x, h, params)[1]
        for b in range(len(xs)):
            for k in range(len(left[b])):
                left[b, k] = left[b, k] * f[b][k]
                path[b, t, k] = left[b, k]
        h, c = lstm_step(x, h, c, params)
    return path


def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    p = params
    batch, features = np.shape(x)
    units = len(p["b_i"])
    i, f, o = gates(x, h_prev, p)
    new = candidate(x, h_prev, p)
    c = cell_state(f, c_prev, i, new)
    g = {name: np.zeros(np.shape(value)) for name, value in p.items()}
    g["x"], g["h_prev"] = np.zeros((batch, features)), np.zeros((batch, units))
    g["c_prev"] = np.zeros((batch, units))
    for b in range(batch):
        for k in range(units):
            t = math.tanh(c[b][k])
            d = dc[b][k] + dh[b][k] * o[b][k] * (1 - t * t)
            g["c_prev"][b, k] = d * f[b][k]
            a = {
                "i": d * new[b][k] * i[b][k] * (1 - i[b][k]),
                "f": d * c_prev[b][k] * f[b][k] * (1 - f[b][k]),
                "o": dh[b][k] * t * o[b][k] * (1 - o[b][k]),
                "c": d * i[b][k] * (1 - new[b][k] ** 2),
            }
            for gate, value in a.items():
                g["b_" + gate][k] += value
                for j in range(features):
                    g["W_x" + gate][j, k] += x[b][j] * value
                    g["x"][b, j] += value * p["W_x" + gate][j, k]
                for j in range(units):
                    g["W_h" + gate][j, k] += h_prev[b][j] * value
                    g["h_prev"][b, j] += value * p["W_h" + gate][j, k]
    return g


def lstm_gradients(xs, h_0, c_0, params, dhs):
    """One sequence after the other, each from its last step to its first."""
    total = {name: np.zeros(np.shape(value)) for name, value in params.items()}
    total |= {"xs": np.zeros(xs.shape), "h_0": np.zeros(h_0.shape), "c_0": np.zeros(c_0.shape)}
    for b in range(len(xs)):
        hs, cs = lstm_over_time(xs[b : b + 1], h_0[b : b + 1], c_0[b : b + 1], params)
        hs, cs = [h_0[b], *hs[0]], [c_0[b], *cs[0]]
        dh, dc = np.zeros((1, len(hs[0]))), np.zeros((1, len(hs[0])))
        for t in range(len(xs[b]) - 1, -1, -1):
            sent = dhs[b : b + 1, t] + dh
            g = lstm_step_gradients(xs[b : b + 1, t], [hs[t]], [cs[t]], params, sent, dc)
            dh, dc, total["xs"][b, t] = g["h_prev"], g["c_prev"], g["x"][0]
            for name in params:
                total[name] += g[name]
        total["h_0"][b], total["c_0"][b] = dh[0], dc[0]
    return total


def forget_bias(steps):
    return [-math.log(math.pow(2.0, 1.0 / n) - 1.0) for n in steps]


def error_by_lag(predictions, inputs, targets, edges):
    errors = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        total, count = 0.0, 0
        for b in range(len(inputs)):
            first = 0
            while inputs[b][first][1] == 0:
                first += 1
            if low <= len(inputs[b]) - 1 - first < high:
                total += (predictions[b][0] - targets[b][0]) ** 2
                count += 1
        errors.append(total / count)
    return errors
