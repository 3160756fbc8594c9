"""The text on which language models are graded, frozen, and the perplexity of logits on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autograder import frozen

DATA = Path(__file__).parents[1] / "data"
TIME, BATCH, WEIGHT_SEED = 32, 32, 20260901


def text() -> dict[str, np.ndarray]:
    """Training and held-out ids of the embedded English text, cut into windows."""
    return frozen.arrays("text")


def perplexity(logits: np.ndarray, targets: np.ndarray) -> float:
    """exp of the mean cross-entropy (nats), as TensorFlow computes it."""
    import tensorflow as tf

    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits.astype(np.float64))
    return float(np.exp(np.mean(losses)))
