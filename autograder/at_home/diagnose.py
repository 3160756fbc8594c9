"""Which known mistake is behind a wrong answer, by what the mistakes give on the public case."""

from __future__ import annotations

from collections.abc import Sequence

from autograder import frozen
from autograder.case import Case
from autograder.check import Arrays, Check
from autograder.compare import equal_arrays
from autograder.desk import Run
from autograder.frozen import FrozenMistake


def right_arrays(check: Check, case: Case, aside: Run | None) -> Arrays | None:
    """None: a students' copy has no reference to ask."""
    return None


def diagnose(
    check: Check, seen: Arrays, case: Case, wrong: Sequence[str], aside: Run | None
) -> FrozenMistake | None:
    """The mistake whose observation equals the student's, or None.

    Training leaves no arrays that two runs share, and a withheld layer none at all: there the
    first of the wrong parts decides.
    """
    kept = frozen.of(check.unit)
    candidates = kept.mistakes(check.id) if kept is not None else ()
    if check.trains or not seen:
        return next((m for m in candidates if m.part and m.part in wrong[:1]), None)
    signature = check.signature(seen, case)
    return next((m for m in candidates if m.arrays and equal_arrays(signature, m.arrays)), None)
