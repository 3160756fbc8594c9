"""Jelinek-Mercer: a mixture of the relative frequencies of all orders, its weights fitted by EM."""

from dataclasses import dataclass

import numpy as np

from course_lib.ngram.counts import NGramCounts
from course_lib.ngram.index import NONE, at
from course_lib.ngram.sequences import Row
from course_lib.ngram.smoothing import share


@dataclass(frozen=True)
class JelinekMercer:
    """Relative frequency, mixed with the model of the shorter context.

        p(w | c) = λ(c) n(c, w) / n(c) + (1 − λ(c)) p(w | c′)              c′: c without its first
        p(w) = λ n(w) / N + (1 − λ) / V                                    token

    λ(c) = weights[m][class of n(c)] for a context of m − 1 tokens; 0 where n(c) = 0. The classes
    are n(c) = 1, 2–3, 4–7 and so on, the last one open: a context seen often is trusted more.
    Source: Jelinek and Mercer 1980; classes as in Chen and Goodman 1999.
    """

    weights: list[np.ndarray]
    below = "shorter"

    def level(self, counts: NGramCounts, m: int) -> tuple[np.ndarray, np.ndarray]:
        count = counts.count[m]
        total = counts.total(m, count)
        trust = np.where(total > 0, self.weights[m][_class(total, len(self.weights[m]))], 0.0)
        return counts.of_context(m, trust) * share(counts, m, count, total), 1 - trust


def fit_weights(
    counts: NGramCounts, held_out: Row, classes: int, tolerance: float = 1e-5
) -> list[np.ndarray]:
    """The weights λ that make held-out text most likely, by expectation and maximisation.

    A token comes down from the highest order; at order m it stops with probability λ, and is then
    drawn from n(c, w) / n(c), or goes on to the order below.

        expectation:   r_n = 1,  s_m = r_m λ n(c, w) / (n(c) p_m),  r_{m-1} = r_m − s_m
        maximisation:  λ = (1 + Σ s_m) / (2 + Σ r_m)     over held-out tokens whose context is in
                                                         the class

    s_m: probability that the token stopped at order m; r_m: that it came there. Orders whose
    context was not seen are passed through. One imagined token stops and one goes on in every
    class, which keeps each λ inside (0, 1): no token gets probability 0.
    Text that was counted may not be used: λ of the highest order would go to 1.
    """
    order = counts.index.order
    frequency, group = _held_out_levels(counts, held_out, classes)
    weights = [np.full(classes, 0.5) for _ in range(order + 1)]
    p = [np.full(frequency[1].shape, 1 / counts.alphabet.predicted)] + [np.array([])] * order
    for _ in range(1000):
        trust = [at(weight, at_place, 0.0) for weight, at_place in zip(weights, group, strict=True)]
        for m in range(1, order + 1):
            p[m] = trust[m] * frequency[m] + (1 - trust[m]) * p[m - 1]
        arrived, change = np.ones(len(p[0])), 0.0
        for m in range(order, 0, -1):
            stopped = arrived * trust[m] * frequency[m] / p[m]
            here = group[m] >= 0
            stops = np.bincount(group[m][here], stopped[here], classes)
            arrivals = np.bincount(group[m][here], arrived[here], classes)
            new = (1 + stops) / (2 + arrivals)
            change = max(change, np.abs(new - weights[m]).max())
            weights[m], arrived = new, arrived - stopped
        if change < tolerance:
            break
    return weights


def _held_out_levels(
    counts: NGramCounts, row: Row, classes: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Of every held-out token and order: n(c, w) / n(c), and the class of n(c) (NONE: not seen)."""

    def level(m: int, context: np.ndarray, number: np.ndarray) -> None:
        total = counts.total(m, counts.count[m])
        after, seen = at(total, context, 0), at(counts.count[m], number, 0)
        frequency.append((seen / np.maximum(after, 1))[row.is_predicted])
        group.append(np.where(after > 0, _class(after, classes), NONE)[row.is_predicted])

    frequency, group = [np.array([])], [np.array([], np.int64)]
    level(1, np.zeros(len(row.symbols), np.int64), row.symbols)
    for m, context, number in counts.index.walk(row.symbols, row.age):
        level(m, context, number)
    return frequency, group


def _class(total: np.ndarray, classes: int) -> np.ndarray:
    """0 for n(c) = 1, 1 for 2–3, 2 for 4–7, …; the last class is open."""
    _, exponent = np.frexp(np.maximum(total, 1))
    return np.minimum(exponent - 1, classes - 1)
