"""Explicit loops over numbers, with lists in place of arrays."""

# mypy: ignore-errors

import math

import numpy as np


def linear_W_ho_gradient(hs, d_os):
    batch, time, units = hs.shape
    outputs = d_os.shape[2]
    total = [[0.0] * outputs for _ in range(units)]
    for n in range(batch):
        for t in range(time):
            for i in range(units):
                for k in range(outputs):
                    total[i][k] += hs[n, t, i] * d_os[n, t, k]
    return total


def sent_back(d_o, params, steps):
    """One row of d_o at the state that lies `steps` steps before."""
    arriving = [float(row @ d_o) for row in params["W_ho"]]
    for _ in range(steps):
        arriving = [
            sum(w * a for w, a in zip(row, arriving, strict=True)) for row in params["W_hh"]
        ]
    return arriving


def linear_W_hh_gradient(hs, h_0, params, d_os):
    batch, time, units = hs.shape
    total = np.zeros((units, units))
    for n in range(batch):
        for t in range(time):
            for i in range(t + 1):
                before = h_0[n] if i == 0 else hs[n, i - 1]
                total += np.outer(before, sent_back(d_os[n, t], params, t - i))
    return total.tolist()


def linear_W_xh_gradient(xs, params, d_os):
    total = np.zeros(params["W_xh"].shape)
    for n in range(xs.shape[0]):
        for t in range(xs.shape[1]):
            for i in range(t + 1):
                total += np.outer(xs[n, i], sent_back(d_os[n, t], params, t - i))
    return total.tolist()


def output_gradient(os, ys):
    found = []
    for row, targets in zip(os, ys, strict=True):
        found.append([])
        for o, y in zip(row, targets, strict=True):
            top = max(o)
            e = [math.exp(value - top) for value in o]
            found[-1].append([value / sum(e) - (k == y) for k, value in enumerate(e)])
    return found


def own_part(d_os, W_ho):
    return np.array([[[float(w @ d) for w in W_ho] for d in row] for row in d_os])


def through_tanh(delta, h):
    found = np.empty(np.shape(h))
    for index in np.ndindex(found.shape):
        found[index] = delta[index] * (1 - h[index]) * (1 + h[index])
    return found


def one_step_back(epsilon, W_hh):
    units = len(W_hh)
    found = np.zeros((len(epsilon), units))
    for n in range(len(epsilon)):
        for i in range(units):
            for j in range(units):
                found[n, i] += W_hh[i, j] * epsilon[n, j]
    return found


def deltas(hs, d_os, params):
    batch, time, units = hs.shape
    found = np.zeros((batch, time, units))
    first = np.zeros((batch, units))
    for n in range(batch):
        for t in range(time - 1, -1, -1):
            found[n, t] = params["W_ho"] @ d_os[n, t]
            if t < time - 1:
                found[n, t] += params["W_hh"] @ (found[n, t + 1] * (1 - hs[n, t + 1] ** 2))
        first[n] = params["W_hh"] @ (found[n, 0] * (1 - hs[n, 0] ** 2))
    return [found, first]


def weight_gradients(xs, h_0, hs, d_os, epsilons):
    features, units, outputs = xs.shape[2], hs.shape[2], d_os.shape[2]
    found = {
        "W_xh": np.zeros((features, units)),
        "W_hh": np.zeros((units, units)),
        "W_ho": np.zeros((units, outputs)),
        "b_h": np.zeros(units),
        "b_o": np.zeros(outputs),
    }
    for n in range(xs.shape[0]):
        before = h_0[n]
        for t in range(xs.shape[1]):
            found["W_xh"] += np.outer(xs[n, t], epsilons[n, t])
            found["W_hh"] += np.outer(before, epsilons[n, t])
            found["W_ho"] += np.outer(hs[n, t], d_os[n, t])
            found["b_h"] += epsilons[n, t]
            found["b_o"] += d_os[n, t]
            before = hs[n, t]
    return found


def jacobian(h, W_hh):
    units = len(h)
    return [[(1 - h[i] ** 2) * W_hh[j, i] for j in range(units)] for i in range(units)]


def jacobian_norms(hs, W_hh):
    norms = []
    for lag in range(len(hs) + 1):
        product = np.identity(len(W_hh))
        for t in range(len(hs) - lag, len(hs)):
            product = np.array(jacobian(hs[t], W_hh)) @ product
        norms.append(float(np.linalg.svd(product, compute_uv=False).max()))
    return norms


def spectral_radius(W):
    return max(abs(eigenvalue) for eigenvalue in np.linalg.eig(W)[0])


def with_spectral_radius(W, rho):
    factor = rho / max(abs(eigenvalue) for eigenvalue in np.linalg.eig(W)[0])
    return [[factor * value for value in row] for row in W]


def global_norm(gradients):
    total = 0.0
    for gradient in gradients.values():
        for value in gradient.ravel():
            total += value * value
    return math.sqrt(total)


def clip_by_global_norm(gradients, theta):
    norm = global_norm(gradients)
    clipped = {}
    for name in gradients:
        if math.isnan(norm) or math.isinf(norm):
            clipped[name] = np.full(gradients[name].shape, float("nan"))
        elif norm <= theta:
            clipped[name] = gradients[name].copy()
        else:
            clipped[name] = gradients[name] * theta / norm
    return clipped


def numerical_gradient(f, x, step=1e-5):
    flat = [float(value) for value in x.ravel()]
    found = []
    for k in range(len(flat)):
        up, down = list(flat), list(flat)
        up[k] += step
        down[k] -= step
        above, below = (f(np.array(side).reshape(x.shape)) for side in (up, down))
        found.append((above - below) / step / 2)
    return np.array(found).reshape(x.shape)


def relative_error(a, b):
    worst = 0.0
    for one, other in zip(a.ravel(), b.ravel(), strict=True):
        worst = max(worst, abs(one - other) / max(1e-8, abs(one) + abs(other)))
    return worst


def gradient_errors(loss, params, gradients):
    found = {}
    for name in gradients:
        copy = {key: value.copy() for key, value in params.items()}

        def f(array, copy=copy, name=name):
            copy[name] = array
            return loss(copy)

        found[name] = relative_error(gradients[name], numerical_gradient(f, params[name]))
    return found
