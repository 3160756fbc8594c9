"""A class holds the parameters and does the work; the asked-for functions are thin fronts."""

# mypy: ignore-errors

from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass
class GRU:
    W_xr: np.ndarray
    W_hr: np.ndarray
    b_r: np.ndarray
    W_xz: np.ndarray
    W_hz: np.ndarray
    b_z: np.ndarray
    W_xh: np.ndarray
    W_hh: np.ndarray
    b_h: np.ndarray

    @classmethod
    def of(cls, params):
        return cls(**{f.name: params[f.name] for f in fields(cls)})

    @staticmethod
    def squash(a):
        return 0.5 * (1 + np.tanh(a / 2))

    def reset(self, x, h):
        return self.squash(x @ self.W_xr + h @ self.W_hr + self.b_r)

    def update(self, x, h):
        return self.squash(x @ self.W_xz + h @ self.W_hz + self.b_z)

    def propose(self, x, h, r):
        return np.tanh(x @ self.W_xh + (r * h) @ self.W_hh + self.b_h)

    @staticmethod
    def mix(z, h, c):
        return z * h + (1 - z) * c

    def __call__(self, x, h):
        return self.mix(self.update(x, h), h, self.propose(x, h, self.reset(x, h)))

    def run(self, xs, h):
        for x in np.moveaxis(xs, 1, 0):
            h = self(x, h)
            yield h

    def with_gates(self, r, z):
        still = {f"W_{a}{g}": getattr(self, f"W_{a}{g}") * 0 for a in "xh" for g in "rz"}
        return replace(self, **still, b_r=self.b_r * 0 + r, b_z=self.b_z * 0 + z)

    def backward(self, x, h, dh):
        r, z = self.reset(x, h), self.update(x, h)
        c = self.propose(x, h, r)
        dc = dh * (1 - z) * (1 - c * c)
        dz = dh * (h - c) * (z - z * z)
        drh = dc @ self.W_hh.T
        dr = drh * h * (r - r * r)
        grads = GRU(
            x.T @ dr, h.T @ dr, dr.sum(0),
            x.T @ dz, h.T @ dz, dz.sum(0),
            x.T @ dc, (r * h).T @ dc, dc.sum(0),
        )  # fmt: skip
        dx = dr @ self.W_xr.T + dz @ self.W_xz.T + dc @ self.W_xh.T
        return dx, dh * z + drh * r + dr @ self.W_hr.T + dz @ self.W_hz.T, vars(grads)


def reset_gate(x, h_prev, W_xr, W_hr, b_r):
    return GRU(W_xr, W_hr, b_r, *[None] * 6).reset(x, h_prev)


def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return GRU(*[None] * 3, W_xz, W_hz, b_z, *[None] * 3).update(x, h_prev)


def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    return GRU(*[None] * 6, W_xh, W_hh, b_h).propose(x, h_prev, r)


new_state = GRU.mix


def gru_step(x, h_prev, params):
    return GRU.of(params)(x, h_prev)


def gru_over_time(xs, h_0, params):
    hs = list(GRU.of(params).run(xs, h_0))
    return np.stack(hs, 1), hs[-1]


def copy_params(params):
    return vars(GRU.of(params).with_gates(r=0, z=60))


def plain_rnn_params(params):
    return vars(GRU.of(params).with_gates(r=60, z=-60))


def forget_params(params):
    return vars(GRU.of(params).with_gates(r=-60, z=-60))


def gru_step_gradients(x, h_prev, params, dh):
    dx, dh_prev, grads = GRU.of(params).backward(x, h_prev, dh)
    return grads | {"x": dx, "h_prev": dh_prev}


def gru_gradients(xs, h_0, params, dhs):
    gru = GRU.of(params)
    states = [h_0, *gru.run(xs, h_0)]
    dxs, dh, sums = [None] * xs.shape[1], 0.0, dict.fromkeys(params, 0.0)
    for t in reversed(range(xs.shape[1])):
        dxs[t], dh, grads = gru.backward(xs[:, t], states[t], dhs[:, t] + dh)
        sums = {name: sums[name] + grads[name] for name in sums}
    return {"xs": np.stack(dxs, axis=1), "h_0": dh} | sums


def gates_over_time(xs, h_0, params):
    gru = GRU.of(params)
    before = np.stack([h_0, *gru.run(xs, h_0)][:-1], axis=1)
    return gru.reset(xs, before), gru.update(xs, before)
