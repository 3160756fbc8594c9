"""Estimators that need nothing but the counts: maximum likelihood, add-k, Witten-Bell.

Every estimator says the same two things about each order m, and `NGram` does the rest:

    p(w | c) = α(c, w) + γ(c) · p_below(w)

    α(c, w): the share of a token that was seen after the context c; (m-grams,)
    γ(c):    the mass that c leaves for p_below; (contexts,); 1 for a context that nothing followed

`below` names p_below: the same model after the context without its first token ("shorter"), the
uniform distribution over the V tokens ("uniform"), or nothing at all ("nothing").
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from course_lib.ngram.counts import NGramCounts


class Smoothing(Protocol):
    """What an estimator is: what lies below it, and α and γ of each order."""

    below: str

    def level(self, counts: NGramCounts, m: int) -> tuple[np.ndarray, np.ndarray]:
        """(α of every m-gram, γ of every context of m − 1 tokens)."""
        ...


class MaximumLikelihood:
    """Relative frequency.

        p(w | c) = n(c, w) / n(c)

    No distribution where n(c) = 0; such a row is 0. Source: lecture, "language model".
    """

    below = "nothing"

    def level(self, counts: NGramCounts, m: int) -> tuple[np.ndarray, np.ndarray]:
        count = counts.count[m]
        total = counts.total(m, count)
        return share(counts, m, count, total), np.zeros(len(total))


@dataclass(frozen=True)
class AddK:
    """Every count is k higher; k = 1 is Laplace's rule.

    p(w | c) = (n(c, w) + k) / (n(c) + k V) = n(c, w) / (n(c) + k V) + [k V / (n(c) + k V)] / V
    """

    k: Any = 1.0
    below = "uniform"

    def __post_init__(self) -> None:
        if not (isinstance(self.k, int | float | np.number) and 0 < self.k < np.inf):
            raise ValueError(
                f"k is what add-k adds to every count; expected a number above 0, got {self.k!r}; "
                "try k=0.1, or smoothing='mle' for counts as they are"
            )

    def level(self, counts: NGramCounts, m: int) -> tuple[np.ndarray, np.ndarray]:
        count = counts.count[m]
        added = float(self.k) * counts.alphabet.predicted
        total = counts.total(m, count) + added
        return share(counts, m, count, total), added / total


class WittenBell:
    """A new token comes as often as it came before: once for each of the T(c) different followers.

        p(w | c) = (n(c, w) + T(c) p(w | c′)) / (n(c) + T(c))        c′: c without its first token
        p(w) = (n(w) + T / V) / (N + T)

    T(c): the number of different tokens that followed c. Source: Witten and Bell 1991, method C.
    """

    below = "shorter"

    def level(self, counts: NGramCounts, m: int) -> tuple[np.ndarray, np.ndarray]:
        count = counts.count[m]
        types = counts.total(m, count > 0)
        total = counts.total(m, count) + types
        return share(counts, m, count, total), ratio(types, total, 1.0)


def share(counts: NGramCounts, m: int, part: np.ndarray, total: np.ndarray) -> np.ndarray:
    """part(c, w) / total(c) for every m-gram; 0 where the total is."""
    return ratio(part, counts.of_context(m, total), 0.0)


def ratio(part: np.ndarray, whole: np.ndarray, otherwise: float) -> np.ndarray:
    """part / whole; `otherwise` where the whole is 0."""
    return np.where(whole > 0, part / np.maximum(whole, 1e-300), otherwise)
