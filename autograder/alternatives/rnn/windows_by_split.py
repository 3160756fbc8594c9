"""Windows by splitting padded rows and by shuffling a list of pairs."""

# mypy: ignore-errors

import numpy as np


def sequential_batches(ids, batch, time):
    length = (len(ids) - 1) // batch
    x = np.stack([ids[r * length : (r + 1) * length] for r in range(batch)])
    y = np.stack([ids[r * length + 1 : (r + 1) * length + 1] for r in range(batch)])
    inputs, targets = [], []
    for t in range(0, length - time + 1, time):
        inputs.append(x[:, t : t + time])
        targets.append(y[:, t : t + time])
    return np.array(inputs), np.array(targets)


def random_batches(ids, batch, time, rng):
    pairs = [
        (ids[s : s + time], ids[s + 1 : s + 1 + time]) for s in range(0, len(ids) - time, time)
    ]
    rng.shuffle(pairs)
    full = len(pairs) - len(pairs) % batch
    x, y = (np.array([pair[i] for pair in pairs[:full]]) for i in (0, 1))
    return x.reshape(-1, batch, time), y.reshape(-1, batch, time)


def read_batches(inputs, params, carry):
    h = np.zeros((inputs.shape[1], params["b_h"].size))
    logits = []
    for n in range(len(inputs)):
        if n == 0 or not carry:
            h = np.zeros_like(h)
        o, h = read(inputs[n], h, params)  # noqa: F821
        logits.append(o)
    return np.array(logits)
