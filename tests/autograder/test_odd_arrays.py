"""No array that a process can send makes a judge fail: it is found wrong, and that is all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import reference
from autograder.case import Case
from autograder.check import Check, registry
from autograder.diagnose import right_arrays
from autograder.failures import unusable
from autograder.grade import _judged
from autograder.observe import observer
from autograder.sandbox.observation import Observation
from autograder.student import Student, run_observe
from autograder.units import UNITS

ODD = {
    "NaN": lambda a: np.full(a.shape, np.nan),
    "infinite": lambda a: np.full(a.shape, -np.inf),
    "huge": lambda a: np.full(a.shape, 1.7e308),
    "tiny": lambda a: np.full(a.shape, 5e-324),
    "smallest integer": lambda a: np.full(a.shape, -(2**63), np.int64),
    "largest integer": lambda a: np.full(a.shape, 2**64 - 1, np.uint64),
    "half precision": lambda a: np.full(a.shape, 6e4, np.float16),
    "yes": lambda a: np.ones(a.shape, bool),
    "scalar": lambda a: np.array(0.3),
    "empty": lambda a: np.zeros(0),
    "empty of its rank": lambda a: np.zeros((0,) * max(1, a.ndim)),
    "empty, but wide": lambda a: np.zeros((0, 10**6, 0)),
    "of rank 16": lambda a: np.ones((1,) * 16),
    "first alone": lambda a: a.ravel()[:1],
    "twice": lambda a: np.concatenate([a.ravel(), a.ravel()]),
    "turned": lambda a: a.T,
}
OF_TRAINING = {
    "losses": np.array([3.0, 2.0]),
    "theta": np.array(1.0),
    "steps": np.array(3.0),
    "other_clipping": np.array(False),
    "handed_in": np.array(False),
    "loss_takes_probabilities": np.array(False),
    "predictions": np.zeros((500, 1)),
}


def changed(seen: dict[str, np.ndarray]) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """The observation with one of its arrays, or all of them, missing or odd."""
    yield "nothing", {}
    for name in seen:
        yield f"{name} missing", {k: v for k, v in seen.items() if k != name}
    for odd, make in ODD.items():
        strange = {name: make(np.asarray(array)) for name, array in seen.items()}
        yield f"all {odd}", strange
        for name in seen:
            yield f"{name} {odd}", {**seen, name: strange[name]}


def observed(check: Check, case: Case, answer: dict[str, Any]) -> dict[str, np.ndarray]:
    """The reference's arrays; where that would take a training, arrays of that form."""
    if check.trains:
        ids = case.values.get("held_out_inputs", np.zeros((1, 1)))
        logits = np.zeros((*ids.shape, int(case.values.get("vocabulary_size", 1))))
        return {"logits": logits, **OF_TRAINING}
    seen, failure = run_observe(observer(check.id), Student(answer, Path()), case)
    assert failure is None, failure
    return seen


def _signature(check: Check, seen: dict[str, np.ndarray], case: Case) -> None:
    """As the search for a mistake asks for it, of arrays that a mistake could give."""
    right = right_arrays(check, case)
    if right is None or unusable(seen, right) is None:
        with np.errstate(all="ignore"):
            check.signature(seen, case)


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_no_odd_array_makes_a_judge_fail(unit: str) -> None:
    names = {name for check in registry(unit) for name in (*check.provides, *check.uses)}
    answer = reference.namespace(unit, names)
    failed = []
    for check in registry(unit):
        case, expected = check.cases(5, hidden=False)[0]
        for label, seen in changed(observed(check, case, answer)):
            try:
                findings = _judged(check, Observation(seen), expected, case, None)
                _signature(check, seen, case)
            except Exception as error:
                failed.append(f"{check.id}, {label}: {type(error).__name__}: {error}")
            else:
                assert sum(f.share for f in findings if f.problem is None) < 1.0 + 1e-9
    assert failed == []
