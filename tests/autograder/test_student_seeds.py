"""A seed for each student: hidden cases that differ between students, the same from every front."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder import cli, fronts, nbgrader_step
from autograder.check import find
from autograder.course_folder import CourseError, CourseFolder, Settings
from autograder.grade_class import grade_class
from autograder.marking import Marker, students_seed
from autograder.pytest_plugin import Grading
from autograder.submission import Submission, read
from autograder.verdict import Report

SEED = 7


@pytest.fixture
def seeds(monkeypatch: pytest.MonkeyPatch, make_report: Callable[..., Report]) -> dict[str, int]:
    """Student -> the seed that their submission was graded with; nothing is run."""
    used: dict[str, int] = {}

    def grade(submission: Submission, open_sitting: Any, *, seed: int, **options: Any) -> Report:
        used[submission.student] = seed
        return make_report(submission.student)

    monkeypatch.setattr("autograder.workers.grade", grade)
    monkeypatch.setattr(Marker, "start", lambda marker: setattr(marker, "_server", _NoServer()))
    monkeypatch.setenv("COURSE_DEBUG", "1")
    return used


class _NoServer:
    def __exit__(self, *error: object) -> None:
        """Nothing was started."""


@pytest.fixture
def secret(course: CourseFolder, submit: Callable[..., Path]) -> CourseFolder:
    """A course with a seed for each student, and submissions of two."""
    path = course.root / "course.toml"
    text = path.read_text("utf-8")
    assert "seed_per_student = false" in text
    path.write_text(text.replace("seed_per_student = false", "seed_per_student = true"), "utf-8")
    for student in ("ada", "bo"):
        submit(student)
    return course


def options(**given: Any) -> Any:
    """pytest's configuration with our options."""
    known = {"--hidden": True, "--seed": None, "--isolation": None, "--unit": None, "--student": ""}
    known |= {f"--{name}": value for name, value in given.items()}
    return SimpleNamespace(getoption=known.__getitem__)


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["course", *map(str, words)])
    with pytest.raises(SystemExit):
        cli.main()


def test_a_students_seed_is_reproducible_and_their_own() -> None:
    names = ["ada", "bo", "Ada", "2026001", "", "李雷"]
    drawn = [students_seed(SEED, name) for name in names]
    assert drawn == [students_seed(SEED, name) for name in names]
    assert len(set(drawn)) == len(names)
    assert all(0 <= seed < 2**62 for seed in drawn)
    assert students_seed(SEED + 1, "ada") != students_seed(SEED, "ada")


def test_hidden_cases_differ_between_students_and_the_public_case_does_not() -> None:
    check = find("gru.new_state")
    ada, bo = (check.cases(students_seed(SEED, name), True) for name in ("ada", "bo"))
    assert len(ada) == len(bo) == 1 + check.hidden_cases
    assert ada[0] is bo[0]
    for (one, _), (other, _) in zip(ada[1:], bo[1:], strict=True):
        assert one.name == other.name
        assert not np.array_equal(one.h_prev, other.h_prev)


def test_every_front_uses_the_same_seed(
    secret: CourseFolder, seeds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {name: students_seed(SEED, name) for name in ("ada", "bo")}
    grade_class(secret, "gru")
    assert seeds == wanted

    for name in wanted:
        seeds.clear()
        path = secret.notebook("submitted", name, "gru")
        run(monkeypatch, "check", path, "--hidden", "--json")
        assert seeds == {name: wanted[name]}

        seeds.clear()
        Grading(options(submission=str(path))).report()
        assert seeds == {name: wanted[name]}

        seeds.clear()
        monkeypatch.chdir(secret.root)
        folder = secret.root / "autograded" / name / "gru"
        resources = {
            "nbgrader": {"notebook": "gru", "student": name},
            "metadata": {"path": str(folder)},
        }
        (secret.root / ".cache").rename(secret.root / f".cache-{name}")
        nbgrader_step.grade_in_sandbox(nbformat.read(path, 4), resources)
        assert seeds == {name: wanted[name]}


def test_a_file_from_elsewhere_needs_the_students_name(
    secret: CourseFolder, seeds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = secret.root / "mailed.ipynb"
    loose.write_bytes(secret.notebook("submitted", "ada", "gru").read_bytes())
    with pytest.raises(CourseError, match="mailed.ipynb: in this course each .* or --student"):
        fronts.marker_for(loose, hidden=True)
    run(monkeypatch, "check", loose, "--hidden", "--json", "--student", "ada")
    Grading(options(submission=str(loose), student="ada")).report()
    assert seeds == {"ada": students_seed(SEED, "ada")}

    seeds.clear()
    run(monkeypatch, "check", loose, "--hidden", "--json", "--seed", 11)
    assert seeds == {"": 11}


def test_public_cases_need_no_name(secret: CourseFolder) -> None:
    assert fronts.marker_for(secret.root / "mailed.ipynb", hidden=False).per_student


def test_whose_work_a_file_is_shows_in_its_place(secret: CourseFolder, tmp_path: Path) -> None:
    assert fronts.student_of(secret.notebook("submitted", "ada", "gru")) == "ada"
    assert fronts.student_of(secret.notebook("autograded", "bo", "gru")) == "bo"
    assert fronts.student_of(secret.notebook("release", ".", "gru")) == ""
    assert fronts.student_of(secret.root / "submitted" / "gru.ipynb") == ""
    assert fronts.student_of(tmp_path / "gru.ipynb") == ""


def test_a_finished_report_is_another_students_only_without_own_seeds(
    secret: CourseFolder, tmp_path: Path
) -> None:
    ada, bo = (read(secret.notebook("submitted", n, "gru"), "gru", n) for n in ("ada", "bo"))
    assert ada.sha256 == bo.sha256
    shared, own = (Marker(seed=SEED, per_student=each, cache=tmp_path) for each in (False, True))
    assert shared._cached_at(ada) == shared._cached_at(bo)
    assert own._cached_at(ada) != own._cached_at(bo)
    assert own._cached_at(ada) != shared._cached_at(ada)


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    path.write_text("[course]\nseed = 1\nseed_per_student = 1\n")
    with pytest.raises(CourseError, match="course.seed_per_student must be true or false; got 1"):
        Settings.read(path)
    path.write_text("[course]\nseed = 1\n")
    assert not Settings.read(path).seed_per_student
