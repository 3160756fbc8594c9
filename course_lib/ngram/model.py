"""The fitted model: probabilities of rows of tokens, perplexity, samples."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.ngram.counts import NGramCounts
from course_lib.ngram.index import NONE, NGramIndex
from course_lib.ngram.sequences import Alphabet, as_row
from course_lib.ngram.smoothing import Smoothing


@dataclass(frozen=True, eq=False)
class NGram:
    """A Markov model of order n − 1: the next token depends on the n − 1 tokens before it.

        p(w | c) = P(c, w)                  where the n-gram (c, w) was seen
                 = γ(c) · p_below(w)        else; γ(c) = 1 where the context c was not seen

    P and γ come from `fit`, which has added what lies below to P already.

    probability[m]: P of every m-gram (m-grams,). backoff[m]: γ of every m-gram as a context.
    below: "shorter" (p_below(w) = p(w | c without its first token)), "uniform" or "nothing".
    reversed: the model reads texts from the end: the context of a token is what comes after it.
    """

    alphabet: Alphabet
    index: NGramIndex
    probability: list[np.ndarray]
    backoff: list[np.ndarray]
    below: str
    smoothing: str
    reversed: bool = False

    @classmethod
    def from_counts(
        cls, counts: NGramCounts, smoothing: Smoothing, name: str, reversed: bool = False
    ) -> "NGram":
        """The model whose P and γ an estimator takes from the counts."""
        uniform = np.full(counts.alphabet.size, 1 / counts.alphabet.predicted)
        probability, backoff = [np.array([])], []
        for m in range(1, counts.index.order + 1):
            alpha, gamma = smoothing.level(counts, m)
            lower = probability[m - 1][counts.suffix[m]] if m > 1 else uniform
            if smoothing.below == "uniform":
                lower = uniform[0]
            elif smoothing.below == "nothing":
                lower = 0.0
            probability.append(alpha + counts.of_context(m, gamma) * lower)
            backoff.append(gamma)
        probability[1][counts.alphabet.predicted :] = 0  # <s> is never predicted
        return cls(
            counts.alphabet, counts.index, probability, backoff, smoothing.below, name, reversed
        )

    @property
    def order(self) -> int:
        """n: 1 for unigrams, 2 for bigrams."""
        return self.index.order

    def log_probabilities(self, ids: Any) -> np.ndarray:
        """log p of every token in nats, each after its own context: (length,).

        ids: one sequence (length,) or a list of sequences, whose results come one after the other.
        The first tokens of a sequence have the shorter context that is there. With boundaries each
        sequence has one more number, that of its </s>, at its end (reversed: at its beginning).
        −∞ for a token that the model gives probability 0.
        Raises ValueError for an empty text and ids outside the vocabulary.
        """
        row = as_row(ids, self.alphabet, self.reversed)
        number = row.symbols
        p = self.probability[1][number]
        for m in range(2, self.order + 1):
            context = np.full(len(number), NONE)
            context[1:] = number[:-1]
            context[row.age < m] = NONE
            number = self.index.find(m, context, row.symbols)
            after = np.where(context >= 0, self.backoff[m - 1][context], 1.0)
            p_m = np.where(number >= 0, self.probability[m][number], after * self._below(p))
            p = np.where(row.age >= m, p_m, p)
        with np.errstate(divide="ignore"):
            nats = np.log(p[row.is_predicted])
        return nats[::-1] if self.reversed else nats

    def _below(self, shorter: np.ndarray) -> Any:
        if self.below == "shorter":
            return shorter
        return 1 / self.alphabet.predicted if self.below == "uniform" else 0.0

    def perplexity(self, ids: Any) -> float:
        """exp(−(1/T) Σ_t log p(x_t)), T the number of tokens, </s> included; ∞ if any p is 0."""
        return float(np.exp(-np.mean(self.log_probabilities(ids))))
