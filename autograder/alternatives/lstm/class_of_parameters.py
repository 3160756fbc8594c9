"""A class holds the parameters and does the work; the asked-for functions are thin fronts."""

# mypy: ignore-errors

import numpy as np


class Gate:
    """One row of equations: W_x, W_h, b and an activation with its derivative from its output."""

    def __init__(self, params, letter):
        self.letter = letter
        self.W_x, self.W_h, self.b = (params[a + letter] for a in ("W_x", "W_h", "b_"))

    def __call__(self, x, h):
        a = x @ self.W_x + h @ self.W_h + self.b
        return np.tanh(a) if self.letter == "c" else 0.5 * (1 + np.tanh(a / 2))

    def backward(self, x, h, out, d_out, into):
        slope = (1 - out) * (1 + out) if self.letter == "c" else out - out * out
        da = d_out * slope
        into["W_x" + self.letter] = x.T @ da
        into["W_h" + self.letter] = h.T @ da
        into["b_" + self.letter] = da.sum(0)
        into["x"] = into.get("x", 0) + da @ self.W_x.T
        into["h_prev"] = into.get("h_prev", 0) + da @ self.W_h.T


class LSTM:
    def __init__(self, params):
        self.rows = {letter: Gate(params, letter) for letter in "ifoc"}

    def forward(self, x, h, c):
        out = {letter: row(x, h) for letter, row in self.rows.items()}
        new = out["f"] * c + out["i"] * out["c"]
        return out, out["o"] * np.tanh(new), new

    def run(self, xs, h, c):
        for x in np.moveaxis(xs, 1, 0):
            out, h, c = self.forward(x, h, c)
            yield out, h, c

    def backward(self, x, h, c, dh, dc):
        out, _, new = self.forward(x, h, c)
        dc = dc + dh * out["o"] / np.cosh(new) ** 2
        d = {"i": dc * out["c"], "f": dc * c, "o": dh * np.tanh(new), "c": dc * out["i"]}
        found = {"c_prev": dc * out["f"]}
        for letter, row in self.rows.items():
            row.backward(x, h, out[letter], d[letter], found)
        return found


def gates(x, h_prev, params):
    rows = LSTM(params).rows
    return [rows[letter](x, h_prev) for letter in "ifo"]


def candidate(x, h_prev, params):
    return Gate(params, "c")(x, h_prev)


def cell_state(f, c_prev, i, c_tilde):
    return sum([f * c_prev, i * c_tilde])


def hidden_state(o, c):
    e = np.exp(-2 * np.abs(c))
    return o * np.sign(c) * (1 - e) / (1 + e)


def lstm_step(x, h_prev, c_prev, params):
    return LSTM(params).forward(x, h_prev, c_prev)[1:]


def lstm_over_time(xs, h_0, c_0, params):
    _, hs, cs = zip(*LSTM(params).run(xs, h_0, c_0), strict=True)
    return np.stack(hs, 1), np.stack(cs, 1)


def with_gates(params, **levels):
    def value(name):
        still = name[-1] in levels
        return np.array(params[name]) * (not still) + (still and name[0] == "b") * levels.get(
            name[-1], 0
        )

    return {name: value(name) for name in params}


def carry_params(params):
    return with_gates(params, i=-60, f=60)


def count_params(params):
    return with_gates(params, i=60, f=60)


def rnn_params(params):
    return with_gates(params, i=60, f=-60, o=60)


def direct_path(xs, h_0, c_0, params):
    path = [1.0]
    for out, _, _ in LSTM(params).run(xs, h_0, c_0):
        path.append(path[-1] * out["f"])
    return np.stack(path[1:], axis=1)


def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    return LSTM(params).backward(x, h_prev, c_prev, dh, dc)


def lstm_gradients(xs, h_0, c_0, params, dhs):
    lstm = LSTM(params)
    states = [(h_0, c_0), *((h, c) for _, h, c in lstm.run(xs, h_0, c_0))]
    dxs, dh, dc, sums = [], 0.0, 0.0, dict.fromkeys(params, 0.0)
    for t in reversed(range(xs.shape[1])):
        step = lstm.backward(xs[:, t], *states[t], dhs[:, t] + dh, dc)
        dh, dc = step["h_prev"], step["c_prev"]
        dxs.append(step["x"])
        sums = {name: sums[name] + step[name] for name in sums}
    return sums | {"xs": np.stack(dxs[::-1], axis=1), "h_0": dh, "c_0": dc}
