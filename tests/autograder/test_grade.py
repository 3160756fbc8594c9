"""From answers to marks: what costs what, in which order, and whose fault it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from in_process import SEED, InProcess, followed_by, marks, problems, reference, without_training

from autograder import check as checks
from autograder import desk
from autograder import grade as grading
from autograder import reference as solution
from autograder.case import Case
from autograder.check import GraderFault, find, registry
from autograder.sandbox.limits import Limits
from autograder.sandbox.observation import KINDS, Failure, Observation
from autograder.submission import Cell, Submission, read
from autograder.verdict import Report

NUMPY = ("gru.reset_gate", "gru.candidate", "gru.one_step", "gru.over_time", "gru.gates_over_time")
WRONG_RESET = "def reset_gate(x, h_prev, W_xr, W_hr, b_r):\n    return 0 * h_prev"
STUBS = "\n\n".join(
    f"def {name}(*arguments):\n    raise NotImplementedError('not done yet')"
    for check in registry("gru")
    for name in check.provides
)


def failed(report: Report) -> dict[str, str]:
    """Status of what did not pass."""
    return {v.check: v.status for v in report.checks if v.status != "pass"}


def message(source: str, check: str, *, hidden: bool = False, language: str = "en") -> str:
    """What the student is told about this answer."""
    return marks(followed_by(source), check, hidden=hidden, language=language).checks[0].message


def sitting_that(observe: Callable[..., Observation | None]) -> Callable[[], InProcess]:
    """Sittings whose observations go through observe(sitting, check, case); None: as it is."""

    class Changed(InProcess):
        def observe(self, function: str, case: Case, seconds: float) -> Observation:
            changed = observe(self, function, case)
            return changed if changed is not None else super().observe(function, case, seconds)

    return Changed


def graded(open_sitting: Callable[[], Any], *only: str, **more: Any) -> Report:
    """The reference, observed by these sittings."""
    return grading.grade(reference(), open_sitting, seed=SEED, only=only, **more)


# --- what costs what ---------------------------------------------------------------------------


def test_the_reference_gets_all_points_and_no_message() -> None:
    report = marks(followed_by(), *NUMPY)
    assert problems(report) == []
    assert all(not v.message and not v.hint and v.points == v.max_points for v in report.checks)
    assert (report.unit, report.language, report.needs_human) == ("gru", "en", False)
    assert report.submission == followed_by().sha256


def test_one_slip_costs_its_own_check_only() -> None:
    report = marks(followed_by(WRONG_RESET), *NUMPY, "gru.step_gradients")
    assert failed(report) == {"gru.reset_gate": "fail"}
    assert report.points == report.max_points - 5


def test_later_parts_are_graded_with_the_references_earlier_ones() -> None:
    several = WRONG_RESET + "\n\ndef candidate(*a): raise ValueError('no')\n\nnew_state = None"
    report = marks(followed_by(several), *NUMPY, "gru.new_state")
    assert set(failed(report)) == {"gru.reset_gate", "gru.candidate", "gru.new_state"}


def test_the_references_parts_take_the_tensors_and_lists_of_a_student() -> None:
    tensors = (
        "def gru_step_gradients(x, h_prev, params, dh):\n    return {}\n\n"
        "def gru_gradients(xs, h_0, params, dhs):\n"
        "    hs, _ = gru_over_time(xs, h_0, params)\n"
        "    before = tf.concat([h_0[:, None], hs[:, :-1]], axis=1)\n"
        "    g, dxs, dh = {n: 0.0 for n in PARAMETERS}, [], tf.zeros_like(h_0)\n"
        "    for t in reversed(range(xs.shape[1])):\n"
        "        s = gru_step_gradients(tf.constant(xs)[:, t], before[:, t], params,\n"
        "                               [*(dhs[:, t] + dh)])\n"
        "        dh, dxs = s['h_prev'], [s['x'], *dxs]\n"
        "        g = {n: g[n] + s[n] for n in g}\n"
        "    return {'xs': tf.stack(dxs, axis=1), 'h_0': dh, **g}\n"
    )
    report = marks(followed_by(tensors), "gru.step_gradients", "gru.gradients_over_time")
    assert failed(report) == {"gru.step_gradients": "fail"}


def test_a_references_part_sees_nothing_of_the_students() -> None:
    changed = followed_by("def sigmoid(x): return 0 * x")
    report = marks(changed, "gru.update_gate", *NUMPY)
    assert set(failed(report)) == {"gru.reset_gate", "gru.update_gate"}


def test_partial_credit_for_the_parts_that_are_right() -> None:
    last_only = "def gru_over_time(xs, h_0, params):\n    return 0, gru_step(xs[:, 0], h_0, params)"
    both = marks(followed_by(last_only), "gru.over_time").checks[0]
    assert (both.status, both.points) == ("fail", 0)
    swapped = solution.definition("gru", "gru_over_time").replace(
        "return np.stack", "return 1 + np.stack"
    )
    one = marks(followed_by(swapped), "gru.over_time").checks[0]
    assert (one.status, one.points, one.max_points) == ("fail", 3.0, 6.0)


def test_a_part_is_earned_only_if_it_is_right_on_every_case() -> None:
    public, _ = find("gru.new_state").cases(SEED, False)[0]
    learned = (
        f"def new_state(z, h, c):\n    return z * h + (1 - z) * c + (z.shape != {public.z.shape})"
    )
    report = marks(followed_by(learned), "gru.new_state")
    verdict = report.checks[0]
    assert (verdict.status, verdict.points) == ("fail", 0)
    assert verdict.message.startswith("On a hidden case: h differs")
    assert marks(followed_by(learned), "gru.new_state", hidden=False).checks[0].status == "pass"
    assert "在隐藏用例上：" in message(learned, "gru.new_state", hidden=True, language="zh")


def test_a_prerequisite_that_failed_skips_with_its_name() -> None:
    broken = "class GRUCell(keras.layers.Layer):\n    pass"
    report = marks(followed_by(broken), "gru.keras_cell", "gru.same_model")
    skipped = report.verdict("gru.same_model")
    assert (skipped.status, skipped.points) == ("skip", 0)
    assert skipped.message == "Skipped: gru.keras_cell has to pass first."
    chinese = marks(followed_by(broken), "gru.keras_cell", "gru.same_model", language="zh")
    assert chinese.verdict("gru.same_model").message == "已跳过：需先通过 gru.keras_cell。"


def test_the_references_trained_weights_give_the_references_perplexity() -> None:
    assert problems(marks(followed_by(), "gru.same_model")) == []
    swapped = solution.definition("gru", "GRUCell").replace("(1 - z) * h_tilde", "z * h_tilde")
    text = message(swapped, "gru.same_model")
    assert re.fullmatch(
        r"Held-out perplexity is [\d.]+ with the reference's trained weights in your cell; "
        r"expected \d\.\d+ \(±0\.1 %\)\.",
        text,
    )


def test_many_wrong_parts_are_shown_two_and_named() -> None:
    text = message("def gru_step_gradients(*a): return {}", "gru.step_gradients")
    assert text.count("\n") == 2
    assert text.startswith("dL/dx is missing") and "dL/dh_prev is missing" in text
    assert text.endswith("Also wrong: dL/dW_xr, dL/dW_hr, dL/db_r, dL/dW_xz, dL/dW_hz, dL/db_z, "
                         "dL/dW_xh, dL/dW_hh, dL/db_h.")  # fmt: skip
    assert "还有：" in message(
        "def gru_step_gradients(*a): return {}", "gru.step_gradients", language="zh"
    )


# --- what the student is told ------------------------------------------------------------------


def test_a_stub_is_not_done_yet() -> None:
    report = marks(followed_by(STUBS))
    for verdict in report.checks:
        names = ", ".join(find(verdict.check).provides)
        wanted = f"Not done yet: {names}." if names else ""
        assert verdict.message == wanted or verdict.status == "skip", verdict
    assert report.points == 0
    assert message(STUBS, "gru.candidate", language="zh") == "尚未完成：candidate。"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_released_notebook_is_not_done_yet_in_its_own_language(language: str) -> None:
    report = marks(read(f"assignments/{language}/gru/gru.ipynb"), *NUMPY)
    words = {"en": "Not done yet: reset_gate.", "zh": "尚未完成：reset_gate。"}
    assert report.language == language
    assert report.verdict("gru.reset_gate").message == words[language]
    assert report.points == 0


def test_a_name_that_nobody_defined_is_not_done_yet() -> None:
    empty = Submission("gru", "ada", ())
    assert marks(empty, "gru.reset_gate").checks[0].message == "Not done yet: reset_gate."


def test_an_exception_is_told_with_the_students_own_line() -> None:
    text = message("def candidate(x, h, r, *p):\n    y = x @ h\n    return y", "gru.candidate")
    assert text.startswith("Your code raised ValueError: matmul: Input operand 1 has a mismatch")
    assert "\n    cell extra 0, line 2: y = x @ h" in text
    assert "Shapes: x (batch, features), h (batch, units), W_x* (features, units)" in text
    assert "in_process" not in text and "observe" not in text
    chinese = message("def candidate(x, h, r, *p): return x @ h", "gru.candidate", language="zh")
    assert chinese.startswith("你的代码抛出了异常 ValueError") and "形状：x (批量, 特征)" in chinese


def test_tensorflows_own_not_implemented_is_no_stub() -> None:
    source = "@tf.function\ndef reset_gate(x, h, *p):\n    return np.exp(x)"
    text = message(source, "gru.reset_gate")
    assert text.startswith("Your code raised NotImplementedError") and "Not done" not in text


def test_a_cell_that_could_not_be_run_is_named_instead_of_a_missing_name() -> None:
    failed_import = "from nowhere import expit\n\ndef reset_gate(x, h, *p):\n    return expit(x)"
    text = message(failed_import, "gru.reset_gate")
    assert "NameError: name 'expit' is not defined" in text
    assert "This cell could not be run: ModuleNotFoundError: No module named 'nowhere'" in text
    assert text.endswith("extra 0, line 1: from nowhere import expit")
    only = Submission("gru", "ada", (Cell("mine", "def reset_gate(:\n    pass"),))
    text = marks(only, "gru.reset_gate").checks[0].message
    assert text.startswith("This cell could not be run: SyntaxError")
    assert text.endswith("mine, line 1: def reset_gate(:")


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        ("None", "r is missing: your code returned None. Did you forget `return`?"),
        ("'text'", "Your code did not return usable arrays. (r is a str of <U4"),
        ("[[1, 2], [3]]", "Your code did not return usable arrays. (r is no array"),
        ("object()", "Your code did not return usable arrays. (r is a object; expected an array"),
        ("x[:1]", "r has shape"),
    ],
)
def test_what_is_no_array_is_named(returned: str, says: str) -> None:
    assert message(f"def reset_gate(x, *a): return {returned}", "gru.reset_gate").startswith(says)


def test_a_known_mistake_adds_its_hint_in_the_reports_language() -> None:
    swapped = "def new_state(z, h_prev, h_tilde):\n    return (1 - z) * h_prev + z * h_tilde"
    for language, start in (
        ("en", "You have z and 1 − z swapped."),
        ("zh", "你把 z 和 1 − z 对调了。"),
    ):
        verdict = marks(followed_by(swapped), "gru.new_state", language=language).checks[0]
        assert verdict.mistake == "gru.UpdateSwapped"
        assert verdict.hint.startswith(start)


def test_an_unknown_mistake_still_gets_a_message_and_no_hint() -> None:
    verdict = marks(followed_by("def new_state(z, h, c): return 0.3 * z"), "gru.new_state").checks[
        0
    ]
    assert verdict.message and not verdict.hint and not verdict.mistake


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"exception", "not_done", "claim", "fault"}))
def test_every_kind_of_failure_has_a_sentence_in_both_languages(kind: str) -> None:
    opened = sitting_that(lambda *_: Observation(failure=Failure(kind, "details")))
    english = graded(opened, "gru.reset_gate", language="en").checks[0]
    chinese = graded(opened, "gru.reset_gate", language="zh").checks[0]
    assert english.status == chinese.status == "fail" and english.points == 0
    assert english.message.startswith("Your ") and english.message != "Your code failed."
    assert chinese.message.startswith("你的代码") and chinese.message != "你的代码运行失败。"


def test_the_limit_that_was_hit_is_given_as_a_number() -> None:
    limits = Limits(check_seconds=3.0, train_seconds=44.0, memory_mb=777)
    for kind, check, number in [("time", "gru.reset_gate", "within 3 seconds"),
                                ("time", "gru.learns", "within 44 seconds"),
                                ("memory", "gru.reset_gate", "777 MB")]:  # fmt: skip
        opened = sitting_that(lambda *_, kind=kind: Observation(failure=Failure(kind, "")))
        assert number in graded(opened, check, limits=limits).checks[0].message


# --- whose fault it is -------------------------------------------------------------------------


def error(report: Report, check: str) -> str:
    """The message of a check that ended in the grader's own fault, all else being well."""
    verdict = report.verdict(check)
    assert (verdict.status, verdict.points) == ("error", 0)
    assert report.needs_human
    assert all(v.status == "pass" for v in report.checks if v.check != check)
    return verdict.message


def test_a_judge_that_raises_is_the_graders_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("in the judge")

    monkeypatch.setattr(type(find("gru.candidate")), "judge", broken)
    text = error(marks(followed_by(), *NUMPY), "gru.candidate")
    assert (
        text
        == "The grader failed here, not you: ZeroDivisionError: in the judge. A human will look."
    )
    chinese = marks(followed_by(), *NUMPY, language="zh").verdict("gru.candidate").message
    assert chinese.startswith("这里是评分程序出错，不是你的错：")


def test_expected_values_in_doubt_are_the_graders_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def doubt(*_: Any) -> Any:
        raise GraderFault("two ways disagree")

    monkeypatch.setattr(type(find("gru.candidate")), "cases", doubt)
    text = error(marks(followed_by(), *NUMPY), "gru.candidate")
    assert text == "The grader failed here, not you: two ways disagree. A human will look."


def test_a_fault_of_the_sandbox_is_the_graders_fault() -> None:
    opened = sitting_that(
        lambda _, check, case: (
            Observation(failure=Failure("fault", "pipe burst")) if "candidate" in check else None
        )
    )
    assert "pipe burst" in error(graded(opened, *NUMPY), "gru.candidate")


def test_a_reference_part_that_cannot_be_put_in_is_the_graders_fault() -> None:
    class Refuses(InProcess):
        def define(self, source: str, names: list[str]) -> dict[str, Any]:
            return {"failure": Failure("fault", "given code: SyntaxError")}

    report = grading.grade(followed_by(WRONG_RESET), Refuses, seed=SEED, only=NUMPY[:3])
    assert report.verdict("gru.reset_gate").status == "fail"
    assert report.verdict("gru.one_step").status == "error"
    assert report.needs_human


def test_an_unreadable_file_gives_no_points_and_needs_a_human() -> None:
    report = grading.unreadable("gru", "ada", "gru.ipynb is empty", "zh")
    assert report.points == 0 and report.needs_human and report.language == "zh"
    assert report.max_points == sum(check.points for check in registry("gru"))
    assert {v.message for v in report.checks} == {"gru.ipynb is empty"} == set(report.notes)


# --- sittings ----------------------------------------------------------------------------------


class Counted(InProcess):
    """Counts how often a sitting was opened and closed, and which one died."""

    opened: list[Counted] = []
    dies_at = ""

    def __init__(self) -> None:
        super().__init__()
        self.opened.append(self)
        self.closed = 0

    def observe(self, function: str, case: Case, seconds: float) -> Observation:
        if self.dead:
            return Observation(failure=Failure("fault", "asked a dead sitting"))
        if function == self.dies_at:
            self.dead = True
            return Observation(failure=Failure("died", "exit code 3"))
        return super().observe(function, case, seconds)

    def close(self) -> None:
        self.closed += 1
        super().close()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    """The class with no sitting opened yet."""
    monkeypatch.setattr(Counted, "opened", [])
    return Counted


def test_one_sitting_serves_all_checks_and_is_closed(counted: type[Counted]) -> None:
    assert problems(graded(counted, *NUMPY)) == []
    assert [sitting.closed for sitting in counted.opened] == [1]


def test_parts_that_stand_alone_go_first_and_the_report_keeps_the_units_order(
    counted: type[Counted],
) -> None:
    seen = []

    class Listed(counted):  # type: ignore[misc, valid-type]
        def observe(self, function: str, case: Case, seconds: float) -> Observation:
            seen.append((self.opened.index(self), function))
            return super().observe(function, case, seconds)

    only = (*NUMPY, "gru.keras_weights", "gru.half_life")
    report = grading.grade(followed_by(WRONG_RESET), Listed, seed=SEED, hidden=False, only=only)
    assert failed(report) == {"gru.reset_gate": "fail"}
    alone = ("gru.reset_gate", "gru.candidate", "gru.keras_weights", "gru.half_life")
    given = ("gru.one_step", "gru.over_time", "gru.gates_over_time")
    assert list(dict.fromkeys(seen)) == [(0, check) for check in (*alone, *given)]
    order = [check.id for check in registry("gru") if check.id in only]
    assert [v.check for v in report.checks] == order


def test_a_sitting_that_died_is_replaced_and_grading_goes_on(
    counted: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "dies_at", "gru.candidate")
    report = graded(counted, *NUMPY)
    assert failed(report) == {"gru.candidate": "fail"}
    assert "ended the Python process" in report.verdict("gru.candidate").message
    assert [sitting.closed for sitting in counted.opened] == [1, 1]


def test_after_a_death_the_references_parts_are_put_in_again(
    counted: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "dies_at", "gru.one_step")
    report = grading.grade(followed_by(WRONG_RESET), counted, seed=SEED, only=NUMPY)
    assert set(failed(report)) == {"gru.reset_gate", "gru.one_step"}


def test_sittings_are_closed_when_the_grader_is_interrupted(counted: type[Counted]) -> None:
    class Interrupted(Counted):
        def observe(self, function: str, case: Case, seconds: float) -> Observation:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graded(Interrupted, *NUMPY)
    assert [sitting.closed for sitting in counted.opened] == [1]


class Loads(Counted):
    """Loading hits the time limit if one of these names is asked for."""

    too_slow: frozenset[str] = frozenset()

    def load(
        self, cells: list[dict[str, str]], names: list[str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        if self.too_slow & set(names):
            self.dead = True
            return {"problems": [], "failure": Failure("time", "")}
        return super().load(cells, names, files)


def test_a_cell_that_never_ends_costs_only_the_checks_that_need_it(
    counted: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Loads, "too_slow", frozenset({"candidate"}))
    report = graded(Loads, *NUMPY, limits=Limits(load_seconds=20.0))
    assert failed(report) == {"gru.candidate": "fail"}
    text = report.verdict("gru.candidate").message
    assert text.startswith("While your cells were being run: Your code did not finish within 20 s")
    assert all(sitting.closed == 1 for sitting in counted.opened)


def test_loading_that_always_fails_is_not_tried_for_every_check(
    counted: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {name for check in registry("gru") for name in check.provides}
    monkeypatch.setattr(Loads, "too_slow", frozenset(names))
    report = graded(Loads, *without_training(), language="zh")
    assert report.points == 0 and not report.needs_human
    assert set(failed(report).values()) <= {"fail", "skip"}
    assert report.checks[-1].message.startswith("运行你的单元格时：你的代码没有在")
    assert len(counted.opened) <= desk.LOADS_AT_MOST + 1


def test_a_sandbox_that_cannot_load_is_the_graders_fault() -> None:
    class Broken(InProcess):
        def load(self, *_: Any) -> dict[str, Any]:
            return {"problems": [], "failure": Failure("fault", "no server")}

    report = graded(Broken, "gru.reset_gate", "gru.candidate")
    assert {v.status for v in report.checks} == {"error"}


# --- the same again ----------------------------------------------------------------------------


def test_the_same_submission_and_seed_give_the_same_report() -> None:
    handed_in = followed_by(WRONG_RESET, "def half_life(z): return z[0, 0]")
    only = (*NUMPY, "gru.half_life", "gru.step_gradients")
    one, other = (marks(handed_in, *only).without_times() for _ in range(2))
    assert one.to_json() == other.to_json()


def test_only_and_known_verdicts_are_taken_as_they_are() -> None:
    first = marks(followed_by(WRONG_RESET), "gru.reset_gate").checks[0]
    report = grading.grade(
        followed_by(WRONG_RESET), InProcess, seed=SEED, only=NUMPY, known={first.check: first}
    )
    assert report.checks[0] is first
    assert failed(report) == {"gru.reset_gate": "fail"}
    assert [v.check for v in report.checks] == list(NUMPY)


def test_the_students_code_gets_arrays_of_its_own() -> None:
    vandal = "def new_state(z, h_prev, h_tilde):\n    h_prev *= 0\n    z += 1\n    return h_prev"
    marks(followed_by(vandal), "gru.new_state")
    assert problems(marks(followed_by(), "gru.new_state")) == []
    in_place = "def new_state(z, h, c):\n    h *= z\n    h += (1 - z) * c\n    return h"
    assert problems(marks(followed_by(in_place), "gru.new_state")) == []


def test_notes_of_the_submission_reach_the_report() -> None:
    noted = replace(followed_by(), notes=("code cell 3 has no text and was left out",))
    assert marks(noted, "gru.new_state").notes == noted.notes


def test_the_cases_are_drawn_once_for_all_students() -> None:
    check = find("gru.new_state")
    pairs = zip(check.cases(SEED, True), check.cases(SEED, True), strict=True)
    assert all(case is again for (case, _), (again, _) in pairs)
    assert checks.registry("gru")[0] is find("gru.reset_gate")
    assert not np.array_equal(check.cases(1, True)[1][0].z, check.cases(2, True)[1][0].z)


def test_an_answer_that_no_mistake_explains_learns_which_limiting_cases_hold() -> None:
    source = "def new_state(z, h_prev, h_tilde): return z * h_prev + (1 - z) * 1.25 * h_tilde"
    en, zh = (message(source, "gru.new_state", language=language) for language in ("en", "zh"))
    assert "Limiting cases: right at z_t = 1 (h_t = h_{t-1}). Wrong at z_t = 0" in en
    assert "极限情形：正确的有 z_t = 1 (h_t = h_{t-1})。错误的有 z_t = 0" in zh
    stale = """def gru_over_time(xs, h_0, params):
        hs = [gru_step(xs[:, t], 0.9 * h_0, params) for t in range(xs.shape[1])]
        return np.stack(hs, 1), hs[-1]"""
    found = message(stale, "gru.over_time", language="en")
    assert "right at z_t = 0, r_t = 0 (h_t = tanh(x_t W_xh + b_h)). Wrong at z_t = 1" in found


def test_an_explained_mistake_needs_no_limiting_cases() -> None:
    swapped = "def new_state(z, h_prev, h_tilde): return (1 - z) * h_prev + z * h_tilde"
    assert "Limiting" not in message(swapped, "gru.new_state")


def test_limiting_cases_that_are_all_wrong_say_nothing() -> None:
    assert "Limiting" not in message(WRONG_RESET, "gru.reset_gate")
