"""The fitted model: probabilities of rows of tokens, perplexity, samples."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.ngram import files
from course_lib.ngram.counts import NGramCounts
from course_lib.ngram.index import NGramIndex, at
from course_lib.ngram.sequences import Alphabet, as_row
from course_lib.ngram.smoothing import Smoothing
from course_lib.token_ids import token_ids

ABSENT = -2  # the context is too short to hold so many tokens


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
        p = self.probability[1][row.symbols]
        for m, context, number in self.index.walk(row.symbols, row.age):
            unseen = at(self.backoff[m - 1], context, 1.0) * self._below(p)
            p_m = np.where(number >= 0, at(self.probability[m], number, 0.0), unseen)
            p = np.where(row.age >= m, p_m, p)
        with np.errstate(divide="ignore"):
            nats = np.log(p[row.is_predicted])
        return nats[::-1] if self.reversed else nats

    def perplexity(self, ids: Any) -> float:
        """exp(−(1/T) Σ_t log p(x_t)), T the number of tokens, </s> included; ∞ if any p is 0."""
        return float(np.exp(-np.mean(self.log_probabilities(ids))))

    def probabilities(self, contexts: Any) -> np.ndarray:
        """p(w | context) for every w: (..., tokens), a distribution in each row.

        contexts: ids (..., time) in the order of the text, of any length; the last n − 1 count
        (reversed: the first n − 1, as the context comes after the token). With boundaries a
        context may hold `alphabet.start` (<s>), and there is one more column, that of </s>.
        Maximum likelihood knows nothing of a context it has not seen: the row is 0.
        Raises ValueError for ids outside the vocabulary and rows of unequal length.
        """
        contexts = _contexts(contexts, self.alphabet)
        symbols = contexts.reshape(math.prod(contexts.shape[:-1]), contexts.shape[-1])
        if self.reversed:
            symbols = symbols[:, ::-1]
        symbols = symbols[:, max(0, symbols.shape[1] - self.order + 1) :]
        state = self._read(symbols)
        return self._after(state).reshape(*contexts.shape[:-1], self.alphabet.predicted)

    def sample(
        self, length: int, temperature: float = 1.0, seed: int | None = None, prefix: Any = ()
    ) -> np.ndarray:
        """Draw token after token: the prefix and at most `length` new tokens, as ids.

            p(w) ∝ p(w | c)^(1/τ)         the drawn w is part of the next context

        With boundaries the text begins at <s> and is over where </s> is drawn. A reversed model
        continues to the left: the prefix is the end of the text.
        temperature: τ; 1 draws from the model, below 1 is bolder, 0 takes the likeliest token. The
        unknown token is drawn as often as the model says. seed: the same seed, the same text.
        Raises ValueError for a negative length, temperature or seed, a prefix that is not one row
        of the vocabulary's ids, and a context in which no token has any probability (maximum
        likelihood at the end of its text).
        """
        length, temperature, rng = _checked_sampling(length, temperature, seed)
        text = _checked_prefix(prefix, self.alphabet)[:: self._way]
        start = [self.alphabet.start] if self.alphabet.boundaries else []
        state = self._read(np.array([[*start, *text][-self.order :]], np.int64))
        for _ in range(length):
            p = self._after(state)[0]
            if not p.any():
                raise ValueError(
                    f"no token has any probability after {text[-self.order + 1 :]}; expected a "
                    f"context that something followed in the text, got one that smoothing="
                    f"{self.smoothing!r} knows nothing of; try smoothing='witten_bell', or another "
                    "prefix"
                )
            token = _draw(p, temperature, rng)
            if self.alphabet.boundaries and token == self.alphabet.end:
                break
            text.append(token)
            state = self._advance(state, np.array([token]))
        return np.array(text[:: self._way], np.int32)

    def save(self, path: str | Path) -> None:
        """Write the model as .npz, exactly and without pickle."""
        files.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> "NGram":
        """Read what `save` wrote. Raises ValueError for any other file."""
        return cls(**files.parts(path))

    def write_arpa(self, path: str | Path, vocabulary: Any) -> None:
        """Write the model as ARPA text, which other toolkits read; see `arpa.write_arpa`."""
        from course_lib.ngram.arpa import write_arpa

        write_arpa(self, path, vocabulary)

    @property
    def parameters(self) -> int:
        """How many numbers the model holds: P of every seen n-gram, γ of every context."""
        return sum(map(len, self.probability)) + sum(map(len, self.backoff[1:]))

    @property
    def _way(self) -> int:
        return -1 if self.reversed else 1

    # A state is what a context means to the model: state[m] is the number of its last m tokens
    # (rows,), NONE where unseen; ABSENT where the context has fewer than m. state[0] is unused.

    def _read(self, symbols: np.ndarray) -> list[np.ndarray]:
        state = [np.full(len(symbols), ABSENT) for _ in range(self.order)]
        for column in symbols.T:
            state = self._advance(state, column)
        return state

    def _advance(self, state: list[np.ndarray], token: np.ndarray) -> list[np.ndarray]:
        new = [state[0], token][: self.order]
        begins = self.alphabet.boundaries & (token == self.alphabet.start)
        for m in range(2, self.order):
            known = state[m - 1] != ABSENT
            found = self.index.find(m, state[m - 1], token)
            new.append(np.where(known & ~begins, found, ABSENT))
        return new

    def _after(self, state: list[np.ndarray]) -> np.ndarray:
        width = self.alphabet.predicted
        p = np.tile(self.probability[1][:width], (len(state[0]), 1))
        for m in range(2, self.order + 1):
            context = state[m - 1]
            unseen = at(self.backoff[m - 1], context, 1.0)[:, None] * self._below(p)
            p = np.where((context != ABSENT)[:, None], unseen, p)
            row, number = self.index.following(m, context)
            p[row, self.index.keys[m][number] % self.index.symbols] = self.probability[m][number]
        return p

    def _below(self, shorter: np.ndarray) -> Any:
        if self.below == "shorter":
            return shorter
        return 1 / self.alphabet.predicted if self.below == "uniform" else 0.0


def _contexts(contexts: Any, alphabet: Alphabet) -> np.ndarray:
    try:
        array = np.asarray(contexts)
    except ValueError as error:
        raise ValueError(
            "contexts are rows of one length; expected ids (..., time), got rows of unequal "
            "length; try one call for each length"
        ) from error
    if array.ndim == 0:
        raise ValueError(
            f"a context is a row of ids; expected ids (..., time), got the number {contexts!r}; "
            f"try [{contexts!r}]"
        )
    array = token_ids(array, alphabet.size).astype(np.int64)
    if alphabet.boundaries and (array == alphabet.end).any():
        raise ValueError(
            f"nothing comes after </s>; expected ids from 0 to {alphabet.vocabulary_size - 1} or "
            f"<s> ({alphabet.start}), got {alphabet.end}; try alphabet.start for the beginning"
        )
    return array


def _checked_prefix(prefix: Any, alphabet: Alphabet) -> list[int]:
    ids = token_ids(prefix, alphabet.vocabulary_size)
    if ids.ndim != 1:
        raise ValueError(
            f"the prefix is not one row of ids; expected shape (time,), got {ids.shape}; try one "
            "call for each row"
        )
    return ids.tolist()


def _checked_sampling(
    length: Any, temperature: Any, seed: Any
) -> tuple[int, float, np.random.Generator]:
    if isinstance(length, bool) or not isinstance(length, int | np.integer) or length < 0:
        raise ValueError(
            f"length is not a number of tokens; expected a whole number of at least 0, got "
            f"{length!r}; try length=200"
        )
    if not (isinstance(temperature, int | float) and 0 <= temperature < np.inf):
        raise ValueError(
            f"temperature is not a number of at least 0; got {temperature!r}; try 1 for the "
            "model's own distribution, 0 for the likeliest token"
        )
    try:
        rng = np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"seed is not a whole number; expected an int of at least 0 or None, got {seed!r}; try "
            "seed=0"
        ) from error
    return int(length), float(temperature), rng


def _draw(p: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(np.argmax(p))
    with np.errstate(under="ignore"):  # at a tiny temperature all but the likeliest go to 0
        weights = (p / p.max()) ** (1 / temperature)
    return int(rng.choice(len(weights), p=weights / weights.sum()))
