"""An answer that does nothing earns nothing: no rule is kept by accident, not even in part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.check import Finding, credit, registry
from autograder.grade import grade
from autograder.sandbox.parent import Server
from autograder.submission import Cell, Submission
from autograder.units import UNITS
from autograder.verdict import Text

BODIES = {
    "None": "return None",
    "what it is given first": "return given[0] if given else None",
    "what it is given last": "return given[-1] if given else None",
    "zero": "return 0.0",
    "one": "return 1.0",
    "zeros": "return np.zeros_like(np.asarray(given[0], dtype=float))",
    "an empty list": "return []",
    "an empty dict": "return {}",
}
WRONG = Text("wrong", "错")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.mark.sandbox
@pytest.mark.parametrize("unit", UNITS)
def test_an_answer_that_does_nothing_earns_nothing(unit: str, server: Server) -> None:
    names = sorted({name for check in registry(unit) for name in check.provides})
    for returned, body in BODIES.items():
        lines = (f"def {name}(*given, **named):\n    {body}" for name in names)
        cell = Cell("lazy", "\n".join(["import numpy as np", *lines]))
        report = grade(Submission(unit, "ada", (cell,)), server.sit, seed=5)
        earned = {verdict.check: verdict.points for verdict in report.checks if verdict.points}
        assert earned == {}, returned
        assert not report.needs_human, returned


def test_a_rule_that_is_kept_by_doing_nothing_needs_another_one() -> None:
    right, wrong = Finding("h", 0.75, None), Finding("h", 0.75, WRONG)
    kept, changed = (Finding("input", 0.25, p, beside=True) for p in (None, WRONG))
    assert credit([right, kept]) == 1.0
    assert credit([right, changed]) == 0.75
    assert credit([wrong, kept]) == 0.0


def test_a_part_is_worth_what_the_worst_case_leaves_of_it() -> None:
    one, other = Finding("a", 0.5, None), Finding("b", 0.5, None)
    assert credit([one, other, one, Finding("b", 0.5, WRONG)]) == 0.5
    assert credit([]) == 0.0
