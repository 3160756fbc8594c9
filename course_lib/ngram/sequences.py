"""Ids as one row of symbols: sequences side by side, each with its own beginning and end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.token_ids import token_ids


@dataclass(frozen=True)
class Alphabet:
    """The symbols of a model: the tokens, and the marks of a sequence's beginning and end.

    vocabulary_size: V, the ids 0 … V − 1 of tokens, the unknown token among them.
    boundaries: whether each sequence is read as <s> x_1 … x_T </s>. The end </s> is predicted like
    a token; the beginning <s> is only ever context.
    """

    vocabulary_size: int
    boundaries: bool

    @property
    def end(self) -> int:
        """The id of </s>."""
        return self.vocabulary_size

    @property
    def start(self) -> int:
        """The id of <s>."""
        return self.vocabulary_size + 1

    @property
    def predicted(self) -> int:
        """How many symbols a probability is given to: the tokens, and </s>."""
        return self.vocabulary_size + self.boundaries

    @property
    def size(self) -> int:
        """How many symbols there are, <s> included."""
        return self.vocabulary_size + 2 * self.boundaries


@dataclass(frozen=True)
class Row:
    """Sequences side by side in reading order.

    symbols: (length,). age: (length,), the place of a symbol in its sequence, from 1: an n-gram
    that ends at t lies in one sequence where age[t] ≥ n. is_predicted: (length,), False at <s>.
    """

    symbols: np.ndarray
    age: np.ndarray
    is_predicted: np.ndarray


def as_row(ids: Any, alphabet: Alphabet, reversed: bool) -> Row:
    """One sequence of ids (length,), or a list of such, as a Row; ValueError where it is empty.

    reversed: the sequences, and the tokens in each, are read from the last to the first.
    """
    flat, lengths = _flat(ids, alphabet.vocabulary_size)
    if reversed:
        flat, lengths = flat[::-1], lengths[::-1]
    if alphabet.boundaries:
        place = np.arange(len(flat)) + 2 * np.repeat(np.arange(len(lengths)), lengths) + 1
        lengths = lengths + 2
        ends = np.cumsum(lengths)
        symbols = np.full(ends[-1], alphabet.start)
        symbols[place] = flat
        symbols[ends - 1] = alphabet.end
    else:
        ends, symbols = np.cumsum(lengths), flat
    age = np.arange(1, len(symbols) + 1) - np.repeat(ends - lengths, lengths)
    predicted = age > 1 if alphabet.boundaries else np.ones(len(symbols), bool)
    return Row(symbols, age, predicted)


def _flat(ids: Any, vocabulary_size: int) -> tuple[np.ndarray, np.ndarray]:
    """All ids one after the other, int64 (total,), and the lengths of the sequences."""
    if not isinstance(ids, Iterable) or getattr(ids, "ndim", 1) == 0:
        raise ValueError(
            "a text is one row of token ids, or a list of such; expected ids (length,), got "
            f"{ids!r}; try vocabulary.encode(text)"
        )
    one = isinstance(ids, np.ndarray) and ids.ndim == 1
    if not one and not isinstance(ids, np.ndarray):
        ids = list(ids)
        one = not ids or np.ndim(ids[0]) == 0
    rows = [token_ids(row, vocabulary_size) for row in ([ids] if one else ids)]
    if not any(row.size for row in rows):
        raise ValueError(
            "the text is empty; expected at least one token id, got none; try "
            "vocabulary.encode(load_corpus('prose_en'))"
        )
    if any(row.ndim != 1 for row in rows):
        raise ValueError(
            "a sequence is one row of token ids; expected ids (length,), or a list of such, got "
            f"an array of shape {np.shape(rows[0])} in the list; try list(ids) for an array "
            "(sequences, length)"
        )
    return np.concatenate(rows).astype(np.int64), np.array([row.size for row in rows])
