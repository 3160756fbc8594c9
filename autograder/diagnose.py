"""Which known mistake is behind a wrong answer: the one with equal arrays on the same case."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from . import reference
from .case import Case
from .check import Arrays, Check
from .compare import equal_arrays
from .mistakes import Mistake, bank
from .observe import observer
from .student import Student, run_observe

_one_at_a_time = threading.Lock()


def diagnose(
    check: Check, seen: Arrays, case: Case, wrong: Sequence[str] = ()
) -> type[Mistake] | None:
    """The mistake whose observation equals the student's, or None. Runs the bank's code only.

    Training leaves no arrays that two runs share, and a withheld layer none at all: there the
    first of the wrong parts decides.
    """
    candidates = [m for m in bank(check.id.split(".", 1)[0]) if m.caught_by == check.id]
    if check.trains or not seen:
        return next((m for m in candidates if m.part and m.part in wrong[:1]), None)
    signature = check.signature(seen, case)
    for mistake in candidates:
        if mistake.explains:
            arrays = arrays_of(mistake, check, case)
            if arrays is not None and equal_arrays(signature, check.signature(arrays, case)):
                return mistake
    return None


def right_arrays(check: Check, case: Case) -> Arrays | None:
    """What the reference gives on this case; None where that would take a training."""
    if check.trains:
        return None
    with _one_at_a_time, np.errstate(all="ignore"):
        space = reference.namespace(check.unit, (*check.provides, *check.uses))
        arrays, failure = run_observe(observer(check.id), Student(space, Path()), case)
    return None if failure is not None else arrays


def arrays_of(mistake: type[Mistake], check: Check, case: Case) -> dict[str, np.ndarray] | None:
    """What the mistake's code gives on this case; None if it raises."""
    with _one_at_a_time:
        return _arrays_of(mistake.id(), mistake.source(), check, case)


@lru_cache(maxsize=2048)
def _arrays_of(name: str, source: str, check: Check, case: Case) -> dict[str, np.ndarray] | None:
    unit = name.split(".", 1)[0]
    names = (*check.provides, *check.uses)
    space = reference.namespace(unit, names, source)
    with np.errstate(all="ignore"):
        arrays, failure = run_observe(observer(check.id), Student(space, Path()), case)
    return None if failure is not None else arrays
