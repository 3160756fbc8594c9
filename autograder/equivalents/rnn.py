"""Mutants of the rnn unit that are no other answer: reason -> (definition, before, after)."""

from __future__ import annotations

from . import Change

BATCHES = "rng.permutation(windows)[:windows // batch * batch].reshape({}, batch, 1)"

EQUIVALENT: dict[str, list[Change]] = {
    "To NumPy's reshape every negative length stands for what is left.": [
        ("random_batches", BATCHES.format(-1), BATCHES.format(-2)),
    ],
}
