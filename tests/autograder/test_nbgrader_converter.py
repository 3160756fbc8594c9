"""nbgrader's own Autograde, as the course folder's settings make it: what it skips and what not."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from autograder import gradebook
from autograder.course_folder import CourseError, CourseFolder, nbgrader_at_work
from autograder.recorded import Place
from autograder.sandbox.sitting import SandboxError
from autograder.storage import refusal, single_writer
from autograder.verdict import Report

MakeReport = Callable[..., Report]
Submit = Callable[..., Path]
FAIL = {"status": "fail", "points": 1.5, "message": "wrong"}


@pytest.fixture
def autograde(
    course: CourseFolder, make_report: MakeReport, caplog: pytest.LogCaptureFixture
) -> Callable[..., str]:
    """autograde(**ids) runs nbgrader's converter as its command does; what it logged."""

    def run(grader: Any = None, **ids: str) -> str:
        def ready(notebook: Any, where: Any) -> Report:
            return make_report(where["nbgrader"]["student"])

        config = course.config()
        config.Grade.grader = grader or ready
        log = logging.getLogger("autograde")
        caplog.clear()
        with caplog.at_level(logging.INFO, "autograde"), nbgrader_at_work():
            Autograde(
                coursedir=course.coursedir(assignment_id="gru", **ids), config=config, log=log
            ).start()
        return caplog.text

    return run


def test_what_is_done_is_skipped_and_what_changed_is_not(
    course: CourseFolder, submit: Submit, autograde: Callable[..., str]
) -> None:
    for student in ("ada", "bela"):
        submit(student)
    autograde()
    submit("bela", lambda notebook: notebook.cells[-1].update(source="Handed in again."))
    said = autograde()
    assert f"Skipping existing assignment: {course.root / 'autograded' / 'ada'}" in said
    assert "bela/gru is half-made or of other files" in said
    assert "Handed in again." in course.notebook("autograded", "bela", "gru").read_text()


def test_a_half_made_folder_is_made_again(
    course: CourseFolder, submit: Submit, autograde: Callable[..., str]
) -> None:
    submit("ada")
    autograde()
    before = gradebook.marks(course, "gru")
    half = course.notebook("autograded", "ada", "gru")
    half.chmod(0o644)
    half.write_text("{")
    Place(course.root, "gru").begin("ada")  # a kill after this and before the end
    autograde()
    nbformat.validate(nbformat.read(half, 4))
    assert gradebook.marks(course, "gru") == before
    assert set(gradebook.reports(course, "gru")) == {"ada"}


def test_students_whom_nbgrader_leaves_out_stay_as_they_are(
    course: CourseFolder, submit: Submit, autograde: Callable[..., str]
) -> None:
    for student in ("ada", "bela"):
        submit(student)
    autograde()
    submit("ada", lambda notebook: notebook.cells[-1].update(source="Handed in again."))
    autograde(student_id_exclude="ada,chen")
    assert "Handed in again." not in course.notebook("autograded", "ada", "gru").read_text()


def test_only_ordinary_files_are_copied_from_beside_the_notebook(
    course: CourseFolder, submit: Submit, autograde: Callable[..., str]
) -> None:
    ada, bela = submit("ada").parent, submit("bela").parent
    (bela / "gru.npz").write_bytes(b"weights of bela's")
    (ada / "gru.npz").symlink_to(bela / "gru.npz")
    (ada / "nowhere").symlink_to("not there")
    os.mkfifo(ada / "pipe")
    (ada / "figures").mkdir()
    (ada / "figures" / "a.txt").write_text("text")
    with open(ada / "huge.bin", "wb") as file:
        file.truncate(200_000_001)
    said = autograde()
    there = course.notebook("autograded", "ada", "gru").parent
    found = {str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()}
    assert found == {"gru.ipynb", "figures/a.txt"}
    assert said.count("is no ordinary file and is left out") == 3
    assert "huge.bin is too large and is left out" in said
    assert (course.notebook("autograded", "bela", "gru").parent / "gru.npz").is_file()


def test_one_failure_stops_nobody_and_leaves_nothing_half_made(
    course: CourseFolder, submit: Submit, make_report: MakeReport, autograde: Callable[..., str]
) -> None:
    for student in ("ada", "bela", "chen"):
        submit(student)

    def grader(notebook: Any, where: Any) -> Report:
        if where["nbgrader"]["student"] == "bela":
            raise RuntimeError("two\nlines")
        return make_report(where["nbgrader"]["student"])

    with pytest.raises(NbGraderException, match="not recorded: bela"):
        autograde(grader)
    assert set(gradebook.reports(course, "gru")) == {"ada", "chen"}
    assert not course.notebook("autograded", "bela", "gru").parent.exists()
    autograde()
    assert set(gradebook.reports(course, "gru")) == {"ada", "bela", "chen"}


def test_what_concerns_everybody_ends_the_run_in_one_line(
    course: CourseFolder, submit: Submit, autograde: Callable[..., str]
) -> None:
    for student in ("ada", "bela"):
        submit(student)

    def grader(notebook: Any, where: Any) -> Report:
        raise SandboxError("no sandbox: bubblewrap is missing. Install it")

    with pytest.raises(NbGraderException, match="^no sandbox: bubblewrap is missing"):
        autograde(grader)
    assert not (course.root / "autograded" / "ada" / "gru").exists()


def test_what_moved_is_logged(
    course: CourseFolder, submit: Submit, make_report: MakeReport, autograde: Callable[..., str]
) -> None:
    path = submit("ada")
    autograde()
    (path.parent / "note.txt").write_text("new")
    said = autograde(lambda notebook, where: make_report("ada", candidate=FAIL))
    assert "Moved: ada gru.candidate: 7 -> 1.5" in said


def test_a_damaged_gradebook_is_named(course: CourseFolder) -> None:
    (course.root / "gradebook.db").write_bytes(b"no database at all" * 99)
    named = pytest.raises(CourseError, match=r"gradebook.db is damaged.*put a backup in its place")
    with named, single_writer(course):
        pass


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (OSError(errno.ENOSPC, "No space", "/course/x"), "the disk is full at /course/x"),
        (OSError(errno.EDQUOT, "Quota"), "the disk is full at"),
        (OSError(errno.EROFS, "Read-only", "/course/x"), "/course/x cannot be written"),
        (PermissionError(errno.EACCES, "No", "/course/x"), "/course/x is not yours to use"),
        (OSError(errno.EMFILE, "Too many"), None),
        (ValueError("database is locked"), None),
    ],
    ids=["full", "quota", "read-only", "permission", "another", "ours"],
)
def test_what_the_disk_refuses_is_one_line(
    course: CourseFolder, problem: Exception, says: str | None
) -> None:
    found = refusal(problem, course)
    assert found is None if says is None else says in str(found) and "\n" not in str(found)
    assert says is None or "what is recorded so far is kept" in str(found)
