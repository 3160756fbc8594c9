"""Which parts of `course_lib` answer a unit's tasks: neither students nor sandbox have them."""

from __future__ import annotations

from collections.abc import Iterable

ANSWERS: dict[str, tuple[str, ...]] = {
    "markov": ("ngram", "sources/markov_chain.py", "sources/stationary.py"),
    "rnn": (
        *("encoding.py", "windows.py", "perplexity.py", "sampling.py", "training.py"),
        *("language_model.py", "cells/rnn.py", "fast", "bptt"),
    ),
    "bptt": ("bptt", "clipping.py", "fast"),
    "gru": ("cells/gru.py", "fast"),
    "lstm": ("cells/lstm.py", "fast"),
}
"""Unit -> files and folders. "fast" and "bptt" answer several: they hold forward passes as well."""


def is_answer(path: str, units: Iterable[str] = tuple(ANSWERS)) -> bool:
    """Whether a file of course_lib, as "cells/gru.py", answers a task, or lies in one that does."""
    named = (name for unit in units for name in ANSWERS.get(unit, ()))
    return any(path == name or path.startswith(f"{name.rstrip('/')}/") for name in named)
