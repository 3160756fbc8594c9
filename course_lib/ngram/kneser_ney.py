"""Interpolated modified Kneser-Ney: absolute discounts, and lower orders that count contexts.

A token that is frequent only because of one phrase ("Francisco") is unlikely after anything else.
So the lower orders do not ask how often an n-gram occurs, but after how many different tokens.
Source: Chen and Goodman 1999, "An empirical study of smoothing techniques"; the unigrams, the marks
<s> and </s> and the fallback as KenLM (Heafield et al. 2013) has them.
"""

import numpy as np

from course_lib.ngram.counts import NGramCounts
from course_lib.ngram.smoothing import ratio, share

FALLBACK = (0.5, 1.0, 1.5)


class KneserNey:
    """Counts a(c, w), less a discount that depends on them; the rest goes to the shorter context.

        p(w | c) = (a(c, w) − D(a(c, w))) / a(c) + γ(c) p(w | c′)          c′: c without its first
        γ(c) = (D_1 N_1(c) + D_2 N_2(c) + D_3 N_3+(c)) / a(c)              token; a(c) = Σ_w a(c, w)

    N_i(c): how many tokens have a(c, w) = i; N_3+ counts 3 and more. Below the unigrams, p = 1/V.
    """

    below = "shorter"

    def level(self, counts: NGramCounts, m: int) -> tuple[np.ndarray, np.ndarray]:
        count = adjusted_counts(counts, m)
        discount = np.array([0.0, *discounts(count)])[np.minimum(count, 3)]
        total = counts.total(m, count)
        alpha = share(counts, m, count - discount, total)
        return alpha, ratio(counts.total(m, discount), total, 1.0)


def adjusted_counts(counts: NGramCounts, m: int) -> np.ndarray:
    """a of every m-gram: how often at the highest order; below, after how many different tokens.

        a(w_1 … w_m) = |{v : n(v w_1 … w_m) > 0}|

    Nothing comes before <s>, so n-grams that begin with it keep their count. Without boundaries,
    the beginning of a sequence is one more place to come after.
    """
    if m == counts.index.order:
        return counts.count[m]
    continuation = np.bincount(counts.suffix[m + 1], minlength=counts.index.size(m))
    if counts.alphabet.boundaries:
        return np.where(counts.at_start[m], counts.count[m], continuation)
    return continuation + counts.at_start[m]


def discounts(count: np.ndarray) -> tuple[float, float, float]:
    """(D_1, D_2, D_3+) of one order, from how many n-grams have the counts 1 to 4.

        Y = t_1 / (t_1 + 2 t_2)         D_i = i − (i + 1) Y t_{i+1} / t_i

    t_i: the number of n-grams whose count is i. FALLBACK where a t_1 … t_3 is 0 or a D_i is not in
    (0, i]: small or artificial texts have no such statistics.
    """
    t = np.bincount(np.minimum(count, 5), minlength=6).astype(float)
    if not t[1:4].all():
        return FALLBACK
    y = t[1] / (t[1] + 2 * t[2])
    d = [i - (i + 1) * y * t[i + 1] / t[i] for i in (1, 2, 3)]
    if not all(0 < d[i - 1] <= i for i in (1, 2, 3)):
        return FALLBACK
    return d[0], d[1], d[2]
