"""No matrix product and no NumPy arithmetic: a loop for every index, lists instead of arrays."""

# mypy: ignore-errors

import math


def one_hot(ids, vocabulary_size):
    if not hasattr(ids, "__len__"):
        return [int(ids == i) for i in range(vocabulary_size)]
    return [one_hot(part, vocabulary_size) for part in ids]


def embed(vectors, E):
    if not hasattr(vectors[0], "__len__"):
        return [
            sum(v * row[f] for v, row in zip(vectors, E, strict=True)) for f in range(len(E[0]))
        ]
    return [embed(part, E) for part in vectors]


def look_up(ids, E):
    return [look_up(part, E) if hasattr(part, "__len__") else E[part] for part in ids]


def rnn_step(x, h_prev, params):
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    out = []
    for row, state in zip(x, h_prev, strict=True):
        new = []
        for k in range(len(b_h)):
            total = b_h[k]
            for i, value in enumerate(row):
                total += value * W_xh[i][k]
            for j, value in enumerate(state):
                total += value * W_hh[j][k]
            new.append(math.tanh(total))
        out.append(new)
    return out


def output(h, params):
    if hasattr(h[0], "__len__"):
        return [output(part, params) for part in h]
    W_ho, b_o = params["W_ho"], params["b_o"]
    return [b_o[y] + sum(h[k] * W_ho[k][y] for k in range(len(h))) for y in range(len(b_o))]


def rnn_over_time(xs, h_0, params):
    """One sequence of the batch after the other."""
    hs, last = [], []
    for i in range(len(xs)):
        h, states = [h_0[i]], []
        for x in xs[i]:
            h = rnn_step([x], h, params)
            states.append(h[0])
        hs.append(states)
        last.append(h[0])
    return hs, last


def read(ids, h_0, params):
    hs, last = rnn_over_time(look_up(ids, params["E"]), h_0, params)
    return output(hs, params), last


def log_softmax(o):
    if hasattr(o[0], "__len__"):
        return [log_softmax(part) for part in o]
    top = max(o)
    total = math.log(sum(math.exp(value - top) for value in o))
    return [value - top - total for value in o]


def softmax(o):
    if hasattr(o[0], "__len__"):
        return [softmax(part) for part in o]
    return [math.exp(value) for value in log_softmax(o)]


def log_odds(h, y, other, params):
    found = []
    for state, a, b in zip(h, y, other, strict=True):
        logits = output(state, params)
        found.append(logits[a] - logits[b])
    return found


def token_losses(o, targets):
    return [
        [-log_softmax(row)[target] for row, target in zip(rows, wanted, strict=True)]
        for rows, wanted in zip(o, targets, strict=True)
    ]


def counted(o, targets, mask):
    total, count = 0.0, 0
    for losses, flags in zip(token_losses(o, targets), mask, strict=True):
        for loss, flag in zip(losses, flags, strict=True):
            if flag:
                total += loss
                count += 1
    return total, count


def mean_loss(o, targets, mask):
    total, count = counted(o, targets, mask)
    return total / count


def perplexity(batches):
    sums = [counted(*batch) for batch in batches]
    return math.exp(sum(total for total, _ in sums) / sum(count for _, count in sums))


def sequential_batches(ids, batch, time):
    length = (len(ids) - 1) // batch
    inputs, targets = [], []
    for n in range(length // time):
        starts = [r * length + n * time for r in range(batch)]
        inputs.append([[ids[s + t] for t in range(time)] for s in starts])
        targets.append([[ids[s + t + 1] for t in range(time)] for s in starts])
    return inputs, targets


def random_batches(ids, batch, time, rng):
    starts = list(range(0, len(ids) - time, time))
    for i in range(len(starts) - 1, 0, -1):  # Fisher and Yates
        j = int(rng.integers(i + 1))
        starts[i], starts[j] = starts[j], starts[i]
    inputs, targets = [], []
    while len(starts) >= batch:
        taken, starts = starts[:batch], starts[batch:]
        inputs.append([ids[s : s + time] for s in taken])
        targets.append([ids[s + 1 : s + time + 1] for s in taken])
    return inputs, targets


def read_batches(inputs, params, carry):
    zero = [[0.0] * len(params["b_h"]) for _ in inputs[0]]
    h, outputs = zero, []
    for ids in inputs:
        o, h = read(ids, h, params)
        outputs.append(o)
        h = h if carry else zero
    return outputs


def with_temperature(o, temperature):
    if hasattr(o[0], "__len__"):
        return [with_temperature(part, temperature) for part in o]
    if temperature == 0:
        best = max(range(len(o)), key=lambda y: o[y])
        return [float(y == best) for y in range(len(o))]
    return softmax([value / temperature for value in o])


def generate(prefix, length, params, temperature, rng):
    o, h = read([prefix], [[0.0] * len(params["b_h"])], params)
    new = []
    while len(new) < length:
        chances = with_temperature(o[0][-1], temperature)
        token, left = 0, rng.random() - chances[0]
        while left >= 0 and token < len(chances) - 1:
            token += 1
            left -= chances[token]
        new.append(token)
        o, h = read([[token]], h, params)
    return new
