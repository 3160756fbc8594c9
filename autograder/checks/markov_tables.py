"""Counts and smoothed rows as dense arrays, for the markov checks: a second implementation.

A table of order τ has τ axes for the context, the oldest token first, and one for what follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..compare import tolerance

UNKNOWN, BOUNDARY = 0, 1
Ids = Sequence[int]


def axes_of(order: int) -> str:
    """Names of the axes of a table: "x_{t-2}, x_{t-1}, x_t"."""
    return ", ".join([*(f"x_{{t-{m}}}" for m in range(order, 0, -1)), "x_t,"])


def within(seen: np.ndarray | None, rtol: float) -> float:
    """The tolerance `rtol`, or what the dtype of `seen` can keep where that is more."""
    return rtol if seen is None else max(rtol, tolerance(seen))


def ngrams(sequence: Ids, order: int) -> np.ndarray:
    """The windows of a sequence as rows: context and token, (T + 1, order + 1)."""
    inside = np.asarray(sequence, dtype=np.int64)
    row = np.concatenate([np.full(order, BOUNDARY), inside, [BOUNDARY]])
    return np.asarray(np.lib.stride_tricks.sliding_window_view(row, order + 1))


def all_ngrams(sequences: Sequence[Ids], order: int) -> np.ndarray:
    """The windows of all sequences, one after the other."""
    return np.concatenate([ngrams(sequence, order) for sequence in sequences])


def counted(sequences: Sequence[Ids], order: int, size: int) -> np.ndarray:
    """n(c, w)."""
    table = np.zeros((size,) * (order + 1))
    np.add.at(table, tuple(all_ngrams(sequences, order).T), 1.0)
    return table


def mle(counts: np.ndarray) -> np.ndarray:
    """n(c, w) / n(c); uniform where n(c) = 0."""
    total = counts.sum(axis=-1, keepdims=True)
    rows = counts / np.maximum(total, 1.0)
    return np.asarray(np.where(total > 0, rows, 1.0 / counts.shape[-1]))


def add_k(counts: np.ndarray, k: float) -> np.ndarray:
    """(n(c, w) + k) / (n(c) + k V)."""
    return np.asarray((counts + k) / (counts.sum(axis=-1, keepdims=True) + k * counts.shape[-1]))


def interpolated(sequences: Sequence[Ids], order: int, size: int, k: float) -> np.ndarray:
    """λ_c p̂(w|c) + (1 − λ_c) p_{τ-1}(w|c′), λ_c = n(c) / (n(c) + k), from the bottom up."""
    below = np.full(size, 1.0 / size)
    for m in range(order + 1):
        counts = counted(sequences, m, size)
        total = counts.sum(axis=-1, keepdims=True)
        weight = total / (total + k)
        below = weight * mle(counts) + (1.0 - weight) * below
    return below


def log_p(table: np.ndarray, sequences: Sequence[Ids]) -> np.ndarray:
    """log p of every token of the sequences, closing boundaries included."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(table[tuple(all_ngrams(sequences, table.ndim - 1).T)]))


def draw_table(rng: np.random.Generator, size: int, order: int) -> np.ndarray:
    """Rows of random probabilities, none of them 0, no two of them alike."""
    rows = rng.dirichlet(np.full(size, 1.5), (size,) * order)
    return np.asarray(0.9 * rows + 0.1 / size)


def draw_text(rng: np.random.Generator, table: np.ndarray, number: int, longest: int) -> list[Any]:
    """Sequences drawn from a table, as lists of ints; cut at `longest` tokens."""
    order, size = table.ndim - 1, table.shape[-1]
    text = []
    for _ in range(number):
        ids = [BOUNDARY] * order
        while len(ids) < order + longest:
            token = int(rng.choice(size, p=table[tuple(ids[len(ids) - order :])]))
            if token == BOUNDARY:
                break
            ids.append(token)
        text.append(ids[order:])
    return text


def draw_training(rng: np.random.Generator, size: int, without: Sequence[int] = ()) -> list[Any]:
    """A small text with repeated n-grams, an empty sequence and one of a single token.

    without: ids that never occur in it.
    """
    kept = [token for token in range(size) if token not in (BOUNDARY, *without)]
    favourites = rng.permutation(kept)
    text: list[Any] = [[], [int(favourites[0])]]
    for _ in range(7):
        length = int(rng.integers(2, 7))
        weights = 1.0 / np.arange(1, len(kept) + 1)
        drawn = rng.choice(favourites, length, p=weights / weights.sum())
        text.append([int(token) for token in drawn])
    text.append(list(text[2]))
    text.append([int(token) for token in favourites])
    return [text[place] for place in rng.permutation(len(text))]
