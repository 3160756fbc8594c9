"""The text model chooses its order and k on the last tenth of the training lines."""

# mypy: ignore-errors


def text_model(training, vocabulary_size):
    cut = len(training) - len(training) // 10
    tried = {
        (order, k): best_order(training[:cut], training[cut:], [order], vocabulary_size, k)[1][0]  # noqa: F821
        for order in (3, 4)
        for k in (4.0, 8.0)
    }
    order, k = min(tried, key=tried.get)
    return fit(training, order, vocabulary_size, k), order  # noqa: F821
