"""The parameters stacked into one matrix, with [x, h, 1] in front of it; products hoisted."""

# mypy: ignore-errors

import numpy as np


def stacked(params):
    return np.concatenate([params["W_xh"], params["W_hh"], params["b_h"][None]], axis=0)


def rnn_step(x, h_prev, params):
    ones = np.ones(x.shape[:-1] + (1,))
    return np.tanh(np.hstack([x, h_prev, ones]) @ stacked(params))


def output(h, params):
    W = np.vstack([params["W_ho"], params["b_o"]])
    return np.concatenate([h, np.ones(h.shape[:-1] + (1,))], axis=-1) @ W


def rnn_over_time(xs, h_0, params):
    # the part of the input is one product for all steps
    from_x = xs @ params["W_xh"] + params["b_h"]
    hs = [h_0]
    for a in np.moveaxis(from_x, 1, 0):
        hs.append(np.tanh(a + hs[-1] @ params["W_hh"]))
    return np.stack(hs[1:], 1), hs[-1]


def read(ids, h_0, params):
    table = params["E"] @ params["W_xh"] + params["b_h"]  # what each token adds
    h, o = h_0, []
    for column in ids.T:
        h = np.tanh(table[column] + h @ params["W_hh"])
        o.append(h @ params["W_ho"] + params["b_o"])
    return np.array(o).swapaxes(0, 1), h


def read_batches(inputs, params, carry):
    count, batch, time = inputs.shape
    units = params["b_h"].shape[0]
    if carry:  # the rows are whole texts: read them in one go
        rows = inputs.transpose(1, 0, 2).reshape(batch, count * time)
        o, _ = read(rows, np.zeros((batch, units)), params)
        return o.reshape(batch, count, time, -1).transpose(1, 0, 2, 3)
    o, _ = read(inputs.reshape(count * batch, time), np.zeros((count * batch, units)), params)
    return o.reshape(count, batch, time, -1)
