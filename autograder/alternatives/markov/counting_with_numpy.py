"""Windows from a strided view, counts from np.unique, rows by np.bincount."""

# mypy: ignore-errors

import numpy as np


def build_vocabulary(sequences, min_count):
    tokens = np.concatenate([np.array(s, dtype=str) for s in sequences if len(s)])
    names, number = np.unique(tokens, return_counts=True)
    order = np.lexsort((names, -number))
    return ["<unk>", "<s>", *(str(names[i]) for i in order if number[i] >= min_count)]


def encode(sequence, vocabulary):
    places = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
    return np.array([places.get(token, 0) for token in sequence], dtype=int)


def windows(sequence, order):
    padded = np.concatenate([np.ones(order, int), np.asarray(sequence, dtype=int), [1]])
    view = np.lib.stride_tricks.sliding_window_view(padded, order + 1)
    return [(tuple(row[:-1]), row[-1]) for row in view]


def count_ngrams(sequences, order):
    rows = [(*context, token) for ids in sequences for context, token in windows(ids, order)]
    found, number = np.unique(np.array(rows), axis=0, return_counts=True)
    counts = {}
    for gram, n in zip(found.tolist(), number.tolist(), strict=True):
        counts.setdefault(tuple(gram[:-1]), {})[gram[-1]] = n
    return counts


def mle_row(counts, context, vocabulary_size):
    followers = counts.get(context, {})
    if not followers:
        return np.ones(vocabulary_size) / vocabulary_size
    tokens, number = list(followers.keys()), list(followers.values())
    row = np.bincount(tokens, weights=number, minlength=vocabulary_size)
    return row / sum(number)


def unseen(counts, sequences, order):
    kinds = [
        0 if c not in counts else 1 if counts[c].get(w, 0) == 0 else 2
        for ids in sequences
        for c, w in windows(ids, order)
    ]
    return np.bincount(kinds, minlength=3)[:2] / len(kinds)
