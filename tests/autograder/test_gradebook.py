"""Reports reach nbgrader's database; what a human gave survives; a killed run loses nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder import gradebook
from autograder.course_folder import CourseError, CourseFolder
from autograder.recorded import Place
from autograder.storage import single_writer
from autograder.verdict import Report

MakeReport = Callable[..., Report]
Submit = Callable[..., Path]
FAIL = {"status": "fail", "points": 1.5, "message": "wrong"}


def set_manual(
    course: CourseFolder, student: str, cell: str, points: float, said: str = ""
) -> None:
    """What formgrader writes when an instructor gives points and a comment."""
    with Gradebook(course.database) as book:
        grade = book.find_grade(cell, "gru", "gru", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if said:
            book.find_comment(cell, "gru", "gru", student).manual_comment = said
        book.db.commit()


def test_points_in_the_database_are_the_reports(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    reports = {
        "ada": make_report("ada"),
        "bela": make_report("bela", candidate=FAIL, half_life={"status": "skip", "points": 0.0}),
    }
    for student in reports:
        submit(student)
    assert gradebook.record(course, "gru", reports) == {}
    with Gradebook(course.database) as book:
        for student, report in reports.items():
            for verdict in report.checks:
                grade = book.find_grade(verdict.check.replace(".", "-"), "gru", "gru", student)
                assert (grade.auto_score, grade.max_score) == (verdict.points, verdict.max_points)
    marks = gradebook.marks(course, "gru")
    assert {s: m.score for s, m in marks.items()} == {s: r.points for s, r in reports.items()}
    assert marks["ada"].max_score == 100.0


def test_a_manual_score_survives_regrading_and_wins(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    submit("ada", lambda notebook: notebook.cells[-1].update(source="Because the gate ..."))
    gradebook.record(course, "gru", {"ada": make_report(candidate=FAIL)})
    set_manual(course, "ada", "gru-written", 5.0, "Well argued.")
    set_manual(course, "ada", "gru-candidate", 6.0)
    gradebook.record(course, "gru", {"ada": make_report(candidate=FAIL)})
    mark = gradebook.marks(course, "gru")["ada"]
    assert mark.manual == {"gru-written": 5.0, "gru-candidate": 6.0}
    assert mark.score == 94.0 - 7.0 + 6.0 + 5.0
    assert mark.comments == {"gru-written": "Well argued."}


def test_an_answered_question_waits_for_a_human_and_an_empty_one_does_not(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    submit("ada", lambda notebook: notebook.cells[-1].update(source="Because the gate ..."))
    submit("bela")
    gradebook.record(course, "gru", {s: make_report(s) for s in ("ada", "bela")})
    marks = gradebook.marks(course, "gru")
    assert (marks["ada"].open, marks["bela"].open) == (("gru-written",), ())


def test_a_late_penalty_is_in_the_mark(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    (course.root / "late.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class Late(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds): return 10.0\n"
    )
    config = course.root / "nbgrader_config.py"
    config.write_text(
        config.read_text()
        + f"import sys; sys.path.insert(0, {str(course.root)!r})\n"
        + "c.AssignLatePenalties.plugin_class = 'late.Late'\n"
    )
    with Gradebook(course.database) as book:
        book.update_or_create_assignment("gru", duedate="2026-01-01 00:00:00 UTC")
    path = submit("ada")
    (path.parent / "timestamp.txt").write_text("2026-01-02 00:00:00 UTC")
    assert gradebook.record(course, "gru", {"ada": make_report()}) == {}
    mark = gradebook.marks(course, "gru")["ada"]
    assert (mark.late_penalty, mark.score) == (10.0, 94.0)


def test_reports_come_back_as_they_were_written_and_half_written_ones_do_not(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    report = make_report(candidate=FAIL, language="zh")
    submit("ada")
    gradebook.record(course, "gru", {"ada": report})
    assert gradebook.reports(course, "gru") == {"ada": report}
    Place(course.root, "gru").report("bela").write_text('{"unit": "gru"')
    assert gradebook.reports(course, "gru") == {"ada": report}


def test_a_run_that_was_killed_is_finished_by_running_again(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    for student in ("ada", "bela"):
        submit(student)
    reports = {s: make_report(s, candidate=FAIL) for s in ("ada", "bela")}

    def die(student: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gradebook.record(course, "gru", reports, done=die)
    half = course.notebook("autograded", "bela", "gru")
    half.parent.mkdir(parents=True)
    half.write_text("{")  # what a kill in the middle of nbgrader's writing leaves
    assert set(gradebook.reports(course, "gru")) == {"ada"}
    assert gradebook.record(course, "gru", reports) == {}
    assert set(gradebook.reports(course, "gru")) == {"ada", "bela"}
    assert json.loads(half.read_text())["cells"]


def test_one_broken_submission_does_not_stop_the_others(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    submit("ada").write_text("not a notebook")
    submit("bela")
    seen: list[str] = []
    failed = gradebook.record(
        course, "gru", {s: make_report(s) for s in ("ada", "bela", "chen")}, done=seen.append
    )
    assert set(failed) == {"chen"} and "nothing was handed in" in failed["chen"]
    assert gradebook.marks(course, "gru")["bela"].score == 94.0
    assert seen == ["ada", "bela", "chen"]


def test_two_writers_at_once_are_refused(course: CourseFolder, make_report: MakeReport) -> None:
    refused = pytest.raises(CourseError, match="another process is recording.*try again")
    with single_writer(course), refused:
        gradebook.record(course, "gru", {"ada": make_report()})
    gradebook.record(course, "gru", {})


def test_a_unit_that_was_never_released_is_named(course: CourseFolder) -> None:
    with pytest.raises(CourseError, match=r"does not know 'lstm'; release it first"):
        gradebook.record(course, "lstm", {})
    assert gradebook.marks(course, "lstm") == {}


def test_recording_takes_well_under_a_second_a_submission(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    students = [f"s{i}" for i in range(6)]
    for student in students:
        submit(student)
    begin = time.process_time()  # not the wall's: other work on the machine is not ours
    gradebook.record(course, "gru", {s: make_report(s) for s in students})
    assert (time.process_time() - begin) / len(students) < 1.0  # 0.3 s on a quiet machine


def test_no_hidden_seed_reaches_a_file_that_students_get(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    text = (course.root / "course.toml").read_text()
    course_seed = 918_273_645_546_372
    (course.root / "course.toml").write_text(text.replace("seed = 7", f"seed = {course_seed}"))
    submit("ada")
    gradebook.record(course, "gru", {"ada": make_report()})
    for path in [*course.root.glob("release/**/*"), *course.root.glob("autograded/**/*")]:
        if path.is_file():
            assert str(course_seed).encode() not in path.read_bytes()


def test_source_cells_in_the_gradebook_hold_no_answer(course: CourseFolder) -> None:
    answers: Any = __import__("nbformat").read(course.notebook("source", ".", "gru"), 4)
    solved = {c.source for c in answers.cells if c.metadata.get("nbgrader", {}).get("solution")}
    with Gradebook(course.database) as book:
        sources = {cell.source for cell in book.find_notebook("gru", "gru").source_cells}
    assert sources and not sources & solved
