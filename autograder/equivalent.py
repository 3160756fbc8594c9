"""Mutants that the checks let pass, unit by unit, each with the reason why that is right.

A mutant is named by its definition and its text before and after, as `course mutants` prints it,
so that the list outlives changes of line numbers. An entry that no survivor needs is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

from .mutate import Mutant


@dataclass(frozen=True)
class Equivalent:
    """One mutant that is no other answer. reason: a sentence."""

    definition: str
    before: str
    after: str
    reason: str

    def names(self, mutant: Mutant) -> bool:
        """Whether this is the mutant that is meant."""
        change = (mutant.definition, mutant.before, mutant.after)
        return change == (self.definition, self.before, self.after)


def equivalents(unit: str) -> tuple[Equivalent, ...]:
    """The listed mutants of a unit; none for a unit that has no list."""
    return tuple(
        Equivalent(definition, before, after, reason)
        for reason, changes in EQUIVALENT.get(unit, {}).items()
        for definition, before, after in changes
    )


EQUIVALENT: dict[str, dict[str, tuple[tuple[str, str, str], ...]]] = {}
"""Unit -> reason -> (definition, before, after)."""
