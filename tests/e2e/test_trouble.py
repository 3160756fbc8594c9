"""Disk full, a gradebook that cannot be written, odd names, two graders: one line, nothing lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from killed import COMMANDS, finish, start, state_of
from servers import surroundings

from autograder import course_folder, demo, feedback, gradebook
from autograder.course_folder import CourseFolder

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

ODD = ("ada lovelace", "王小明", "🙂", "-rf", "x" * 200, "名" * 84, "[ada]", "o'hara; $(id) {0} %s")
UNSHOWABLE = ("a\nb", os.fsdecode(b"\xff\xfe"))
FRONTS = pytest.mark.parametrize("command", ["course", "nbgrader"])


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[CourseFolder, Path, str]:
    """A class with odd names, graded; the same class before that with its finished reports."""
    place = tmp_path_factory.mktemp("odd")
    folder = course_folder.create(place / "course", ["gru"], "en", seed=5)
    for student in ODD:
        demo.hand_in(folder, student, demo.released("en"))
    shutil.copytree(folder.root, place / "before")
    for student in UNSHOWABLE:
        demo.hand_in(folder, student, demo.released("en"))
    code, said = finish(folder, "course")
    assert code == 2
    shutil.copytree(folder.root / ".cache", place / "before" / ".cache")
    return folder, place / "before", said


@pytest.fixture
def fresh(graded: tuple[CourseFolder, Path, str], tmp_path: Path) -> CourseFolder:
    """The class before it was graded."""
    shutil.copytree(graded[1], tmp_path / "course")
    return CourseFolder(tmp_path / "course")


def test_students_with_odd_names_are_graded(graded: tuple[CourseFolder, Path, str]) -> None:
    folder, _, said = graded
    assert set(gradebook.marks(folder, "gru")) == set(ODD)
    assert set(gradebook.reports(folder, "gru")) == set(ODD)
    assert all(feedback.path_of(folder, "gru", student).is_file() for student in ODD)
    assert "Traceback" not in said
    for student in UNSHOWABLE:
        assert f"submitted/{student!a} has a name with characters that cannot be shown" in said


def test_nbgrader_grades_them_as_well(
    graded: tuple[CourseFolder, Path, str], fresh: CourseFolder
) -> None:
    demo.hand_in(fresh, UNSHOWABLE[0], demo.released("en"))
    code, said = finish(fresh, "nbgrader")
    assert code == 1 and "cannot be shown" in said and "Traceback" not in said
    assert gradebook.marks(fresh, "gru") == gradebook.marks(graded[0], "gru")


def inside(script: str, *fence: str | Path) -> str:
    """Run a shell script between bubblewrap's mounts; its output."""
    done = subprocess.run(
        ["bwrap", "--dev-bind", "/", "/", *map(str, fence), "--", "bash", "-c", script],
        env=surroundings(COLUMNS="200"),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def line(command: str) -> str:
    """The command as a shell has it."""
    return f"{sys.executable} -m {' '.join(COMMANDS[command])} 2>&1"


@pytest.mark.parametrize(
    ("command", "left"), [("course", 4), ("course", 300), ("course", 900), ("nbgrader", 300)]
)
def test_a_full_disk_is_said_and_the_next_run_goes_on(
    graded: tuple[CourseFolder, Path, str], fresh: CourseFolder, command: str, left: int
) -> None:
    """left: kB that are free when the run begins; a graded class takes more than 1 MB."""
    small = fresh.root.with_name("small")
    small.mkdir()
    said = inside(
        f"""cd {small} && cp -a {fresh.root}/. . && head -c 100M /dev/zero > ballast
        truncate -s -{left}K ballast; {line(command)}; echo code $?
        echo ----; rm ballast; {line(command)}; echo code $?; cp -a . {fresh.root}""",
        *("--size", str(6 << 20), "--tmpfs", small),
    )
    full, after = said.split("----")
    assert "the disk is full at" in full and "free some space" in full
    assert f"code {2 if command == 'course' else 1}" in full
    assert "code 0" in after
    assert "Traceback" not in said
    state = state_of(fresh)
    assert state["marks"] == gradebook.marks(graded[0], "gru")
    assert set(state["reports"]) == set(ODD)
    if command == "course":
        assert set(state["pages"]) == set(ODD)


@FRONTS
@pytest.mark.parametrize("what", ["gradebook.db", "."])
def test_what_cannot_be_written_is_named(fresh: CourseFolder, command: str, what: str) -> None:
    path = fresh.root / what
    said = inside(f"cd {fresh.root} && {line(command)}; echo code $?", "--ro-bind", path, path)
    assert "cannot be written: make file and folder writable" in said
    assert f"code {2 if command == 'course' else 1}" in said
    assert "Traceback" not in said


@FRONTS
def test_a_locked_gradebook_is_said(fresh: CourseFolder, command: str) -> None:
    other = sqlite3.connect(fresh.root / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    code, said = finish(fresh, command)
    other.close()
    assert code == (2 if command == "course" else 1)
    assert "is locked by another program" in said and "close what has it open" in said
    assert "Traceback" not in said and not gradebook.marks(fresh, "gru")


def test_a_second_grader_says_so_and_ends(fresh: CourseFolder) -> None:
    first = start(fresh, "course", "--regrade")
    lock = fresh.root / ".gradebook.lock"
    end = time.monotonic() + 120
    while not (lock.is_file() and lock.read_text()) and time.monotonic() < end:
        time.sleep(0.02)
    first.send_signal(19)  # SIGSTOP: it holds the lock for as long as we like
    try:
        for command, expected in (("course", 2), ("nbgrader", 1)):
            code, said = finish(fresh, command)
            assert code == expected
            assert f"another process is recording grades in {fresh.root}" in said
            assert f"(process {first.pid}); try again when it is done" in said
            assert "Traceback" not in said
    finally:
        first.send_signal(18)
    said, _ = first.communicate(timeout=280)
    assert first.returncode == 0, said
    assert set(gradebook.marks(fresh, "gru")) == set(ODD)
