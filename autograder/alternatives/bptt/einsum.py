"""Every product as one einsum, every sum over time included in it."""

# mypy: ignore-errors

import numpy as np


def linear_W_ho_gradient(hs, d_os):
    return np.einsum("nti,ntk->ik", hs, d_os)


def linear_W_hh_gradient(hs, h_0, params, d_os):
    time = hs.shape[1]
    powers = np.stack([np.linalg.matrix_power(params["W_hh"], n) for n in range(time)])
    lag = np.subtract.outer(np.arange(time), np.arange(time))
    chain = np.where((lag >= 0)[:, :, None, None], powers[np.maximum(lag, 0)], 0.0)
    before = np.concatenate([h_0[:, None], hs[:, :-1]], axis=1)
    return np.einsum("nsi,nto,ko,tsjk->ij", before, d_os, params["W_ho"], chain, optimize=True)


def linear_W_xh_gradient(xs, params, d_os):
    time = xs.shape[1]
    found = np.zeros_like(params["W_xh"])
    for lag in range(time):
        power = np.linalg.matrix_power(params["W_hh"].T, lag)
        arriving = np.einsum("nto,ko,kj->ntj", d_os[:, lag:], params["W_ho"], power, optimize=True)
        found += np.einsum("nti,ntj->ij", xs[:, : time - lag], arriving)
    return found


def own_part(d_os, W_ho):
    return np.einsum("...o,uo->...u", d_os, W_ho)


def through_tanh(delta, h):
    return np.einsum("...,...->...", delta, 1.0 - np.square(h))


def one_step_back(epsilon, W_hh):
    return np.einsum("nj,ij->ni", epsilon, W_hh)


def weight_gradients(xs, h_0, hs, d_os, epsilons):
    before = np.concatenate([h_0[:, None, :], hs[:, :-1, :]], axis=1)
    return {
        "b_o": np.einsum("nto->o", d_os),
        "b_h": np.einsum("ntu->u", epsilons),
        "W_ho": np.einsum("ntu,nto->uo", hs, d_os),
        "W_hh": np.einsum("ntu,ntv->uv", before, epsilons),
        "W_xh": np.einsum("ntf,ntu->fu", xs, epsilons),
    }


def jacobian(h, W_hh):
    return np.einsum("i,ji->ij", 1.0 - h * h, W_hh)
