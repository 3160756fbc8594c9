"""A class with files that nobody could grade: reported for a human, and nobody else is stopped."""

import pytest

from autograder import demo, gradebook
from autograder.course_folder import CourseError, create
from autograder.grade_class import grade_class

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = create(tmp_path_factory.mktemp("class") / "course", ["gru"], seed=5)
    demo.hand_in(folder, "ivan", demo.released("en"))
    broken = folder.notebook("submitted", "broken", "gru")
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b'{"cells": [')
    renamed = folder.notebook("submitted", "renamed", "gru").with_name("GRU final (2).ipynb")
    renamed.parent.mkdir(parents=True)
    renamed.write_text("{}")
    return folder, grade_class(folder, "gru")


def test_what_cannot_be_read_is_reported_and_stops_nobody(graded):
    folder, result = graded
    assert set(result.problems) == {"broken", "renamed"}
    assert "broken JSON" in result.problems["broken"]
    assert "GRU final (2).ipynb" in result.problems["renamed"]
    assert gradebook.reports(folder, "gru")["broken"].needs_human
    assert result.marks["ivan"].score == 0.0
    page = result.page.read_text(encoding="utf-8")
    assert "broken JSON" in page and "GRU final (2).ipynb" in page


def test_a_student_without_a_submission_is_named(graded):
    with pytest.raises(CourseError, match="no submission of 'gru' by nemo"):
        grade_class(graded[0], "gru", students=["nemo"])


def test_a_second_run_takes_the_finished_reports(graded):
    folder, first = graded
    again = grade_class(folder, "gru", students=["ivan"])
    assert again.reports["ivan"] == first.reports["ivan"]
