"""Perplexity: the exponential of the mean negative log-likelihood of a token, in nats.

    π = −(1/T) Σ_t log p(y_t)         p(y | o) = exp(o[y]) / Σ_v exp(o[v])
    perplexity = exp(π)

It is the average effective number of choices: a uniform model scores the size of the vocabulary, a
perfect one 1, and one that gives a token probability 0 scores infinity.
Source: lecture, "perplexity" and "output decoding".
"""

from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["Perplexity", "perplexity"]


@keras.saving.register_keras_serializable(package="course_lib")
class Perplexity(keras.metrics.Metric):
    """Perplexity over all the tokens seen since the last reset, from logits.

    y_true: token ids (...). y_pred: logits (..., vocabulary), not probabilities.
    Exact over batches of unequal size: it adds up nats and tokens (in float64) and divides once,
    where a mean of the batches' perplexities would be wrong.
    What is not counted: tokens masked by Keras (`y_pred._keras_mask`), and tokens whose
    `sample_weight` is 0, whatever their id. Other weights weigh. A weight per sequence, (batch,),
    holds for each of its tokens.
    Result: NaN as long as no token was counted (0/0), infinity if a counted token had
    probability 0.
    Raises ValueError when the shapes of y_true and y_pred do not fit.
    """

    def __init__(self, name="perplexity", dtype="float64"):
        super().__init__(name=name, dtype=dtype)
        self.nats = self.add_variable((), "zeros", dtype=self.dtype, name="nats")
        self.tokens = self.add_variable((), "zeros", dtype=self.dtype, name="tokens")

    def update_state(self, y_true, y_pred, sample_weight=None):
        logits = ops.convert_to_tensor(y_pred)
        targets = ops.cast(y_true, "int32")
        _check_shapes(targets, logits)
        weight = ops.ones_like(targets, dtype=self.dtype)
        for given in (getattr(y_pred, "_keras_mask", None), sample_weight):
            if given is not None:
                weight = weight * _per_token(ops.cast(given, self.dtype), targets)
        counted = weight != 0
        nats = ops.sparse_categorical_crossentropy(
            ops.where(counted, targets, 0), _at_least_float32(logits), from_logits=True
        )
        self.nats.assign_add(ops.sum(ops.where(counted, ops.cast(nats, self.dtype) * weight, 0)))
        self.tokens.assign_add(ops.sum(weight))

    def result(self):
        return ops.exp(self.nats / self.tokens)


def perplexity(logits: Any, targets: Any, mask: Any = None) -> float:
    """Perplexity of one array of logits, as a float.

    logits: (..., vocabulary). targets: token ids (...). mask: (...), or (batch,); False or 0 for
    tokens that do not count (padding).
    Returns NaN if no token counts, infinity if a token that counts has probability 0.
    Raises ValueError when shapes do not fit, or a token that counts is not in the vocabulary.
    """
    logits, targets = ops.convert_to_tensor(logits), np.asarray(targets)
    _check_shapes(targets, logits)
    weight = None if mask is None else _per_token(np.asarray(mask), targets)
    counted = targets if weight is None else targets[np.broadcast_to(weight != 0, targets.shape)]
    size = logits.shape[-1]
    strangers = counted[(counted < 0) | (counted >= size)]
    if strangers.size:
        raise ValueError(
            f"targets are token ids from 0 to {size - 1} (logits have {size} columns); got "
            f"{strangers[0]}. Encode the text with the vocabulary the model was made for, or mask "
            "the padding"
        )
    metric = Perplexity()
    metric.update_state(targets, logits, sample_weight=weight)
    return float(metric.result())


def _check_shapes(targets, logits):
    fits = len(logits.shape) == len(targets.shape) + 1 and all(
        t is None or n is None or t == n for t, n in zip(targets.shape, logits.shape, strict=False)
    )
    if not fits:
        raise ValueError(
            "logits are (..., vocabulary) and targets are ids of shape (...); got logits "
            f"{tuple(logits.shape)} and targets {tuple(targets.shape)}. One-hot targets: take "
            "their argmax over the last axis"
        )


def _per_token(weight, targets):
    """Weights (batch,) or (batch, time) as something that broadcasts to the targets' shape."""
    missing = len(targets.shape) - len(weight.shape)
    fits = missing >= 0 and all(
        w is None or t is None or w in (1, t)
        for w, t in zip(weight.shape, targets.shape, strict=False)
    )
    if not fits:
        raise ValueError(
            f"a mask or sample_weight has the shape of the targets, {tuple(targets.shape)}, or of "
            f"their first axes; got {tuple(weight.shape)}"
        )
    return weight[(...,) + (None,) * missing]


def _at_least_float32(logits):
    """Half precision would lose the nats of a large vocabulary."""
    dtype = keras.backend.standardize_dtype(logits.dtype)
    return ops.cast(logits, "float32") if dtype in ("float16", "bfloat16") else logits
