"""Nats added up as they come, with math.fsum; perplexity as a power of e."""

# mypy: ignore-errors

import math

import numpy as np


def nats_of(model, sequences, order):
    for sequence in sequences:
        for context, token in windows(sequence, order):  # noqa: F821
            p = model(context)[token]
            yield math.inf if p == 0 else -math.log(p)


def mean_nats(model, sequences, order):
    total = math.fsum(nats_of(model, sequences, order))
    return total / sum(len(sequence) + 1 for sequence in sequences)


def perplexity(model, sequences, order):
    return np.e ** np.mean(list(nats_of(model, sequences, order)))


def read_both_ways(row_of, training, sequence, order):
    def p(text, ids):
        counts = count_ngrams(text, order)  # noqa: F821
        return np.prod([row_of(counts, c)[w] for c, w in windows(ids, order)])  # noqa: F821

    return np.array([p(training, sequence), p([ids[::-1] for ids in training], sequence[::-1])])
