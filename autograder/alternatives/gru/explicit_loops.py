"""No matrix product: a loop for every index, and lists instead of arrays."""

# mypy: ignore-errors

import math

import numpy as np


def logistic(a):
    return 1 / (1 + math.exp(-a)) if a >= 0 else math.exp(a) / (1 + math.exp(a))


def weighted_sum(row, W, k):
    total = 0.0
    for i in range(len(row)):
        total += row[i] * W[i][k]
    return total


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    out = []
    for i in range(len(x)):
        out.append([])
        for k in range(len(b_r)):
            a = weighted_sum(x[i], W_xr, k) + weighted_sum(h_prev[i], W_hr, k) + b_r[k]
            out[i].append(logistic(a))
    return out


def update_gate(x, h_prev, W_xz, W_hz, b_z):
    batch, units = np.shape(h_prev)
    z = np.zeros((batch, units))
    for i in range(batch):
        for k in range(units):
            z[i, k] = logistic(
                weighted_sum(x[i], W_xz, k) + weighted_sum(h_prev[i], W_hz, k) + b_z[k]
            )
    return z


def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    batch, units = np.shape(h_prev)
    out = np.zeros((batch, units))
    for i in range(batch):
        seen = [r[i][j] * h_prev[i][j] for j in range(units)]
        for k in range(units):
            a = weighted_sum(x[i], W_xh, k) + weighted_sum(seen, W_hh, k) + b_h[k]
            out[i, k] = math.tanh(a)
    return out


def new_state(z, h_prev, h_tilde):
    return [
        [z_k * h_k + (1 - z_k) * c_k for z_k, h_k, c_k in zip(*rows, strict=True)]
        for rows in zip(z, h_prev, h_tilde, strict=True)
    ]


def gru_step(x, h_prev, params):
    r = reset_gate(x, h_prev, params["W_xr"], params["W_hr"], params["b_r"])
    z = update_gate(x, h_prev, params["W_xz"], params["W_hz"], params["b_z"])
    h_tilde = candidate(x, h_prev, r, params["W_xh"], params["W_hh"], params["b_h"])
    return new_state(z, h_prev, h_tilde)


def gru_over_time(xs, h_0, params):
    """One sequence of the batch after the other."""
    all_states, last_states = [], []
    for i in range(len(xs)):
        h = [h_0[i]]
        states = []
        for t in range(len(xs[i])):
            h = gru_step([xs[i][t]], h, params)
            states.append(h[0])
        all_states.append(states)
        last_states.append(h[0])
    return all_states, last_states


def gru_step_gradients(x, h_prev, params, dh):
    p = params
    batch, features = np.shape(x)
    units = len(p["b_r"])
    r = np.array(reset_gate(x, h_prev, p["W_xr"], p["W_hr"], p["b_r"]))
    z = update_gate(x, h_prev, p["W_xz"], p["W_hz"], p["b_z"])
    c = candidate(x, h_prev, r, p["W_xh"], p["W_hh"], p["b_h"])
    g = {name: np.zeros(np.shape(value)) for name, value in p.items()}
    g["x"], g["h_prev"] = np.zeros((batch, features)), np.zeros((batch, units))
    for i in range(batch):
        a = {"h": [0.0] * units, "z": [0.0] * units, "r": [0.0] * units}
        for k in range(units):
            a["h"][k] = dh[i, k] * (1 - z[i, k]) * (1 - c[i, k] ** 2)
            a["z"][k] = dh[i, k] * (h_prev[i, k] - c[i, k]) * z[i, k] * (1 - z[i, k])
        for j in range(units):
            back = sum(a["h"][k] * p["W_hh"][j, k] for k in range(units))
            a["r"][j] = back * h_prev[i, j] * r[i, j] * (1 - r[i, j])
            g["h_prev"][i, j] += back * r[i, j] + dh[i, j] * z[i, j]
        for gate in "rzh":
            for k in range(units):
                g["b_" + gate][k] += a[gate][k]
                for d in range(features):
                    g["W_x" + gate][d, k] += x[i, d] * a[gate][k]
                    g["x"][i, d] += a[gate][k] * p["W_x" + gate][d, k]
                for j in range(units):
                    seen = h_prev[i, j] * (r[i, j] if gate == "h" else 1.0)
                    g["W_h" + gate][j, k] += seen * a[gate][k]
                    if gate != "h":
                        g["h_prev"][i, j] += a[gate][k] * p["W_h" + gate][j, k]
    return g


def gru_gradients(xs, h_0, params, dhs):
    """One sequence after the other, each from its last step to its first."""
    total = {name: np.zeros(np.shape(value)) for name, value in params.items()}
    total["xs"], total["h_0"] = np.zeros(np.shape(xs)), np.zeros(np.shape(h_0))
    for i in range(len(xs)):
        states, _ = gru_over_time(xs[i : i + 1], h_0[i : i + 1], params)
        before = [h_0[i], *states[0][:-1]]
        dh = np.zeros(len(h_0[i]))
        for t in range(len(xs[i]) - 1, -1, -1):
            sent = np.array([[dhs[i, t, k] + dh[k] for k in range(len(dh))]])
            g = gru_step_gradients(xs[i : i + 1, t], np.array([before[t]]), params, sent)
            dh, total["xs"][i, t] = g["h_prev"][0], g["x"][0]
            for name in params:
                total[name] += g[name]
        total["h_0"][i] = dh
    return total


def gates_over_time(xs, h_0, params):
    r, z = [], []
    h = h_0
    for t in range(len(xs[0])):
        x = [sequence[t] for sequence in xs]
        r.append(reset_gate(x, h, params["W_xr"], params["W_hr"], params["b_r"]))
        z.append(update_gate(x, h, params["W_xz"], params["W_hz"], params["b_z"]))
        h = gru_step(x, h, params)
    return np.swapaxes(r, 0, 1), np.swapaxes(z, 0, 1)


def half_life(z):
    lives = []
    for k in range(z.shape[2]):
        total, count = 0.0, 0
        for row in z:
            for step in row:
                total += math.log(step[k])
                count += 1
        lives.append(math.log(0.5) / (total / count))
    return lives


def parameter_count(features, units, reset_after=False):
    total = 0
    for _gate in ("update", "reset", "candidate"):
        total += features * units  # kernel
        total += units * units  # recurrent kernel
        total += units  # bias
        if reset_after:
            total += units
    return total
