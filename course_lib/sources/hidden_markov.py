"""A hidden Markov source: what it emits depends on a state that nobody sees."""

from functools import cached_property
from typing import Any

import numpy as np

from course_lib.sources.distributions import (
    distributions,
    draws,
    generator,
    log,
    one_text,
)
from course_lib.sources.stationary import entropy, stationary_distribution
from course_lib.token_ids import positive

LARGEST = 20_000_000  # numbers in the arrays of entropy_rate_bounds


class HiddenMarkovSource:
    """A stationary hidden Markov source; no n-gram model of any order is exactly right about it.

        s_t ~ A[s_{t-1}, ·],  x_t ~ B[s_t, ·],  s_1 ~ π with π A = π                         (1)
        α_t(s) = p(s_t = s | x_1 … x_{t-1})           what the past says about the state     (2)
        p(x_t = w | x_1 … x_{t-1}) = Σ_s α_t(s) B[s, w]                                      (3)
        α_{t+1} ∝ (α_t ⊙ B[·, x_t]) A                 the forward algorithm                  (4)

    transition: A (states, states). emission: B (states, tokens). Float64, rows are distributions.
    α is the source's own latent variable h_t = f(h_{t-1}, x_{t-1}): an RNN can learn (4).
    Source: lecture, "latent-variable model"; Rabiner 1989.
    """

    def __init__(self, transition: Any, emission: Any) -> None:
        self.transition = distributions("transition", transition, 2)
        self.emission = distributions("emission", emission, 2)
        states, self.tokens = self.emission.shape
        if self.transition.shape != (states, states):
            raise ValueError(
                f"transition and emission do not fit; expected transition ({states}, {states}), "
                f"one row and column for each row of emission, got {self.transition.shape}; try "
                "emission (states, tokens)"
            )
        _ = self.stationary

    @cached_property
    def stationary(self) -> np.ndarray:
        """π (states,)."""
        return stationary_distribution(self.transition)

    def sample(self, length: int, seed: int) -> np.ndarray:
        """A text (length,), int32."""
        return self.sample_hidden(length, seed)[0]

    def sample_hidden(self, length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """A text and the states behind it: (ids, states), both (length,) int32."""
        length, rng = positive("length", length), generator(seed)
        states = [int(rng.choice(len(self.stationary), p=self.stationary))]
        move, emit = draws(self.transition), draws(self.emission)
        for uniform in rng.random(length - 1).tolist():
            states.append(move(states[-1], uniform))
        uniforms = rng.random(length).tolist()
        ids = [emit(state, uniform) for state, uniform in zip(states, uniforms, strict=True)]
        return np.array(ids, np.int32), np.array(states, np.int32)

    def probabilities(self, ids: Any) -> np.ndarray:
        """p(x_t = w | x_1 … x_{t-1}) for every t, equation (3): (length, tokens).

        Row t needs ids[:t] only. Raises ValueError for an empty text, and where the source cannot
        emit the text.
        """
        ids = one_text(ids, self.tokens)
        rows = np.empty((len(ids), self.tokens))
        alpha = self.stationary
        for t, token in enumerate(ids.tolist()):
            rows[t] = alpha @ self.emission
            alpha = (alpha * self.emission[:, token]) @ self.transition
            mass = alpha.sum()
            if mass == 0 and t + 1 < len(ids):
                raise ValueError(
                    f"the source cannot emit this text; expected a token of positive probability "
                    f"at place {t}, got {token}; try a text from sample(length, seed)"
                )
            alpha = alpha / mass if mass else alpha
        return rows

    def log_probabilities(self, ids: Any) -> np.ndarray:
        """log p(x_t | x_1 … x_{t-1}) in nats, exactly, for a text (length,)."""
        ids = one_text(ids, self.tokens)
        return log(self.probabilities(ids)[np.arange(len(ids)), ids])

    def entropy_rate_bounds(self, n: int) -> tuple[float, float]:
        """(lower, upper) bounds of the entropy rate in nats a token, from all texts of n tokens.

            H(x_n | x_1 … x_{n-1}, s_1) ≤ entropy rate ≤ H(x_n | x_1 … x_{n-1})

        Both close in on the entropy rate as n grows; there is no closed form for it.
        Raises ValueError where there are too many texts. Source: Cover and Thomas, theorem 4.5.1.
        """
        n, states = positive("n", n), len(self.stationary)
        if self.tokens**n * states**2 > LARGEST:
            raise ValueError(
                f"too many texts; expected tokens^n * states^2 of at most {LARGEST:,}, got "
                f"{self.tokens}^{n} * {states}^2; try a smaller n"
            )
        # (texts so far, s_1, s_t): the joint probability of all three
        joint = np.diag(self.stationary)[None]
        known, unknown = [], []
        for _ in range(n):
            emitted = joint[:, None] * self.emission.T[None, :, None, :]  # texts, token, s_1, s_t
            with_token = emitted.reshape(-1, states, states)
            known.append(float(entropy(with_token.sum(2).ravel())))
            unknown.append(float(entropy(with_token.sum((1, 2)))))
            joint = with_token @ self.transition
        before = (float(entropy(self.stationary)), 0.0) if n == 1 else (known[-2], unknown[-2])
        return known[-1] - before[0], unknown[-1] - before[1]
