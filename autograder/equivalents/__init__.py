"""Mutants that the checks let pass, unit by unit, each with the reason why that is right.

A mutant is named by its definition and its text before and after, as `course mutants` prints it,
so that the list outlives changes of line numbers. An entry that no survivor needs is reported.
A unit's list is EQUIVALENT of <unit>.py: reason -> (definition, before, after).
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from functools import lru_cache

Change = tuple[str, str, str]


@dataclass(frozen=True)
class Equivalent:
    """One mutant that is no other answer. reason: a sentence."""

    definition: str
    before: str
    after: str
    reason: str

    @property
    def change(self) -> Change:
        """What names the mutant that is meant."""
        return self.definition, self.before, self.after


@lru_cache(maxsize=8)
def equivalents(unit: str) -> tuple[Equivalent, ...]:
    """The listed mutants of a unit; none for a unit that has no list."""
    if importlib.util.find_spec(f"{__name__}.{unit}") is None:
        return ()
    listed: dict[str, list[Change]] = importlib.import_module(f"{__name__}.{unit}").EQUIVALENT
    return tuple(
        Equivalent(definition, before, after, reason)
        for reason, changes in listed.items()
        for definition, before, after in changes
    )
