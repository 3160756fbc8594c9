"""The text model uses Witten-Bell smoothing: k is how many different tokens followed."""

# mypy: ignore-errors

import numpy as np


def text_model(training, vocabulary_size):
    order = 3
    counts = [count_ngrams(training, m) for m in range(order + 1)]  # noqa: F821

    def model(context):
        row = np.full(vocabulary_size, 1 / vocabulary_size)
        for m in range(order + 1):
            seen = counts[m].get(context[order - m :], {})
            if seen:
                n, kinds = sum(seen.values()), len(seen)
                row *= kinds / (n + kinds)
                for token, number in seen.items():
                    row[token] += number / (n + kinds)
        return row

    return model, order
