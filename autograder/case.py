"""Seeded inputs of a check. Imports NumPy only: the sandbox needs this file too."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

PUBLIC_SEED = 20260901
"""The published seed of the public cases."""


class Case:
    """Named inputs of one observation: arrays, numbers and strings, as attributes.

    Two kinds: "public" (drawn from the published seed, the same for everyone) and "hidden-1",
    "hidden-2", ... (drawn from the course's secret seed). A case carries no expected value.
    """

    def __init__(self, name: str, values: Mapping[str, Any]):
        self.name = name
        self.values = dict(values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "values":
            raise AttributeError(name)
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(
                f"case {self.name!r} has no value {name!r}; it has {', '.join(self.values)}"
            ) from None

    @property
    def hidden(self) -> bool:
        """Whether the student may not see the values."""
        return self.name != "public"

    def copy(self) -> Case:
        """The same case with arrays of its own, so that code which writes into them harms none."""
        return Case(
            self.name,
            {k: _copied(v) for k, v in self.values.items()},
        )


def only(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Some of the values: the student's process gets what the task needs and no more."""
    return {name: values[name] for name in names}


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def generator(seed: int, *names: str) -> np.random.Generator:
    """A random generator of its own for each (seed, names): order of use changes nothing."""
    text = "\x1f".join((str(seed), *names)).encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text).digest()[:16], "little"))
