"""np.einsum for every product, one-hot vectors in place of indexing."""

# mypy: ignore-errors

import numpy as np


def one_hot(ids, vocabulary_size):
    return (ids[..., None] == np.arange(vocabulary_size)).astype(int)


def embed(vectors, E):
    return np.einsum("...v,vf->...f", vectors, E)


def look_up(ids, E):
    return embed(one_hot(ids, len(E)), E)


def rnn_step(x, h_prev, params):
    a = np.einsum("bf,fu->bu", x, params["W_xh"])
    a += np.einsum("bk,ku->bu", h_prev, params["W_hh"])
    return np.tanh(a + params["b_h"])


def output(h, params):
    return np.einsum("...u,uv->...v", h, params["W_ho"]) + params["b_o"]


def log_odds(h, y, other, params):
    size = len(params["b_o"])
    sign = one_hot(y, size) - one_hot(other, size)
    return np.einsum("bu,uv,bv->b", h, params["W_ho"], sign) + np.einsum(
        "v,bv->b", params["b_o"], sign
    )


def token_losses(o, targets):
    top = o.max(-1, keepdims=True)
    normaliser = np.log(np.einsum("btv->bt", np.exp(o - top))) + top[..., 0]
    return normaliser - np.einsum("btv,btv->bt", o, one_hot(targets, o.shape[-1]))


def mean_loss(o, targets, mask):
    return np.einsum("bt,bt->", token_losses(o, targets), mask.astype(float)) / np.sum(mask)


def perplexity(batches):
    each = [(mean_loss(*batch), batch[2].sum()) for batch in batches]
    means, counts = np.array(each).T
    return np.exp(np.einsum("i,i->", means, counts) / counts.sum())
