"""nbgrader's pipeline with our steps: no kernel, one honest score a cell, nothing to tamper."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as some
from nbgrader.utils import determine_grade
from traitlets.config import Config

from autograder import course_folder, gradebook, nbgrader_cells, nbgrader_step, submission
from autograder.course_folder import CourseFolder
from autograder.verdict import Report

MakeReport = Callable[..., Report]
Submit = Callable[..., Any]
FAIL = {"status": "fail", "points": 2.0, "message": "r differs: <img src=x onerror=alert(1)>"}


def cell_of(notebook: Any, grade_id: str) -> Any:
    (found,) = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    return found


def graded(course: CourseFolder, report: Report) -> Any:
    """The autograded notebook of one recorded report."""
    assert gradebook.record(course, "gru", {report.student: report}) == {}
    return nbformat.read(course.notebook("autograded", report.student, "gru"), 4)


@given(some.floats(allow_nan=True, allow_infinity=True), some.floats(0.0, 100.0))
def test_a_score_is_always_a_number_that_nbgrader_takes_as_it_is(
    points: float, most: float
) -> None:
    text = nbgrader_cells.score(points, most)
    value = float(text)
    assert math.isfinite(value) and 0.0 <= value <= most and not text.startswith("-")
    cell = nbformat.v4.new_code_cell(
        metadata={"nbgrader": {"grade": True, "solution": False, "points": most}},
        outputs=[nbformat.v4.new_output("execute_result", data={"text/plain": text})],
    )
    assert determine_grade(cell) == (value, most)


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (3.5, "3.5"),
        (5, "5.0"),
        (0, "0.0"),
        (-0.0, "0.0"),
        (9.0, "5.0"),
        (math.nan, "0.0"),
        (math.inf, "0.0"),
    ],
)
def test_a_score_is_clamped_and_plain(points: float, text: str) -> None:
    assert nbgrader_cells.score(points, 5.0) == text


def test_each_test_cell_gets_one_explanation_and_one_score(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    submit("ada")
    notebook = graded(course, make_report(reset_gate=FAIL))
    shown, result = cell_of(notebook, "gru-reset_gate").outputs
    assert (shown.output_type, result.output_type) == ("display_data", "execute_result")
    assert result.data == {"text/plain": "2.0"}
    assert "&lt;img src=x" in shown.data["text/html"] and "<img" not in shown.data["text/html"]
    assert shown.data["text/plain"].startswith("◐ gru.reset_gate  2 of 5 points")
    assert cell_of(notebook, "gru-update_gate").outputs[1].data == {"text/plain": "5.0"}
    nbformat.validate(notebook)


def test_no_kernel_starts_and_no_line_of_the_students_runs(
    course: CourseFolder, submit: Submit, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a kernel was started")

    monkeypatch.setattr("jupyter_client.manager.KernelManager.start_kernel", refuse)
    monkeypatch.setattr("jupyter_client.manager.AsyncKernelManager.start_kernel", refuse)
    trace = course.root / "ran"

    def change(notebook: Any) -> None:
        cell_of(notebook, "gru-reset_gate-answer").source = f"open({str(trace)!r}, 'w').close()"

    submit("ada", change)
    graded(course, make_report())
    assert not trace.exists()


def test_of_a_students_outputs_only_their_pictures_stay(
    course: CourseFolder, submit: Submit, make_report: MakeReport, png: Callable[..., str]
) -> None:
    bad = [
        nbformat.v4.new_output("execute_result", data={"text/plain": "100.0"}),
        nbformat.v4.new_output("display_data", data={"text/html": "<script>steal()</script>"}),
        nbformat.v4.new_output("display_data", data={"image/svg+xml": "<svg onload='steal()'/>"}),
        nbformat.v4.new_output("stream", name="stderr", text="warning"),
        nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["t"]),
    ]
    plot = nbformat.v4.new_output(
        "execute_result", data={"image/png": png(), "text/html": "<b>", "text/plain": "9"}
    )

    def change(notebook: Any) -> None:
        cell_of(notebook, "gru-reset_gate-answer").outputs = [*bad, plot]
        cell_of(notebook, "gru-reset_gate").outputs = [*bad, plot]

    submit("ada", change)
    notebook = graded(course, make_report(reset_gate=FAIL))
    (kept,) = cell_of(notebook, "gru-reset_gate-answer").outputs
    assert kept.output_type == "display_data" and kept.data == {"image/png": png()}
    assert len(cell_of(notebook, "gru-reset_gate").outputs) == 2
    assert gradebook.marks(course, "gru")["ada"].score == 91.0


def test_nothing_of_a_students_text_can_run_in_a_browser(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    attack = "<script>steal()</script> $a <b$ <img src=x onerror=steal()> 1 < 2 <!-- --> </p>"

    def change(notebook: Any) -> None:
        notebook.metadata.widgets = {"state": "</script><script>steal()</script>"}
        notebook.metadata.course.language = "<b>"
        notebook.cells[0].source = attack
        notebook.cells[0].attachments = {"a.png": {"image/png' onerror='steal()": "x"}}
        notebook.cells.append(nbformat.v4.new_raw_cell(attack))
        written = cell_of(notebook, "gru-written")
        written.update(cell_type="code", source=attack, outputs=[], execution_count=None)

    submit("ada", change)
    notebook = graded(course, make_report())
    calm = "< script>steal()< /script> $a < b$ < img src=x onerror=steal()> 1 < 2 < !-- --> < /p>"
    assert notebook.cells[0].source == notebook.cells[-1].source == calm
    assert cell_of(notebook, "gru-written").source == calm
    assert cell_of(notebook, "gru-written").cell_type == "markdown"
    assert "attachments" not in notebook.cells[0]
    assert set(notebook.metadata) == {"course", "language_info", "kernelspec"}
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize(
    ("source", "calm"),
    [
        ("[a](javascript:x)", "[a] (javascript:x)"),
        ("[a](&#106;avascript:x)", "[a] (&#106;avascript:x)"),
        ("[a](\n data:text/html,x)", "[a] (\n data:text/html,x)"),
        ("[[a](https://b.org)](vbscript:x)", "[[a](https://b.org)] (vbscript:x)"),
        ("[a]: javascript:x", "[a] : javascript:x"),
        ("[a](https://b.org) [c](#d) [e](mailto:f)", "[a](https://b.org) [c](#d) [e](mailto:f)"),
        ("$h[t](x)$, a[0]", "$h[t] (x)$, a[0]"),
    ],
)
def test_links_lead_to_the_web_or_nowhere(source: str, calm: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source)])
    found, _ = nbgrader_step.Disarm().preprocess(notebook, {})
    assert found.cells[0].source == calm


TAMPERED: dict[str, Callable[[Any], None]] = {
    "points raised": lambda cell: cell.metadata.nbgrader.update(points=1000),
    "made a solution": lambda cell: cell.metadata.nbgrader.update(solution=True, locked=False),
    "no longer graded": lambda cell: cell.metadata.nbgrader.update(grade=False, solution=True),
    "metadata is a list": lambda cell: cell.metadata.update(nbgrader=["grade"]),
    "id is a number": lambda cell: cell.metadata.nbgrader.update(grade_id=3),
    "id of nothing": lambda cell: cell.metadata.nbgrader.update(grade_id="gru-bonus", points=50),
    "no metadata": lambda cell: cell.metadata.pop("nbgrader"),
    "tagged": lambda cell: cell.metadata.update(tags=["skip-execution"]),
    "made text": lambda cell: (
        cell.update(cell_type="markdown"),
        cell.pop("outputs"),
        cell.pop("execution_count"),
    ),
    "source replaced": lambda cell: cell.update(source="100.0"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_test_cell_scores_what_the_report_says(
    how: str, course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    submit("ada", lambda notebook: TAMPERED[how](cell_of(notebook, "gru-reset_gate")))
    notebook = graded(course, make_report(reset_gate=FAIL))
    cell = cell_of(notebook, "gru-reset_gate")
    assert cell.source == 'check("gru.reset_gate")' and cell.cell_type == "code"
    assert set(cell.metadata) == {"nbgrader"}
    mark = gradebook.marks(course, "gru")["ada"]
    assert (mark.score, mark.max_score) == (91.0, 100.0)


def test_deleted_cells_come_back_below_the_answer_they_test(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    def change(notebook: Any) -> None:
        for name in ("gru-reset_gate", "gru-over_time", "gru-written"):
            notebook.cells.remove(cell_of(notebook, name))

    submit("ada", change)
    notebook = graded(course, make_report(reset_gate=FAIL))
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    assert names[names.index("gru-reset_gate-answer") + 1] == "gru-reset_gate"
    assert {"gru-over_time", "gru-written"} <= set(names)
    mark = gradebook.marks(course, "gru")["ada"]
    assert (mark.score, mark.open) == (91.0, ())


def test_of_copies_of_a_cell_the_last_one_counts_once(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    def change(notebook: Any) -> None:
        twin = nbformat.from_dict({**cell_of(notebook, "gru-reset_gate"), "id": "twin"})
        notebook.cells.insert(0, twin)

    submit("ada", change)
    graded(course, make_report(reset_gate=FAIL))
    assert gradebook.marks(course, "gru")["ada"].score == 91.0


def test_a_grader_fault_leaves_the_points_open_for_a_human(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    submit("ada")
    graded(course, make_report(reset_gate={"status": "error", "points": 0.0, "message": "fault"}))
    mark = gradebook.marks(course, "gru")["ada"]
    assert "gru-reset_gate" in mark.open and mark.score == 89.0
    graded(course, make_report())
    mark = gradebook.marks(course, "gru")["ada"]
    assert "gru-reset_gate" not in mark.open and mark.score == 94.0


def test_a_test_cell_without_a_verdict_is_an_error_and_not_full_marks() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                metadata={"nbgrader": {"grade": True, "grade_id": "gru-new", "points": 5}}
            )
        ]
    )
    config = Config()
    config.Grade.grader = lambda notebook, where: Report("gru", "ada", "", 0.0, 0.0, ())
    step = nbgrader_step.Grade(config=config)
    with pytest.raises(ValueError, match="no verdict for test cell 'gru-new'.*release 'gru' again"):
        step.preprocess(notebook, {"nbgrader": {}})


def test_the_notebook_that_nbgrader_converts_is_the_submission_that_was_handed_in(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    def change(notebook: Any) -> None:
        cell_of(notebook, "gru-reset_gate-answer").source = "def reset_gate(*a):\n    return 1"
        notebook.cells.append(nbformat.v4.new_code_cell("x = 3"))

    path = submit("ada", change)
    (path.parent / "gru.weights.h5").write_bytes(b"weights")
    converted = graded(course, make_report())
    folder = course.notebook("autograded", "ada", "gru")
    again = submission.from_notebook(converted, submission.files_beside(folder), "ada", "gru")
    assert again.sha256 == submission.read(path, "gru", "ada").sha256


def test_the_step_reads_the_course_settings_and_grades_with_them(
    course: CourseFolder, submit: Submit, make_report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, str]] = []

    class Marker:
        def __init__(self, isolation: str, **settings: Any) -> None:
            self.settings = {"isolation": isolation, **settings}

        def mark(self, work: submission.Submission) -> Report:
            asked.append((self.settings, work.student))
            return make_report(work.student, reset_gate=FAIL)

        def close(self) -> None:
            asked.append(("closed", ""))

    monkeypatch.setattr("autograder.marking.Marker", Marker)
    submit("ada")
    submit("bela")
    with course_folder.nbgrader_at_work():
        converter = nbgrader_autograde(course)
        converter.start()
    nbgrader_step.marker(course).close()
    settings, _ = asked[0]
    assert settings["seed"] == 7 and settings["isolation"] == "bubblewrap"
    assert settings["limits"] == course.settings.limits
    assert [student for _, student in asked] == ["ada", "bela", ""]
    assert {mark.score for mark in gradebook.marks(course, "gru").values()} == {91.0}


def nbgrader_autograde(course: CourseFolder) -> Any:
    """The stock converter, as `nbgrader autograde gru` starts it."""
    from nbgrader.converters import Autograde

    return Autograde(
        coursedir=course.coursedir(assignment_id="gru"),
        config=course.config(),
        log=course_folder.quiet_log(),
    )
