"""`course grade` writes what nbgrader writes: every row, every byte, late work and humans too."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde

from autograder import gradebook, recorder
from autograder.course_folder import CourseFolder, nbgrader_at_work, quiet_log
from autograder.verdict import Report

MakeReport = Callable[..., Report]
Submit = Callable[..., Path]
Reports = dict[str, Report]
FAIL = {"status": "fail", "points": 1.5, "message": "wrong"}
FAULT = {"status": "error", "points": 0.0, "message": "the judge raised"}
LATE = """
import sys; sys.path.insert(0, {!r})
c.AssignLatePenalties.plugin_class = "{}.Late"
"""
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin
class Late(LateSubmissionPlugin):
    def late_submission_penalty(self, student, score, seconds): return score * seconds / 864000
"""
READABLE = ("ada", "bela", "chen", "dora", "late", "sick")


def answered(notebook: Any) -> None:
    notebook.cells[-1].source = "Because the gate ..."


def tampered(notebook: Any) -> None:
    """A test cell gone, one twice with other points, a tag that skips it, an output of ours."""
    tests = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    notebook.cells.remove(tests[0])
    twice = nbformat.from_dict(tests[1])
    twice.update(id="twice", source="pass")
    twice.metadata["nbgrader"]["points"] = 99
    notebook.cells.append(twice)
    tests[2].metadata["tags"] = ["skip-execution"]
    tests[3].outputs = [nbformat.v4.new_output("stream", name="stderr", text="x")]


@pytest.fixture
def handed_in(course: CourseFolder, submit: Submit) -> CourseFolder:
    """A class of every kind: answered, tampered with, late, excused, with files, unreadable."""
    changes = {"bela": answered, "chen": tampered}
    for student in READABLE:
        path = submit(student, changes.get(student, lambda notebook: None))
        (path.parent / "timestamp.txt").write_text("2026-01-02 00:00:00 UTC")
    folder = course.notebook("submitted", "dora", "gru").parent
    (folder / "timestamp.txt").unlink()
    (folder / "gru.weights.h5").write_bytes(b"weights")
    submit("eve").write_bytes(b"\xff no notebook")
    submit("fred").rename(course.notebook("submitted", "fred", "gru").with_name("final.ipynb"))
    (course.root / "source" / "gru" / "data.csv").write_text("a,b")
    plugin = f"late_{course.root.parent.name.replace('-', '_')}"
    (course.root / f"{plugin}.py").write_text(PLUGIN)
    with open(course.root / "nbgrader_config.py", "a") as config:
        config.write(LATE.format(str(course.root), plugin))
    with nbgrader_at_work(), Gradebook(course.database) as book:
        book.update_or_create_assignment("gru", duedate="2026-01-01 00:00:00 UTC")
        book.update_or_create_student("sick", first_name="Sick")
        book.update_or_create_submission("gru", "sick")
        book.grant_extension("gru", "sick", days=3)
    return course


def twin(course: CourseFolder, name: str) -> CourseFolder:
    """A copy of the course as it is now."""
    return CourseFolder(shutil.copytree(course.root, course.root.parent / name, symlinks=True))


def autograded(course: CourseFolder, reports: Reports, own_steps: bool = False) -> None:
    """What `nbgrader autograde --force` does; with `own_steps` by nbgrader's classes alone."""
    config = course.config()
    config.Grade.grader = lambda notebook, where: reports[where["nbgrader"]["student"]]
    if own_steps:
        del config.Autograde["exporter_class"]
        steps = config.Autograde.autograde_preprocessors
        steps[steps.index("autograder.nbgrader_step.SaveVerdicts")] = (
            "nbgrader.preprocessors.SaveAutoGrades"
        )
    with nbgrader_at_work():
        coursedir = course.coursedir(assignment_id="gru")
        converter = Autograde(coursedir=coursedir, config=config, log=quiet_log())
        converter.force = True
        converter.start()


def rows(course: CourseFolder) -> dict[str, list[Any]]:
    """Every row of every table; random ids are named after what they stand for."""
    with contextlib.closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        database.row_factory = sqlite3.Row
        names = [
            n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        tables = {n: [dict(row) for row in database.execute(f"SELECT * FROM {n}")] for n in names}
    known = {row["id"]: f"of {row['student_id']}" for row in tables["submitted_assignment"]}
    for row in tables["submitted_notebook"]:
        known[row["id"]] = f"notebook {known[row['assignment_id']]}"
    for row in [*tables["grade"], *tables["comment"]]:
        known[row["id"]] = "a row"
    return {
        name: sorted(
            str([(k, known.get(value, value)) for k, value in row.items()]) for row in table
        )
        for name, table in tables.items()
    }


def files(course: CourseFolder) -> dict[str, tuple[bytes, int]]:
    """Every file under autograded/ and its mode; a message may name the course's folder."""
    root, named = course.root / "autograded", str(course.root).encode()
    return {
        str(path.relative_to(root)): (path.read_bytes().replace(named, b"."), path.stat().st_mode)
        for path in root.rglob("*")
        if path.is_file()
    }


def equal(one: CourseFolder, two: CourseFolder) -> None:
    found, expected = rows(one), rows(two)
    assert set(found) == set(expected)
    for table in expected:
        assert found[table] == expected[table], table
    assert files(one) == files(two)


@pytest.fixture
def reports(make_report: MakeReport) -> Reports:
    students = (*READABLE, "eve", "fred")
    changes: dict[str, dict[str, Any]] = {"ada": {"candidate": FAIL}, "late": {"half_life": FAIL}}
    return {student: make_report(student, **changes.get(student, {})) for student in students}


def test_rows_and_notebooks_are_those_of_nbgraders_own_steps(
    handed_in: CourseFolder, reports: Reports
) -> None:
    for student in ("eve", "fred"):  # nbgrader itself loses those
        shutil.rmtree(handed_in.root / "submitted" / student)
        del reports[student]
    theirs = twin(handed_in, "theirs")
    autograded(theirs, reports, own_steps=True)
    assert gradebook.record(handed_in, "gru", reports) == {}
    equal(handed_in, theirs)
    marks = gradebook.marks(handed_in, "gru")
    assert marks["late"].late_penalty > 5.0 == marks["sick"].late_penalty + 5.0


def test_a_regrade_writes_what_nbgrader_autograde_writes_and_leaves_a_humans_marks(
    handed_in: CourseFolder, reports: Reports, make_report: MakeReport
) -> None:
    theirs = twin(handed_in, "theirs")
    assert gradebook.record(handed_in, "gru", reports) == {}
    autograded(theirs, reports)
    equal(handed_in, theirs)
    reports |= {
        "ada": make_report("ada", candidate=FAULT),
        "bela": make_report("bela", half_life=FAIL),
        "eve": make_report("eve", half_life=FAIL),
    }
    for course in (handed_in, theirs):
        with Gradebook(course.database) as book:
            for student in reports:
                for cell, points in (("gru-candidate", 6.0), ("gru-written", 4.0)):
                    grade = book.find_grade(cell, "gru", "gru", student)
                    grade.manual_score, grade.needs_manual_grade = points, False
                grade.extra_credit = 0.5
                said = book.find_comment("gru-written", "gru", "gru", student)
                said.manual_comment = "Well argued."
                book.find_submission_notebook("gru", "gru", student).flagged = True
            book.update_or_create_assignment("gru", duedate="2026-01-03 00:00:00 UTC")
        note = course.notebook("submitted", "chen", "gru").with_name("note.txt")
        note.write_text("handed in again")
    assert gradebook.record(handed_in, "gru", reports) == {}
    autograded(theirs, reports)
    equal(handed_in, theirs)
    marks = gradebook.marks(handed_in, "gru")
    assert {mark.late_penalty for mark in marks.values()} == {0.0}
    assert {mark.manual["gru-candidate"] for mark in marks.values()} == {6.0}
    assert marks["ada"].open == ("gru-candidate",)  # a fault now, under a human's mark
    assert marks["dora"].open == () and len(marks["chen"].open) == 2


def test_the_template_names_the_steps_that_are_known(course: CourseFolder) -> None:
    assert recorder.is_usual(course.config().Autograde)
    with contextlib.closing(gradebook.recorder(course, "gru")) as made:
        assert type(made) is recorder.QuickRecorder


@pytest.mark.parametrize("change", ["IgnorePattern", "create_student"])
def test_other_steps_are_left_to_nbgraders_converter(
    course: CourseFolder, submit: Submit, make_report: MakeReport, change: str
) -> None:
    with open(course.root / "nbgrader_config.py", "a") as config:
        if change == "create_student":
            config.write("c.Autograde.create_student = False\n")
        else:
            step = "nbgrader.preprocessors.IgnorePattern"
            config.write(f"c.Autograde.autograde_preprocessors.insert(1, {step!r})\n")
    with contextlib.closing(gradebook.recorder(course, "gru")) as made:
        assert type(made) is recorder.Recorder
    submit("ada")
    failed = gradebook.record(course, "gru", {"ada": make_report("ada")})
    if change == "create_student":
        assert "No student with ID 'ada' exists" in failed["ada"]
    else:
        assert failed == {} and gradebook.marks(course, "gru")["ada"].score == 94.0


def test_steps_of_the_instructors_behind_ours_run_as_they_are(
    course: CourseFolder, submit: Submit, make_report: MakeReport
) -> None:
    (course.root / "behind.py").write_text(
        "from nbgrader.preprocessors import NbGraderPreprocessor\n"
        "from nbgrader.api import Gradebook\n"
        "class Behind(NbGraderPreprocessor):\n"
        "    def preprocess(self, notebook, resources):\n"
        "        where = resources['nbgrader']\n"
        "        with Gradebook(where['db_url']) as book:\n"
        "            row = book.find_submission('gru', where['student'])\n"
        "            notebook.metadata['said'] = str(row.score)\n"
        "        return notebook, resources\n"
    )
    with open(course.root / "nbgrader_config.py", "a") as config:
        config.write(
            f"import sys; sys.path.insert(0, {str(course.root)!r})\n"
            "c.Autograde.autograde_preprocessors.append('behind.Behind')\n"
        )
    submit("ada")
    assert gradebook.record(course, "gru", {"ada": make_report("ada")}) == {}
    notebook = nbformat.read(course.notebook("autograded", "ada", "gru"), 4)
    assert notebook.metadata["said"] == "94.0"
    assert type(gradebook.recorder(course, "gru")) is recorder.QuickRecorder


def test_what_the_gradebook_refuses_leaves_no_row_and_no_notebook(
    course: CourseFolder,
    submit: Submit,
    make_report: MakeReport,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for student in ("ada", "bela"):
        submit(student)
    before = rows(course)

    def add(self: Any, student: str, scores: Any) -> None:
        real_add(self, student, scores)
        if student == "ada":
            raise RuntimeError("in the middle")

    real_add = recorder.Rows._add
    monkeypatch.setattr(recorder.Rows, "_add", add)
    failed = gradebook.record(course, "gru", {s: make_report(s) for s in ("ada", "bela")})
    assert set(failed) == {"ada"} and "in the middle" in failed["ada"]
    assert set(gradebook.marks(course, "gru")) == {"bela"}
    assert not course.notebook("autograded", "ada", "gru").parent.exists()
    after = rows(course)
    assert [row for row in after["student"] if "ada" in row] == []
    assert len(after["grade"]) > len(before["grade"])
