"""A course folder: made once, secret, and as nbgrader wants it."""

from __future__ import annotations

import stat
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder import build, check, course_folder
from autograder.course_folder import CourseError, CourseFolder, Settings
from autograder.sandbox.limits import Limits


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "course.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_new_course_has_its_units_released_and_in_the_gradebook(course: CourseFolder) -> None:
    release = nbformat.read(course.notebook("release", ".", "gru"), 4)
    assert [c.source for c in release.cells] == [c.source for c in build.build("gru", "en").cells]
    with Gradebook(course.database) as book:
        points = {c.name: c.max_score for c in book.find_notebook("gru", "gru").grade_cells}
    for one in check.registry("gru"):
        assert points[one.grade_id] == one.points
    assert sum(points.values()) == 100


def test_the_secret_seed_is_random_private_and_kept(tmp_path: Path) -> None:
    first = course_folder.create(tmp_path / "a", [])
    second = course_folder.create(tmp_path / "b", [])
    assert first.settings.seed != second.settings.seed
    assert stat.S_IMODE((tmp_path / "a" / "course.toml").stat().st_mode) == 0o600
    assert course_folder.create(tmp_path / "a", []).settings == first.settings


def test_what_an_instructor_changed_stays_when_units_are_added(course: CourseFolder) -> None:
    path = course.notebook("source", ".", "gru")
    mine = path.read_text("utf-8").replace("update gate", "gate that updates")
    assert mine != path.read_text("utf-8")
    path.write_text(mine, encoding="utf-8")
    course_folder.create(course.root, ["gru"])
    assert path.read_text("utf-8") == mine
    assert "gate that updates" in course.notebook("release", ".", "gru").read_text("utf-8")


@pytest.mark.parametrize(
    ("folder", "course_id", "found"),
    [("rnn-2027", "", "rnn-2027"), ("RNN 2027+", "", "RNN-2027"), ("循环网络", "", "循环网络")]
    + [("rnn-2027", "comp9444", "comp9444")],
)
def test_the_course_has_the_folders_name_or_the_given_one(
    folder: str, course_id: str, found: str, tmp_path: Path
) -> None:
    made = course_folder.create(
        tmp_path / folder, [], course_id=course_id, exchange=tmp_path / "it's"
    )
    assert made.coursedir().course_id == found
    assert made.config().Exchange.root == str(tmp_path / "it's")
    assert "Exchange" not in course_folder.create(tmp_path / "other", []).config()


def test_a_name_that_no_course_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"no course id can be made of '\+\+'; name one: --cou"):
        course_folder.create(tmp_path / "++", [])


def test_nothing_is_made_for_a_unit_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match="no solution .*attention.py; units that have one"):
        course_folder.create(tmp_path / "course", ["gru", "attention"])
    assert not (tmp_path / "course").exists()


def test_settings_have_defaults_and_say_what_they_hold(tmp_path: Path) -> None:
    path = written(tmp_path, '[course]\nseed = 3\nlanguage = "zh"\n[limits]\ncheck_seconds = 5\n')
    assert Settings.read(path) == Settings(3, "zh", "bubblewrap", Limits(check_seconds=5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[course]\n", "course.seed must be a whole number, 0 or more; got None"),
        ("[course]\nseed = -1\n", "course.seed must be .*; got -1"),
        ("[course]\nseed = true\n", "course.seed must be .*; got True"),
        (
            '[course]\nseed = 1\nlanguage = "fr"\n',
            "course.language must be one of en, zh; got 'fr'",
        ),
        ('[course]\nseed = 1\nisolation = "none"\n', "one of bubblewrap, process; got 'none'"),
        ("[course]\nseed = 1\n[limits]\nfoo = 1\n", r"one of load_seconds, .*; got 'foo'"),
        ("[course]\nseed = 1\n[limits]\nmemory_mb = 0\n", "memory_mb is 0; expected"),
        ("course = [", "is not TOML: .*; mend that line"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CourseError, match=message):
        Settings.read(written(tmp_path, text))


def test_a_folder_that_is_no_course_says_so(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no course here: .*course.toml is missing"):
        assert CourseFolder(tmp_path).settings


def test_an_unknown_language_and_unit_are_refused(tmp_path: Path, course: CourseFolder) -> None:
    with pytest.raises(CourseError, match="language must be one of en, zh; got 'fr'"):
        course_folder.create(tmp_path / "x", [], "fr")
    with pytest.raises(CourseError, match="no source notebook .*lstm.ipynb"):
        course.generate_assignment("lstm")


def test_what_nbgrader_refuses_is_passed_on(course: CourseFolder) -> None:
    course.notebook("source", ".", "gru").write_text("{")
    with pytest.raises(CourseError, match="nbgrader could not release 'gru'"):
        course.generate_assignment("gru")


def test_submissions_are_found_in_the_order_of_the_ids(course: CourseFolder) -> None:
    for student in ("chen", "ada", "2026001"):
        path = course.notebook("submitted", student, "gru")
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    (course.root / "submitted" / "nobody" / "gru").mkdir(parents=True)
    assert list(course.submissions("gru")) == ["2026001", "ada", "chen"]


def test_no_solution_is_in_what_students_get(course: CourseFolder) -> None:
    source = nbformat.read(course.notebook("source", ".", "gru"), 4)
    answers = [c.source for c in source.cells if c.metadata.get("nbgrader", {}).get("solution")]
    released = "".join(p.read_text() for p in course.root.glob("release/**/*") if p.is_file())
    assert answers
    for answer in answers:
        line = max(answer.splitlines(), key=len).strip()
        assert line not in released


def test_programs_of_this_environment_are_found_first_only_while_nbgrader_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import os
    import sys

    monkeypatch.setenv("PATH", "/nowhere")
    with course_folder.nbgrader_at_work():
        assert os.environ["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert os.environ["PATH"] == "/nowhere"
