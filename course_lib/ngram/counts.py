"""Counting: how often each n-gram of orders 1 to n stands in a text."""

from dataclasses import dataclass

import numpy as np

from course_lib.ngram.index import NONE, NGramIndex
from course_lib.ngram.sequences import Alphabet, Row


@dataclass(frozen=True)
class NGramCounts:
    """Counts of the n-grams of orders 1 … n; lists begin at order 1, their place 0 is unused.

    count[m]:   n(w_1 … w_m), how often the m-gram occurs; (m-grams,).
    suffix[m]:  the number of w_2 … w_m, the m-gram without its first token (m ≥ 2).
    at_start[m]: whether the m-gram stands at the very beginning of some sequence.

    The beginning <s> is counted as part of longer n-grams, never as a token of its own; no n-gram
    reaches from one sequence into the next.
    """

    alphabet: Alphabet
    index: NGramIndex
    count: list[np.ndarray]
    suffix: list[np.ndarray]
    at_start: list[np.ndarray]

    def total(self, m: int, count: np.ndarray) -> np.ndarray:
        """n(c) = Σ_w n(c, w) for every context c of m − 1 tokens: those that something follows."""
        if m == 1:
            return np.array([count.sum()])
        return np.bincount(self.index.context(m), count, self.index.size(m - 1))

    def of_context(self, m: int, value: np.ndarray) -> np.ndarray:
        """A value per context (contexts,) as one per m-gram (m-grams,)."""
        return (
            np.broadcast_to(value, self.index.size(1)) if m == 1 else value[self.index.context(m)]
        )


def count_ngrams(row: Row, alphabet: Alphabet, order: int) -> NGramCounts:
    """Count the n-grams of orders 1 … `order` in a row of sequences."""
    symbols, age = row.symbols, row.age
    keys, count, suffix, at_start = ([np.array([], np.int64)] for _ in range(4))
    number = symbols
    keys.append(keys[0])
    count.append(np.bincount(symbols[row.is_predicted], minlength=alphabet.size))
    suffix.append(keys[0])
    at_start.append(_marked(symbols[(age == 1) & row.is_predicted], alphabet.size))
    for m in range(2, order + 1):
        ends = np.flatnonzero(age >= m)
        key = number[ends - 1] * alphabet.size + symbols[ends]
        found, numbers, times = _numbered(key, alphabet.size * (keys[-1].size or alphabet.size))
        keys.append(found)
        count.append(times)
        shorter = np.empty(len(found), np.int64)
        shorter[numbers] = number[ends]  # every occurrence says the same
        suffix.append(shorter)
        at_start.append(_marked(numbers[age[ends] == m], len(found)))
        number = np.full(len(symbols), NONE)
        number[ends] = numbers
    return NGramCounts(alphabet, NGramIndex(alphabet.size, keys), count, suffix, at_start)


def _numbered(key: np.ndarray, above: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """np.unique with inverse and counts, for keys from 0 to below `above`.

    A table over all possible keys needs no sorting; it is taken where it stays small.
    """
    if above > 8 * len(key):
        return np.unique(key, return_inverse=True, return_counts=True)
    times = np.bincount(key, minlength=above)
    found = np.flatnonzero(times)
    number = np.cumsum(times > 0) - 1
    return found, number[key], times[found]


def _marked(numbers: np.ndarray, size: int) -> np.ndarray:
    marks = np.zeros(size, bool)
    marks[numbers] = True
    return marks
