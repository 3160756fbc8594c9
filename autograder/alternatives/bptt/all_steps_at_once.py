"""Truncation by lags, all time steps at once: each term is the last one, one step further back."""

# mypy: ignore-errors

import numpy as np


def truncated_gradients(xs, h_0, params, d_os, tau):
    states = [h_0]
    for t in range(xs.shape[1]):
        a = xs[:, t] @ params["W_xh"] + states[-1] @ params["W_hh"] + params["b_h"]
        states.append(np.tanh(a))
    states = np.stack(states, axis=1)
    hs, slopes = states[:, 1:], 1 - states[:, 1:] ** 2

    term = np.concatenate([np.zeros_like(h_0)[:, None], d_os @ params["W_ho"].T], axis=1)
    delta = term.copy()
    for _ in range(min(tau, xs.shape[1])):
        carried = (term[:, 1:] * slopes) @ params["W_hh"].T
        term = np.concatenate([carried, np.zeros_like(h_0)[:, None]], axis=1)
        delta += term
    epsilons = delta[:, 1:] * slopes
    return {
        "W_xh": np.tensordot(xs, epsilons, ((0, 1), (0, 1))),
        "W_hh": np.tensordot(states[:, :-1], epsilons, ((0, 1), (0, 1))),
        "W_ho": np.tensordot(hs, d_os, ((0, 1), (0, 1))),
        "b_h": epsilons.sum(0).sum(0),
        "b_o": d_os.sum(0).sum(0),
        "xs": np.dot(epsilons, params["W_xh"].T),
        "h_0": delta[:, 0],
    }


def rnn_gradients(xs, h_0, params, d_os):
    return truncated_gradients(xs, h_0, params, d_os, 10**9)
