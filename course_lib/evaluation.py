"""The perplexity of a language model on text: each token counted once, no weight changed."""

import keras
import numpy as np
import tensorflow as tf

from course_lib.batches import Batches, Windows
from course_lib.carried_state import carrying_state, reset_state
from course_lib.perplexity import Perplexity
from course_lib.token_ids import token_ids

__all__ = ["Evaluation", "evaluate"]

PIECE = 512
"""Tokens of a long text that are read at a time; the logits of more need not be in memory."""


def evaluate(model: keras.Model, held_out: Windows | np.ndarray) -> float:
    """Perplexity of the model on text, from zero state; its weights and its state stay as they are.

    held_out: the ids of one text (length,); the first is only read, each of the others is scored
    once, and the state is carried from the first to the last. Or windows, batches of (inputs,
    targets), ids (batch, time) each: every window starts from zero state, unless layers of the
    model are stateful.
    Raises ValueError for a text of fewer than two tokens, ids that the model's vocabulary does not
    have, no windows, and something else than windows.
    """
    return Evaluation(model, held_out).perplexity()


class Evaluation:
    """`evaluate` for a model whose weights change in between; compiled once."""

    def __init__(self, model: keras.Model, held_out: Windows | np.ndarray):
        size = vocabulary_size(model)
        if isinstance(held_out, np.ndarray):
            self.model, self.batches = carrying_state(model), _pieces(token_ids(held_out, size))
        else:
            self.model, self.batches = model, Batches(held_out, "held-out windows", size)
        self.seen = Perplexity()
        self._compiled = {}

    def perplexity(self) -> float:
        self.seen.reset_state()
        reset_state(self.model)
        for batch in self.batches:
            self._read(*map(tf.constant, batch))
        reset_state(self.model)
        return float(self.seen.result())

    def _read(self, *batch):
        if (shape := batch[0].shape) not in self._compiled:

            @tf.function(jit_compile=self.model.jit_compile)
            def read(inputs, targets, weight=None):
                self.seen.update_state(targets, self.model(inputs, training=False), weight)

            # Asked for by its shape: TensorFlow would warn of tracing at each new Evaluation.
            self._compiled[shape] = read.get_concrete_function(*batch)
        self._compiled[shape](*batch)


def vocabulary_size(model: keras.Model) -> int | None:
    """How many tokens the logits are over; None for a model that does not tell."""
    shape = getattr(model, "output_shape", None)
    return shape[-1] if isinstance(shape, tuple) else None


def _pieces(ids):
    """One text as batches of one row; the last is filled up with tokens that do not count."""
    if ids.ndim != 1 or len(ids) < 2:
        raise ValueError(
            f"the held-out ids are no text to score; expected one sequence of at least two tokens, "
            f"got shape {ids.shape}; try vocabulary.encode(held_out_text)"
        )
    tokens = len(ids) - 1
    piece = min(PIECE, tokens)
    count = -(-tokens // piece)
    rows = np.zeros((3, count * piece), np.int32)
    rows[0, :tokens], rows[1, :tokens], rows[2, :tokens] = ids[:-1], ids[1:], 1
    return [tuple(rows[:, None, n * piece : (n + 1) * piece]) for n in range(count)]
