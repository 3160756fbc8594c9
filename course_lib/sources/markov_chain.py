"""Markov chains of any order: the sources that n-gram models can be right about."""

from functools import cached_property
from typing import Any

import numpy as np

from course_lib.sources.distributions import (
    conditional,
    distributions,
    draws,
    generator,
    log,
    one_text,
)
from course_lib.sources.stationary import entropy, stationary_distribution
from course_lib.token_ids import positive, token_ids


class MarkovChain:
    """A stationary Markov chain: the next token depends on the τ tokens before it.

        P[x_1, …, x_τ, w] = p(x_t = w | x_{t-τ} … x_{t-1} = x_1 … x_τ)                       (1)
        π(x_2 … x_τ w) = Σ_{x_1} π(x_1 … x_τ) P[x_1, …, x_τ, w]                              (2)
        entropy rate = −Σ_c π(c) Σ_w P[c, w] log P[c, w]                     nats a token    (3)

    transition: P, (tokens,) * τ + (tokens,), float64; every last axis is a distribution.
    Raises ValueError where P is none, or π is not unique.
    Source: lecture, "Markov assumption"; Cover and Thomas, Elements of Information Theory, ch. 4.
    """

    def __init__(self, transition: Any) -> None:
        self.transition = distributions("transition", transition)
        self.tokens, self.order = self.transition.shape[-1], self.transition.ndim - 1
        if set(self.transition.shape) != {self.tokens}:
            raise ValueError(
                f"the axes of transition are not of one length; expected {self.tokens} (tokens) "
                f"on each, got shape {self.transition.shape}; try one axis for every token of the "
                "context, and one for the next token"
            )
        _ = self.stationary

    @cached_property
    def stationary(self) -> np.ndarray:
        """π, the probability of any τ tokens in a row: (tokens,) * τ."""
        contexts = self.tokens**self.order
        moves = np.zeros((contexts, contexts))
        now = np.arange(contexts)
        for token in range(self.tokens):  # context (x_1 … x_τ) moves to (x_2 … x_τ, token)
            after = now * self.tokens % contexts + token
            moves[now, after] = self.transition.reshape(contexts, self.tokens)[:, token]
        return stationary_distribution(moves).reshape((self.tokens,) * self.order)

    @property
    def entropy_rate(self) -> float:
        """Nats a token, equation (3): no model has a smaller expected loss."""
        return float(np.sum(self.stationary * entropy(self.transition)))

    @property
    def perplexity(self) -> float:
        """exp(entropy rate): the expected perplexity of the best possible model."""
        return float(np.exp(self.entropy_rate))

    def probabilities(self, contexts: Any) -> np.ndarray:
        """p(w | context): (..., tokens) for contexts (..., time), of which the last τ count.

        A context of fewer than τ tokens is the beginning of a text:
        p(w | c) = π(c w) / π(c), π summed over what comes after.
        Raises ValueError for a single number, and ids that are no tokens.
        """
        contexts = token_ids(contexts, self.tokens)
        if contexts.ndim == 0:
            raise ValueError(
                f"a context is a row of ids; expected ids (..., time), got the number {contexts}; "
                f"try [{contexts}]"
            )
        time = min(contexts.shape[-1], self.order)
        return self._tables[time][
            tuple(np.moveaxis(contexts[..., contexts.shape[-1] - time :], -1, 0))
        ]

    def log_probabilities(self, ids: Any) -> np.ndarray:
        """log p(x_t | x_1 … x_{t-1}) in nats, exactly, for a text (length,).

        Raises ValueError for an empty text, and ids that are no tokens.
        """
        ids = one_text(ids, self.tokens)
        first = [self.probabilities(ids[:t])[ids[t]] for t in range(min(self.order, len(ids)))]
        windows = tuple(ids[k : len(ids) - self.order + k] for k in range(self.order + 1))
        rest = self.transition[windows] if len(ids) > self.order else []
        return log(np.array([*first, *rest]))

    def sample(self, length: int, seed: int) -> np.ndarray:
        """A text (length,) of the stationary chain, int32; the same seed gives the same text."""
        length, rng = positive("length", length), generator(seed)
        contexts = self.tokens**self.order
        context = int(rng.choice(contexts, p=self.stationary.ravel()))
        text = list(np.unravel_index(context, self.stationary.shape))
        draw = draws(self.transition.reshape(contexts, self.tokens))
        for uniform in rng.random(max(0, length - self.order)).tolist():
            token = draw(context, uniform)
            text.append(token)
            context = context * self.tokens % contexts + token
        return np.array(text[:length], np.int32)

    def reversed(self) -> "MarkovChain":
        """The chain that reads the same texts from the end: the same joint probabilities.

        P′[x_τ+1, …, x_2, x_1] = π(x_1 … x_τ) P[x_1, …, x_τ+1] / π(x_2 … x_τ+1)
        """
        joint = self.stationary[..., None] * self.transition
        return MarkovChain(conditional(joint.transpose()))

    @cached_property
    def _tables(self) -> list[np.ndarray]:
        """p(w | c) by the length of c."""
        tables = [self.transition]
        for time in reversed(range(self.order)):
            marginal = self.stationary.sum(axis=tuple(range(time + 1, self.order)))
            tables.insert(0, conditional(marginal))
        return tables
