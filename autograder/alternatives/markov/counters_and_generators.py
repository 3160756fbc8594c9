"""Windows come one by one (yield), counts are a defaultdict of Counters."""

# mypy: ignore-errors

from collections import Counter, defaultdict, deque

import numpy as np


def windows(sequence, order):
    context = deque([1] * order, maxlen=order)
    for token in (*sequence, 1):
        yield tuple(context), token
        context.append(token)


def count_ngrams(sequences, order):
    counts = defaultdict(Counter)
    for sequence in sequences:
        for context, token in windows(sequence, order):
            counts[context].update([token])
    return counts


def add_k_row(counts, context, vocabulary_size, k):
    seen = counts.get(context, Counter())
    numbers = np.array([seen[token] for token in range(vocabulary_size)])
    return (numbers + k) / (seen.total() + k * vocabulary_size)


def sequence_probability(model, sequence, order):
    return np.exp(sum(np.log(model(context)[token]) for context, token in windows(sequence, order)))
