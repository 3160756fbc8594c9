"""The four matrices side by side, and one product for all of them."""

# mypy: ignore-errors

import numpy as np


def pack(params):
    return [np.concatenate([params[a + g] for g in "ifoc"], axis=-1) for a in ("W_x", "W_h", "b_")]


def sigma(a):
    return np.where(a >= 0, 1 / (1 + np.exp(-np.abs(a))), 1 - 1 / (1 + np.exp(-np.abs(a))))


def parts(from_x, h, W_h):
    units = h.shape[-1]
    a = from_x + h @ W_h
    return (*np.split(sigma(a[:, : 3 * units]), 3, axis=-1), np.tanh(a[:, 3 * units :]))


def gates(x, h_prev, params):
    W_x, W_h, b = pack(params)
    return parts(x @ W_x + b, h_prev, W_h)[:3]


def candidate(x, h_prev, params):
    W_x, W_h, b = pack(params)
    return parts(x @ W_x + b, h_prev, W_h)[3]


def run(xs, h, c, params):
    """i, f, o, c̃ of all steps and the states, the first ones included: time first."""
    W_x, W_h, b = pack(params)
    from_xs = xs @ W_x + b  # one product for the whole sequence
    gone, hs, cs = [], [h], [c]
    for t in range(xs.shape[1]):
        i, f, o, new = parts(from_xs[:, t], hs[-1], W_h)
        cs.append(f * cs[-1] + i * new)
        hs.append(o * np.tanh(cs[-1]))
        gone.append((i, f, o, new))
    return np.array(gone).swapaxes(0, 1), np.array(hs), np.array(cs)


def lstm_step(x, h_prev, c_prev, params):
    _, hs, cs = run(x[:, None], h_prev, c_prev, params)
    return np.array([hs[-1], cs[-1]])


def lstm_over_time(xs, h_0, c_0, params):
    _, hs, cs = run(xs, h_0, c_0, params)
    return hs[1:].swapaxes(0, 1), cs[1:].swapaxes(0, 1)


def direct_path(xs, h_0, c_0, params):
    (_, f, _, _), _, _ = run(xs, h_0, c_0, params)
    return np.cumprod(f, axis=0).swapaxes(0, 1)


def back_one(i, f, o, new, c_prev, c, dh, dc):
    t = np.tanh(c)
    dc = dc + dh * o * (1 - t) * (1 + t)
    da = [dc * new * i * (1 - i), dc * c_prev * f * (1 - f), dh * t * o * (1 - o)]
    return np.hstack([*da, dc * i * (1 - new**2)]), dc * f


def unpack(dW_x, dW_h, db):
    found = {}
    for prefix, packed in (("W_x", dW_x), ("W_h", dW_h), ("b_", db)):
        for g, piece in zip("ifoc", np.split(packed, 4, axis=-1), strict=True):
            found[prefix + g] = piece
    return found


def lstm_step_gradients(x, h_prev, c_prev, params, dh, dc):
    W_x, W_h, _ = pack(params)
    gone, _, cs = run(x[:, None], h_prev, c_prev, params)
    da, dc_prev = back_one(*gone[:, 0], c_prev, cs[1], dh, dc)
    weights = unpack(x.T @ da, h_prev.T @ da, da.sum(axis=0))
    return {"x": da @ W_x.T, "h_prev": da @ W_h.T, "c_prev": dc_prev, **weights}


def lstm_gradients(xs, h_0, c_0, params, dhs):
    """The weights' gradients as one product over batch and time, after the loop."""
    W_x, W_h, _ = pack(params)
    gone, hs, cs = run(xs, h_0, c_0, params)
    dh, dc, das = np.zeros_like(h_0), np.zeros_like(c_0), []
    for t in range(xs.shape[1] - 1, -1, -1):
        da, dc = back_one(*gone[:, t], cs[t], cs[t + 1], dhs[:, t] + dh, dc)
        dh = da @ W_h.T
        das.insert(0, da)
    da = np.stack(das)  # (time, batch, 4 units)
    weights = unpack(
        np.tensordot(xs.swapaxes(0, 1), da, ((0, 1), (0, 1))),
        np.tensordot(hs[:-1], da, ((0, 1), (0, 1))),
        da.sum(axis=(0, 1)),
    )
    return {"xs": (da @ W_x.T).swapaxes(0, 1), "h_0": dh, "c_0": dc, **weights}


def keras_weights(params):
    def ifco(prefix):
        i, f, o, c = (params[prefix + g] for g in "ifoc")
        return np.block([i, f, c, o])

    return ifco("W_x"), ifco("W_h"), ifco("b_")
