"""A number for every n-gram of a text, found by binary search instead of Python's dictionaries."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

NONE = -1  # the number of an n-gram that is not in the index


def at(values: np.ndarray, number: np.ndarray, otherwise: float) -> np.ndarray:
    """values[number]; `otherwise` where the number is below 0, as NONE is."""
    if len(values) == 0:
        return np.full(np.shape(number), otherwise)
    return np.where(number >= 0, values[np.maximum(number, 0)], otherwise)


@dataclass(frozen=True)
class NGramIndex:
    """The n-grams of orders 1 … n, numbered within each order in the order of their keys.

        number(w_1) = w_1
        key(w_1 … w_m) = number(w_1 … w_{m-1}) · S + w_m        number = place among sorted keys

    S: `symbols`, the size of the alphabet. keys[m]: (number of m-grams,) int64, sorted; keys[0]
    and keys[1] are unused, as every symbol is its own number.
    A key never outgrows 64 bits: it is smaller than the number of (m−1)-grams times S. The m-grams
    that go on from one context are neighbours.
    """

    symbols: int
    keys: list[np.ndarray]

    @property
    def order(self) -> int:
        """n, the length of the longest n-grams."""
        return len(self.keys) - 1

    def size(self, m: int) -> int:
        """The number of different m-grams."""
        return self.symbols if m == 1 else len(self.keys[m])

    def context(self, m: int) -> np.ndarray:
        """Of every m-gram (m ≥ 2) the number of its first m − 1 tokens."""
        return self.keys[m] // self.symbols

    def last(self, m: int) -> np.ndarray:
        """Of every m-gram its last token."""
        return np.arange(self.symbols) if m == 1 else self.keys[m] % self.symbols

    def find(self, m: int, context: np.ndarray, token: np.ndarray) -> np.ndarray:
        """Numbers of the m-grams (context, token); NONE where unseen, or where context is NONE."""
        keys = self.keys[m]
        if len(keys) == 0:
            return np.full(np.shape(context), NONE)
        wanted = context * self.symbols + token  # below 0 where the context is NONE
        place = np.searchsorted(keys, wanted)
        np.minimum(place, len(keys) - 1, out=place)
        return np.where(keys[place] == wanted, place, NONE)

    def walk(
        self, symbols: np.ndarray, age: np.ndarray
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """For m = 2 … n: m, and for every place t of a text (length,) the numbers of the context
        x_{t-m+1} … x_{t-1} and of the m-gram that ends at t; NONE where unseen or age[t] < m."""
        number = symbols
        for m in range(2, self.order + 1):
            context = np.full(len(number), NONE)
            context[1:] = number[:-1]
            context[age < m] = NONE
            number = self.find(m, context, symbols)
            yield m, context, number

    def tokens(self, m: int) -> np.ndarray:
        """The tokens of every m-gram: (m-grams, m)."""
        if m == 1:
            return np.arange(self.symbols)[:, None]
        return np.column_stack([self.tokens(m - 1)[self.context(m)], self.last(m)])

    def following(self, m: int, context: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The m-grams that begin with the contexts (rows,): (row, number), both (found,)."""
        first = np.searchsorted(self.keys[m], context * self.symbols)
        after = np.searchsorted(self.keys[m], (context + 1) * self.symbols)
        many = np.where(context >= 0, after - first, 0)
        row = np.repeat(np.arange(len(context)), many)
        within = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
        return row, first[row] + within
