"""The objective and its gradient with respect to the outputs: where the backward pass begins."""

from typing import Any

import numpy as np

__all__ = ["softmax_cross_entropy", "squared_error"]


def squared_error(o: Any, y: Any, reduction: str = "sum") -> tuple[float, np.ndarray]:
    """(L, ∂L/∂o) of half the squared distance between outputs and targets.

        l(y_t, o_t) = ½ ‖o_t − y_t‖²          ∂l/∂o_t = o_t − y_t
        L = Σ_batch Σ_t l(y_t, o_t)           "sum": the lecture's objective
        L = (1/(batch T)) Σ_batch Σ_t l       "mean": does not grow with batch and time

    Shapes: o, y and ∂L/∂o (batch, time, outputs).
    Raises ValueError for shapes that differ, or an unknown reduction.
    Source: lecture, "objective".
    """
    o, y = np.asarray(o, float), np.asarray(y, float)
    if o.ndim != 3 or o.shape != y.shape or not o.size:
        raise ValueError(
            "outputs and targets are (batch, time, outputs), both alike, at least one of each; got "
            f"outputs {o.shape} and targets {y.shape}; for token ids try softmax_cross_entropy"
        )
    scale = _scale(reduction, o)
    return float(scale * 0.5 * np.sum((o - y) ** 2)), scale * (o - y)


def softmax_cross_entropy(o: Any, y: Any, reduction: str = "sum") -> tuple[float, np.ndarray]:
    """(L, ∂L/∂o) of the negative log-likelihood of token ids, in nats, from logits.

        l(y_t, o_t) = −log softmax(o_t)[y_t]        ∂l/∂o_t = softmax(o_t) − one_hot(y_t)
        L = Σ_batch Σ_t l(y_t, o_t)                 "sum": the lecture's objective
        L = (1/(batch T)) Σ_batch Σ_t l             "mean": nats a token; exp(L) is the perplexity

    Shapes: logits o and ∂L/∂o (batch, time, vocabulary); ids y (batch, time).
    Raises ValueError for shapes that do not fit, an id outside the vocabulary, or an unknown
    reduction.
    Source: lecture, "objective", "output decoding" and "perplexity".
    """
    o, y = np.asarray(o, float), np.asarray(y)
    if o.ndim != 3 or o.shape[:2] != y.shape or not o.size:
        raise ValueError(
            "logits are (batch, time, vocabulary) and targets ids (batch, time), at least one of "
            f"each; got logits {o.shape} and targets {y.shape}; one-hot targets: take their argmax"
        )
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= o.shape[2]:
        raise ValueError(
            f"targets are whole numbers from 0 to {o.shape[2] - 1} (logits have {o.shape[2]} "
            f"columns); got {y.dtype} from {y.min()} to {y.max()}; try vocabulary.encode(text)"
        )
    scale = _scale(reduction, o)
    shifted = o - o.max(axis=-1, keepdims=True)  # the same softmax, and no exp overflows
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    true = np.arange(o.shape[2]) == y[..., None]
    return float(-scale * log_p[true].sum()), scale * (np.exp(log_p) - true)


def _scale(reduction, o):
    scales = {"sum": 1.0, "mean": 1 / (o.shape[0] * o.shape[1])}
    if reduction not in scales:
        raise ValueError(
            f'unknown reduction; expected "sum" or "mean", got {reduction!r}; the lecture sums '
            "over the steps, Keras takes the mean"
        )
    return scales[reduction]
