"""A regrade writes what changed and nothing else, says what moved, and leaves a human's marks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from in_process import ROOT
from nbgrader.api import Gradebook

from autograder import code_hash, demo, gradebook
from autograder.course_folder import CourseFolder, create
from autograder.grade_class import ClassResult, grade_class
from autograder.recorded import LONGEST_NAME, Move, Place, file_name
from autograder.submission import Submission
from autograder.units import UNITS
from autograder.verdict import Report

MakeReport = Callable[..., Report]
Submit = Callable[..., Path]
FAIL = {"status": "fail", "points": 1.5, "message": "wrong"}
FAULT = {"status": "error", "points": 0.0, "message": "the judge raised"}


class Ready:
    """A marker whose reports are ready, by student."""

    def __init__(self, reports: Mapping[str, Report]) -> None:
        self.reports = reports

    def __enter__(self) -> Ready:
        return self

    def __exit__(self, *error: object) -> None: ...

    def mark_all(
        self, submissions: Iterable[Submission], jobs: int, regrade: bool, executor: None
    ) -> Iterator[Report]:
        for submission in submissions:
            yield self.reports[submission.student]


def grade(course: CourseFolder, *reports: Report) -> ClassResult:
    """`course grade` with these reports in place of a sandbox."""
    marker: Any = Ready({report.student: report for report in reports})
    return grade_class(course, "gru", marker=marker)


def human(course: CourseFolder, student: str, cell: str, points: float, said: str = "") -> None:
    """What formgrader writes when an instructor gives points and a comment."""
    with Gradebook(course.database) as book:
        grade = book.find_grade(cell, "gru", "gru", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        if said:
            book.find_comment(cell, "gru", "gru", student).manual_comment = said
        book.db.commit()


def rows(course: CourseFolder) -> set[tuple[Any, ...]]:
    """Every grade row as it is."""
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        return set(database.execute("SELECT * FROM grade"))


def written(course: CourseFolder, student: str) -> list[int]:
    """When this student's files were written last."""
    place = Place(course.root, "gru")
    paths = (
        course.notebook("autograded", student, "gru"),
        place.report(student),
        place.folder / ".recorded" / student,
    )
    return [path.stat().st_mtime_ns for path in paths]


def answer(notebook: Any) -> None:
    notebook.cells[-1].source = "Because the gate ..."


@pytest.fixture
def graded(course: CourseFolder, submit: Submit, make_report: MakeReport) -> CourseFolder:
    """ada and bela, graded; ada's written answer marked by a human with a comment."""
    for student in ("ada", "bela"):
        submit(student, answer)
    grade(course, make_report("ada"), make_report("bela", candidate=FAIL))
    human(course, "ada", "gru-written", 5.0, "Well argued.")
    return course


def test_the_same_reports_write_nothing(graded: CourseFolder, make_report: MakeReport) -> None:
    before = rows(graded), written(graded, "ada"), written(graded, "bela")
    result = grade(graded, make_report("ada"), make_report("bela", candidate=FAIL))
    assert result.moves == []
    assert (rows(graded), written(graded, "ada"), written(graded, "bela")) == before


def test_a_changed_check_touches_its_own_row_and_is_told(
    graded: CourseFolder, make_report: MakeReport
) -> None:
    before, bela = rows(graded), written(graded, "bela")
    result = grade(graded, make_report("ada", half_life=FAIL), make_report("bela", candidate=FAIL))
    assert result.moves == [Move("ada", "gru.half_life", 5.0, 1.5)]
    assert str(result.moves[0]) == "ada gru.half_life: 5 -> 1.5"
    assert len(rows(graded) - before) == 1
    assert written(graded, "bela") == bela
    (line,) = (Place(graded.root, "gru").folder / "changes.tsv").read_text().splitlines()
    assert line.split("\t")[1:] == ["ada", "gru.half_life", "5", "1.5"]


def test_a_humans_marks_and_comments_survive_and_are_not_asked_for_again(
    graded: CourseFolder, make_report: MakeReport
) -> None:
    human(graded, "ada", "gru-candidate", 6.5)
    grade(graded, make_report("ada", half_life=FAIL), make_report("bela", candidate=FAIL))
    mark = gradebook.marks(graded, "gru")["ada"]
    assert mark.manual == {"gru-written": 5.0, "gru-candidate": 6.5}
    assert mark.comments == {"gru-written": "Well argued."}
    assert mark.open == ()
    grade(graded, make_report("ada", candidate=FAIL), make_report("bela", candidate=FAIL))
    mark = gradebook.marks(graded, "gru")["ada"]
    assert mark.manual == {"gru-written": 5.0, "gru-candidate": 6.5}
    assert mark.open == ("gru-candidate",)  # its automatic points moved under the human's


def test_a_new_submission_is_shown_to_the_human_again(
    graded: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    submit("ada", lambda notebook: notebook.cells[-1].update(source="On second thoughts ..."))
    result = grade(graded, make_report("ada"), make_report("bela", candidate=FAIL))
    mark = gradebook.marks(graded, "gru")["ada"]
    assert (mark.manual, mark.open) == ({"gru-written": 5.0}, ("gru-written",))
    assert result.moves == []
    assert "second thoughts" in graded.notebook("autograded", "ada", "gru").read_text()


def test_what_is_decided_at_last_is_told(graded: CourseFolder, make_report: MakeReport) -> None:
    bela = make_report("bela", candidate=FAIL)
    first = grade(graded, make_report("ada", candidate=FAULT), bela)
    assert [str(move) for move in first.moves] == ["ada gru.candidate: 7 -> open"]
    then = grade(graded, make_report("ada"), bela)
    assert [str(move) for move in then.moves] == ["ada gru.candidate: open -> 7"]


@pytest.mark.parametrize("gone", ["row", "rows", "notebook", "report", "stage"])
def test_what_went_missing_is_made_again(
    graded: CourseFolder, make_report: MakeReport, gone: str
) -> None:
    place = Place(graded.root, "gru")
    before = gradebook.marks(graded, "gru")
    if gone == "row":
        with Gradebook(graded.database) as book:
            book.find_grade("gru-candidate", "gru", "gru", "bela").auto_score = 7.0
            book.db.commit()
    elif gone == "rows":
        with Gradebook(graded.database) as book:
            book.remove_submission("gru", "bela")
    elif gone == "notebook":
        shutil.rmtree(graded.notebook("autograded", "bela", "gru").parent)
    elif gone == "report":
        place.report("bela").write_text("{")
    else:
        place.begin("bela")
    grade(graded, make_report("ada"), make_report("bela", candidate=FAIL))
    assert gradebook.marks(graded, "gru") == before
    assert place.stage("bela")[0] == "done" and place.known("bela") is not None
    assert graded.notebook("autograded", "bela", "gru").is_file()


def test_a_new_due_date_is_applied(
    graded: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    (graded.root / "late_work.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class Late(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds): return 10.0\n"
    )
    config = graded.root / "nbgrader_config.py"
    config.write_text(
        config.read_text()
        + f"import sys; sys.path.insert(0, {str(graded.root)!r})\n"
        + "c.AssignLatePenalties.plugin_class = 'late_work.Late'\n"
    )
    path = submit("ada", answer)
    (path.parent / "timestamp.txt").write_text("2026-01-02 00:00:00 UTC")
    reports = make_report("ada"), make_report("bela", candidate=FAIL)
    grade(graded, *reports)
    assert gradebook.marks(graded, "gru")["ada"].late_penalty == 0.0
    with Gradebook(graded.database) as book:
        book.update_or_create_assignment("gru", duedate="2026-01-01 00:00:00 UTC")
    grade(graded, *reports)
    assert gradebook.marks(graded, "gru")["ada"].late_penalty == 10.0


def test_a_name_that_a_file_system_would_not_take_is_cut() -> None:
    names = ["名" * 84, "名" * 84 + "a", "x" * 255, "x" * 200, "ada"]
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(names) and files[3:] == names[3:]
    assert all(len(os.fsencode(name)) <= LONGEST_NAME for name in files)


def test_a_units_finished_reports_outlive_a_change_in_another_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "autograder"
    shutil.copytree(code_hash.HERE, code, ignore=shutil.ignore_patterns("__pycache__", "sandbox"))
    monkeypatch.setattr(code_hash, "HERE", code)
    monkeypatch.setattr(code_hash, "CODE", (code,))

    def hashes() -> dict[str, str]:
        code_hash.code_hash.cache_clear()
        return {unit: code_hash.code_hash(unit) for unit in UNITS}

    before = hashes()
    assert len(set(before.values())) == len(before)
    for name, changed in {
        "checks/gru_text.py": {"gru"},
        "observe/lstm.py": {"lstm"},
        "mistakes/rnn_keras.py": {"rnn"},
        "data/lstm_long_lag.json": {"lstm"},
        "checks/language_model.py": set(before),
        "compare.py": set(before),
    }.items():
        with open(code / name, "a") as file:
            file.write("\n# changed\n")
        after = hashes()
        assert {unit for unit in before if before[unit] != after[unit]} == changed, name
        before = after
    code_hash.code_hash.cache_clear()


@pytest.mark.sandbox
@pytest.mark.slow
def test_after_a_real_change_of_a_check_the_class_is_graded_anew(tmp_path: Path) -> None:
    """Two versions of this project over one course folder: the second one is stricter."""
    folder = create(tmp_path / "course", ["gru"], "en", seed=5)
    answers = demo.reference_answers()
    name = "gru-reset_gate-answer"
    demo.hand_in(folder, "ada", demo.answered(demo.released("en"), {name: answers[name]}))
    demo.hand_in(folder, "otto", demo.released("en"))
    stricter = tmp_path / "stricter"
    for package in ("autograder", "course_lib", "solutions", "assignments"):
        left_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, stricter / package, ignore=left_out)
    checks = stricter / "autograder" / "checks" / "gru.py"
    source = checks.read_text(encoding="utf-8")
    found = re.search(r"class ResetGate\(.*?\n(?=    def )", source, re.DOTALL)
    assert found is not None
    checks.write_text(
        source[: found.end()]
        + "    def judge(self, seen, expected, case):\n"
        + "        return [Finding('r', 1.0, Text('no longer right', '不再正确'))]\n\n"
        + source[found.end() :]
        + "\nfrom ..check import Finding\nfrom ..verdict import Text\n",
        encoding="utf-8",
    )

    def run(project: Path, *more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "autograder.cli", "grade", "gru", *more],
            cwd=folder.root,
            env={**os.environ, "PYTHONPATH": str(project), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=280,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "moved" not in run(ROOT)
    human(folder, "ada", "gru-written", 4.0, "Good.")
    otto = written(folder, "otto")
    moved = [line for line in run(stricter).splitlines() if line.startswith("moved:")]
    assert moved == ["moved: ada gru.reset_gate: 5 -> 0"]
    mark = gradebook.marks(folder, "gru")["ada"]
    assert (mark.score, mark.manual) == (4.0, {"gru-written": 4.0})
    assert mark.comments == {"gru-written": "Good."} and mark.open == ()
    assert written(folder, "otto") == otto
    assert "moved" not in run(stricter, "--regrade")
