"""Rows, logarithms and temperatures in float32."""

# mypy: ignore-errors

import numpy as np


def mle_row(counts, context, vocabulary_size):
    row = np.zeros(vocabulary_size, np.float32)
    for token, n in counts.get(context, {}).items():
        row[token] = n
    total = row.sum()
    return row / total if total > 0 else np.full(vocabulary_size, 1 / vocabulary_size, np.float32)


def add_k_row(counts, context, vocabulary_size, k):
    row = np.full(vocabulary_size, k, np.float32)
    for token, n in counts.get(context, {}).items():
        row[token] += n
    return row / row.sum()


def interpolated_row(counts_by_order, context, vocabulary_size, k):
    if context:
        lower = interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
    else:
        lower = np.full(vocabulary_size, 1 / vocabulary_size, np.float32)
    row = np.float32(k) * lower
    for token, n in counts_by_order[len(context)].get(context, {}).items():
        row[token] += n
    return row / row.sum()


def mean_nats(model, sequences, order):
    found = [
        model(context)[token]
        for sequence in sequences
        for context, token in windows(sequence, order)  # noqa: F821
    ]
    with np.errstate(divide="ignore"):
        return np.float32(-np.log(np.array(found, np.float32)).mean())


def perplexity(model, sequences, order):
    return np.exp(mean_nats(model, sequences, order))


def with_temperature(row, temperature):
    with np.errstate(divide="ignore"):
        logits = np.log(np.asarray(row, np.float32)) / np.float32(temperature)
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def sample(model, order, rng, temperature, max_length):
    ids = [1] * order
    for _ in range(max_length):
        row = with_temperature(model(tuple(ids[len(ids) - order :])), temperature)
        token = int(rng.choice(len(row), p=row.astype(np.float64) / row.astype(np.float64).sum()))
        if token == 1:
            break
        ids.append(token)
    return ids[order:]
