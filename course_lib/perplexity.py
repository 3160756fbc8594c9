"""Perplexity: the exponential of the mean negative log-likelihood of a token, in nats.

    π = −(1/T) Σ_t log p(y_t)         p(y | o) = exp(o[y]) / Σ_v exp(o[v])
    perplexity = exp(π)
    bits per character = π / ln 2 = log2(perplexity)          where a token is a character

It is the average effective number of choices: a uniform model scores the size of the vocabulary, a
perfect one 1, and one that gives a token probability 0 scores infinity.
Source: lecture, "perplexity" and "output decoding".
"""

import math
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["BitsPerCharacter", "Perplexity", "bits_per_character", "perplexity"]


@keras.saving.register_keras_serializable(package="course_lib")
class Perplexity(keras.metrics.Metric):
    """Perplexity over all the tokens seen since the last reset, from logits.

    y_true: token ids (...). y_pred: logits (..., vocabulary), not probabilities.
    Exact over batches of unequal size: it adds up nats and tokens (in float64) and divides once,
    where a mean of the batches' perplexities would be wrong.
    What is not counted: tokens masked by Keras (`y_pred._keras_mask`), and tokens whose
    `sample_weight` is 0, whatever their id. Other weights weigh. A weight per sequence, (batch,),
    holds for each of its tokens.
    Exact over parts, too: the replicas of a tf.distribute strategy add up their nats and tokens,
    and `merge_state` adds those of metrics that other processes have filled.
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

    def merge_state(self, metrics: Iterable["Perplexity"]) -> None:
        """Count what the other metrics have counted as if this one had seen it; they stay as is.

        Raises TypeError for anything but a list of metrics of this kind, ValueError for itself.
        """
        metrics = list(metrics) if isinstance(metrics, Iterable) else [metrics]
        strangers = [type(m).__name__ for m in metrics if not isinstance(m, Perplexity)]
        if strangers:
            raise TypeError(
                "merge_state adds up nats and tokens; expected a list of Perplexity or "
                f"BitsPerCharacter metrics, got {', '.join(strangers)}. Perplexities themselves "
                "cannot be averaged"
            )
        if any(m is self for m in metrics):
            raise ValueError(
                "a metric cannot be merged into itself: it would count every token twice; expected "
                "other metrics, got this one. Try Perplexity().merge_state(metrics)"
            )
        for metric in metrics:
            self.nats.assign_add(ops.cast(metric.nats, self.dtype))
            self.tokens.assign_add(ops.cast(metric.tokens, self.dtype))


@keras.saving.register_keras_serializable(package="course_lib")
class BitsPerCharacter(Perplexity):
    """Bits a character, log2 of the perplexity, for models whose tokens are characters.

    The length of the text, in bits, if the model compressed it, divided by its characters.
    Counts and refuses as Perplexity does. For a model of words: `bits_per_character`.
    """

    def __init__(self, name="bits_per_character", dtype="float64"):
        super().__init__(name=name, dtype=dtype)

    def result(self):
        return self.nats / self.tokens / math.log(2)


def bits_per_character(perplexity: float, characters_per_token: float = 1.0) -> float:
    """log2(perplexity) / characters per token: compares models of characters and of words.

    perplexity: of a token. characters_per_token: length of the text in characters over its length
    in tokens, blanks included.
    Raises ValueError for a perplexity below 1, or no characters.
    """
    if not perplexity >= 1:
        raise ValueError(
            f"a perplexity is at least 1; got {perplexity!r}; try math.exp(nats a token) if the "
            "number is a loss"
        )
    if not 0 < characters_per_token < math.inf:
        raise ValueError(
            "characters_per_token is the length of the text over its number of tokens, above 0; "
            f"got {characters_per_token!r}; try len(text) / len(ids)"
        )
    return math.log2(perplexity) / characters_per_token


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
    """Half precision would lose the nats of a large vocabulary; whole numbers have no softmax."""
    dtype = keras.backend.standardize_dtype(logits.dtype)
    return logits if dtype in ("float32", "float64") else ops.cast(logits, "float32")
