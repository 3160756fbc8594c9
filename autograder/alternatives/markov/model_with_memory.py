"""The model is an object that can be called and keeps the rows that it has computed."""

# mypy: ignore-errors

import numpy as np


class Interpolated:
    def __init__(self, sequences, order, vocabulary_size, k):
        self.size, self.k, self.rows = vocabulary_size, k, {}
        self.counts = {}
        for m in range(order + 1):
            self.counts.update(count_ngrams(sequences, m))  # noqa: F821  (lengths tell orders)

    def __call__(self, context):
        context = tuple(int(token) for token in context)
        if context not in self.rows:
            lower = self(context[1:]) if context else np.full(self.size, 1 / self.size)
            seen = self.counts.get(context, {})
            row = np.array([seen.get(token, 0) for token in range(self.size)], float)
            n = row.sum()
            share = n / (n + self.k)
            self.rows[context] = share * row / max(n, 1.0) + (1 - share) * lower
        return self.rows[context].copy()


def fit(sequences, order, vocabulary_size, k):
    return Interpolated(sequences, order, vocabulary_size, k)


def interpolated_row(counts_by_order, context, vocabulary_size, k):
    model = Interpolated([], -1, vocabulary_size, k)
    for counts in counts_by_order:
        model.counts.update(counts)
    return model(context)


def best_order(training, validation, orders, vocabulary_size, k):
    found = {
        order: perplexity(fit(training, order, vocabulary_size, k), validation, order)  # noqa: F821
        for order in orders
    }
    return min(found, key=found.get), found
