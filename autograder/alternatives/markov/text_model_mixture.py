"""The text model is a fixed mixture of maximum likelihood rows of all orders, and a class."""

# mypy: ignore-errors

import numpy as np


class Mixture:
    weights = (0.002, 0.02, 0.1, 0.2, 0.378, 0.3)

    def __init__(self, training, size):
        self.size, self.order = size, len(self.weights) - 2
        self.counts = [count_ngrams(training, m) for m in range(self.order + 1)]  # noqa: F821

    def __call__(self, context):
        row, mass = np.full(self.size, self.weights[0] / self.size), self.weights[0]
        for m, weight in enumerate(self.weights[1:]):
            seen = self.counts[m].get(context[len(context) - m :])
            if seen:
                for token, n in seen.items():
                    row[token] += weight * n / sum(seen.values())
                mass += weight
        return list(row / mass)


def text_model(training, vocabulary_size):
    model = Mixture(training, vocabulary_size)
    return [model, model.order]
