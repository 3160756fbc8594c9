"""Which known mistake is behind a wrong answer: the one with equal arrays on the same case."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from . import reference
from .aside import NotRun
from .case import Case
from .check import Arrays, Check
from .compare import equal_arrays
from .desk import Run
from .mistakes import Mistake, bank
from .observe import observer
from .student import Student, run_observe

_one_at_a_time = threading.Lock()


def here(source: str, check: Check, case: Case) -> Arrays | None:
    """In this process."""
    space = reference.namespace(check.unit, (*check.provides, *check.uses), source)
    with np.errstate(all="ignore"):
        arrays, failure = run_observe(observer(check.id), Student(space, Path()), case)
    return None if failure is not None else arrays


def diagnose(
    check: Check, seen: Arrays, case: Case, wrong: Sequence[str] = (), aside: Run | None = None
) -> type[Mistake] | None:
    """The mistake whose observation equals the student's, or None. Runs the bank's code only.

    Training leaves no arrays that two runs share, and a withheld layer none at all: there the
    first of the wrong parts decides.
    aside: runs what needs TensorFlow, so that the grader's own process does not load it; where
    there is none, this process does.
    """
    candidates = [m for m in bank(check.unit) if m.caught_by == check.id]
    if check.trains or not seen:
        return next((m for m in candidates if m.part and m.part in wrong[:1]), None)
    signature = check.signature(seen, case)
    for mistake in candidates:
        if mistake.explains:
            arrays = arrays_of(mistake, check, case, aside)
            if arrays is not None and equal_arrays(signature, check.signature(arrays, case)):
                return mistake
    return None


def right_arrays(check: Check, case: Case, aside: Run | None = None) -> Arrays | None:
    """What the reference gives on this case; None where that would take a training."""
    return None if check.trains else _arrays("", check, case, aside)


def arrays_of(
    mistake: type[Mistake], check: Check, case: Case, aside: Run | None = None
) -> Arrays | None:
    """What the mistake's code gives on this case; None if it raises."""
    return _arrays(mistake.source(), check, case, aside)


def _arrays(source: str, check: Check, case: Case, aside: Run | None) -> Arrays | None:
    run = aside if aside is not None and _needs_tensorflow(check) else here
    with _one_at_a_time:
        try:
            return _known(_Question(source, check, case, run))
        except NotRun:
            return None  # not kept: the next one may have more luck


@dataclass(frozen=True)
class _Question:
    source: str
    check: Check
    case: Case
    run: Run = field(compare=False)


@lru_cache(maxsize=2048)
def _known(question: _Question) -> Arrays | None:
    return question.run(question.source, question.check, question.case)


@lru_cache(maxsize=256)
def _needs_tensorflow(check: Check) -> bool:
    names = (*check.provides, *check.uses)
    return bool(reference.LOADS_TENSORFLOW.search(reference.source(check.unit, names)))
