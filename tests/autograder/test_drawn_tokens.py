"""Tokens that were drawn from the given probabilities pass, others do not; the chance is stated."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.observe import drawn_tokens

STEPS, SIZE = 300, 6


def probabilities(rng: np.random.Generator, sharpness: float = 1.0) -> np.ndarray:
    """Distributions over the tokens, another one at every step."""
    p = np.exp(sharpness * rng.normal(size=(STEPS, SIZE)))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def drawn(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
    return np.array([rng.choice(SIZE, p=row) for row in p])


def test_tokens_drawn_from_the_probabilities_leave_a_small_gap() -> None:
    rng = np.random.default_rng(0)
    gaps = []
    for _ in range(100):
        p = probabilities(rng, 2.0)
        gaps.append(drawn_tokens.gap(drawn(rng, p), p))
    # The bound of the module, at the chance of 1 in 20 for each of the two orders.
    usual = np.sqrt(np.log(2 / 0.05) / (2 * STEPS))
    assert np.mean(np.array(gaps) > usual) < 0.2
    assert max(gaps) < 0.7 * drawn_tokens.allowed(STEPS)


def test_what_is_allowed_follows_from_the_chance_and_the_number_of_tokens() -> None:
    for steps in (100, 400):
        allowed = drawn_tokens.allowed(steps)
        assert 2 * np.exp(-2 * steps * allowed**2) == pytest.approx(drawn_tokens.CHANCE)


@pytest.mark.parametrize(
    "wrong", ["sharper", "flatter", "likeliest", "of the step before", "fixed"]
)
def test_tokens_from_other_probabilities_leave_a_large_gap(wrong: str) -> None:
    rng = np.random.default_rng(1)
    p = probabilities(rng, 2.0)
    sharper = p**4 / (p**4).sum(axis=1, keepdims=True)
    tokens = {
        "sharper": drawn(rng, sharper),
        "flatter": rng.integers(0, SIZE, STEPS),
        "likeliest": p.argmax(axis=1),
        "of the step before": drawn(rng, np.roll(p, 1, axis=0)),
        "fixed": np.array([np.searchsorted(np.cumsum(row), 0.3) for row in p]),
    }[wrong]
    assert drawn_tokens.gap(tokens, p) > drawn_tokens.allowed(STEPS)


def test_a_token_that_is_never_drawn_shows_in_the_order_of_ids() -> None:
    rng = np.random.default_rng(2)
    p = np.tile([0.4, 0.12, 0.12, 0.12, 0.12, 0.12], (STEPS, 1))
    tokens = 1 + rng.integers(0, SIZE - 1, STEPS)
    assert drawn_tokens.gap(tokens, p) > drawn_tokens.allowed(STEPS)
