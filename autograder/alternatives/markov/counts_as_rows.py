"""Counts as a dict of arrays that grow with the largest id, used by all later functions."""

# mypy: ignore-errors

import numpy as np


def count_ngrams(sequences, order):
    size = 1 + max([1, *(max(ids) for ids in sequences if len(ids))])
    counts = {}
    for ids in sequences:
        for context, token in windows(ids, order):  # noqa: F821
            counts.setdefault(context, np.zeros(size))[token] += 1
    return counts


def widened(counts, context, vocabulary_size):
    row = np.zeros(vocabulary_size)
    if context in counts:
        row[: len(counts[context])] = counts[context]
    return row


def mle_row(counts, context, vocabulary_size):
    row = widened(counts, context, vocabulary_size)
    return row / row.sum() if row.any() else np.full(vocabulary_size, 1 / vocabulary_size)


def add_k_row(counts, context, vocabulary_size, k):
    row = widened(counts, context, vocabulary_size) + k
    return row / row.sum()


def interpolated_row(counts_by_order, context, vocabulary_size, k):
    below = np.full(vocabulary_size, 1 / vocabulary_size)
    if len(context):
        below = interpolated_row(counts_by_order, context[1:], vocabulary_size, k)
    row = widened(counts_by_order[len(context)], context, vocabulary_size)
    return (row + k * below) / (row.sum() + k)


def unseen(counts, sequences, order):
    pairs = [pair for ids in sequences for pair in windows(ids, order)]  # noqa: F821
    new = [c not in counts for c, _ in pairs]
    token = [c in counts and (w >= len(counts[c]) or counts[c][w] == 0) for c, w in pairs]
    return sum(new) / len(pairs), sum(token) / len(pairs)
