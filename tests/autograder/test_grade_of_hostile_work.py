"""What the grading holds against work that attacks: who is believed, what a process may hold."""

from __future__ import annotations

import ast
from typing import Any

import keras
import numpy as np
import pytest
from in_process import SEED, InProcess, followed_by, marks, reference

from autograder import reference as solution
from autograder import withheld
from autograder.case import Case
from autograder.check import registry
from autograder.grade import grade
from autograder.notebook import InThisKernel
from autograder.noticed import WORDS
from autograder.sandbox import notice
from autograder.sandbox.observation import Failure, Observation
from autograder.units import UNITS
from autograder.verdict import Report, readable

CLAIM = Failure("claim", "no space left on the grader")
WRONG_RESET = "def reset_gate(x, h_prev, W_xr, W_hr, b_r):\n    return 0 * h_prev"


class Claims(InProcess):
    """A process that calls the grader faulty; without a student's code it does only if `always`."""

    always = False

    def __init__(self) -> None:
        super().__init__()
        self.loaded = False

    def load(self, *arguments: Any) -> dict[str, Any]:
        self.loaded = True
        return super().load(*arguments)

    def observe(self, function: str, case: Case, seconds: float) -> Observation:
        if self.loaded or self.always:
            return Observation(failure=CLAIM)
        return super().observe(function, case, seconds)


class ClaimsAlways(Claims):
    always = True


def report_of(sitting: Any, *only: str, source: str = "") -> Report:
    return grade(followed_by(source), sitting, seed=SEED, only=only)


def test_a_fault_that_only_the_students_process_sees_is_no_fault() -> None:
    report = report_of(Claims, "gru.reset_gate")
    assert (report.checks[0].status, report.points) == ("fail", 0.0)
    assert "a fault that there is not" in report.checks[0].message
    assert "wrote to the grader's channel" in report.notes[0]


def test_a_fault_that_is_there_without_the_student_too_is_ours() -> None:
    report = report_of(ClaimsAlways, "gru.reset_gate")
    assert report.checks[0].status == "error"
    assert report.needs_human


def test_a_process_holds_the_references_parts_only_while_a_check_is_given_them() -> None:
    held: dict[str, set[str]] = {}

    class Watched(InProcess):
        given: set[str]

        def __init__(self) -> None:
            super().__init__()
            self.given = set()

        def define(self, source: str, names: list[str]) -> dict[str, Any]:
            self.given |= set(names)
            return super().define(source, names)

        def observe(self, function: str, case: Case, seconds: float) -> Observation:
            held[function] = set(self.given)
            return super().observe(function, case, seconds)

    only = [check.id for check in registry("gru") if not check.trains]
    report = report_of(Watched, *only, source=WRONG_RESET)
    assert report.verdict("gru.over_time").status == "pass"
    assert held["gru.over_time"] == {"reset_gate"}
    for check in registry("gru"):
        if check.id in held:
            assert held[check.id] <= set(check.uses)


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_given_answers_no_later_check(unit: str) -> None:
    earlier: set[str] = set()
    asked = {name for check in registry(unit) for name in check.provides}
    for check in registry(unit):
        for names in {tuple(sorted(check.uses)), *((name,) for name in check.uses)} - {()}:
            bound = {
                name
                for node in ast.parse(solution.stand_in(unit, names)).body
                for name in [getattr(node, "name", "")]
            }
            assert bound & asked <= earlier, check.id
        earlier |= set(check.provides)


def test_no_process_goes_on_from_a_check_that_shows_trained_weights() -> None:
    assert [c.id for c in registry("gru") if c.reveals] == ["gru.same_model"]
    sittings: list[tuple[int, str]] = []

    class Watched(InProcess):
        def observe(self, function: str, case: Case, seconds: float) -> Observation:
            sittings.append((id(self), function))
            alive.append(self)
            return Observation(failure=Failure("exception", "ValueError: no"))

    alive: list[InProcess] = []
    order = ["gru.half_life", "gru.same_model", "gru.gates_over_time"]  # given what was wrong
    report_of(Watched, "gru.reset_gate", *order, source=WRONG_RESET)
    seen = [sitting for sitting in sittings if sitting[1] != "gru.reset_gate"]
    assert [function for _, function in seen] == order
    (_, before, after) = (sitting for sitting, _ in seen)
    assert before != after


def test_what_was_never_defined_is_not_observed() -> None:
    class Says(InProcess):
        def load(self, *arguments: Any) -> dict[str, Any]:
            return {**super().load(*arguments), "defined": ["half_life"]}

        def observe(self, function: str, case: Case, seconds: float) -> Observation:
            assert function == "gru.half_life"
            return super().observe(function, case, seconds)

    report = report_of(Says, "gru.reset_gate", "gru.half_life")
    assert [v.status for v in report.checks] == ["fail", "pass"], report.checks[0].message
    assert report.checks[0].message == "Not done yet: reset_gate."


def test_what_a_process_tried_is_noted_once_and_in_the_reports_language() -> None:
    class Tries(InProcess):
        noticed = {"network", "process"}

    only = ("gru.reset_gate", "gru.update_gate")
    for language, words in (("en", "tried to reach a network"), ("zh", "试图访问网络")):
        report = grade(reference(), Tries, seed=SEED, only=only, language=language)
        assert len(report.notes) == 1
        assert report.notes[0].startswith("gru.reset_gate: " + words)
        assert report.points == report.max_points  # a note decides no mark


def test_every_kind_of_notice_has_words() -> None:
    assert tuple(WORDS) == notice.KINDS
    assert notice.kinds(bytes(range(256))) == set(notice.KINDS)
    assert notice.kinds(b"") == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J94 / 94\r", "␛[2J94 / 94␍"),
        ("\x9b32m\u202eabc\u2066\ud800\x7f", "\ufffd32m\ufffdabc\ufffd\ufffd\ufffd"),
        ("h̃_t\n\té 中文 🎉", "h̃_t\n\té 中文 🎉"),
    ],
)
def test_nothing_in_a_strangers_text_is_obeyed(text: str, shown: str) -> None:
    assert readable(text) == shown


def test_messages_and_notes_are_readable() -> None:
    source = "def reset_gate(*arguments):\n    raise ValueError('\\x1b[2J')"
    assert "␛[2J" in marks(followed_by(source), "gru.reset_gate").checks[0].message


def test_in_the_kernel_keras_layers_are_withheld_for_the_time_of_the_check() -> None:
    def parameter_count(features: int, units: int, reset_after: bool = False) -> int:
        cell = keras.layers.GRUCell(units, reset_after=reset_after)
        cell.build((None, features))
        return int(cell.count_params())

    space = {"parameter_count": parameter_count}
    case = Case("public", {"sizes": np.array([[2, 3]])})
    seen = InThisKernel(space).observe("gru.parameter_count", case, 9.0)
    assert seen.failure is not None
    assert seen.failure.kind == "layer"
    assert parameter_count(2, 3) == 3 * (2 * 3 + 3 * 3 + 3)  # and afterwards they are back


def test_the_files_of_the_withheld_layers_are_there_to_be_hidden() -> None:
    names = {path.name for path in withheld.files()}
    assert {"gru.py", "lstm.py", "simple_rnn.py", "recurrent.py"} <= names
