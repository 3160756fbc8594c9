"""nbgrader's generate_feedback and release_feedback deliver the page that `course grade` writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from autograder import feedback, gradebook
from autograder.course_folder import CourseFolder, nbgrader_at_work
from autograder.recorded import Place
from autograder.verdict import Report

MakeReport = Callable[..., Report]
Submit = Callable[..., Path]


@pytest.fixture
def graded(course: CourseFolder, submit: Submit, make_report: MakeReport) -> CourseFolder:
    """ada's work is recorded, handed in through the exchange."""
    place = submit("ada", lambda notebook: notebook.cells[-1].update(source="My answer.")).parent
    (place / "timestamp.txt").write_text("2027-01-01 00:00:00 UTC")
    (place / "submission_secret.txt").write_text("secret")
    (place / "gru.weights.h5").write_bytes(b"weights")
    assert gradebook.record(course, "gru", {"ada": make_report()}) == {}
    return course


def generate(course: CourseFolder, force: bool = False) -> str:
    """Run generate_feedback as formgrader does; the page."""
    with nbgrader_at_work():
        api = NbGraderAPI(course.coursedir(), config=course.config())
        result = api.generate_feedback("gru", "ada", force=force)
    assert result["success"], result
    return feedback.path_of(course, "gru", "ada").read_text("utf-8")


@pytest.mark.parametrize("force", [False, True])
def test_it_is_the_same_page_and_what_its_release_needs(graded: CourseFolder, force: bool) -> None:
    (path,) = feedback.write(
        graded, "gru", gradebook.reports(graded, "gru"), gradebook.marks(graded, "gru")
    )
    ours = path.read_text("utf-8")
    assert generate(graded, force) == ours
    assert "Every check" in ours and "<script" not in ours
    found = {each.name for each in path.parent.iterdir()}
    assert found == {"gru.html", "timestamp.txt", "submission_secret.txt"}


def test_a_mark_and_a_comment_given_since_are_on_it_without_force(graded: CourseFolder) -> None:
    assert "Well argued" not in generate(graded)
    with nbgrader_at_work(), Gradebook(graded.database) as book:
        grade = book.find_grade("gru-written", "gru", "gru", "ada")
        grade.manual_score, grade.needs_manual_grade = 4.5, False
        book.find_comment("gru-written", "gru", "gru", "ada").manual_comment = "Well argued."
        book.db.commit()
    page = generate(graded)
    assert "Well argued." in page and "4.5 / 6" in page and "<b>98.5</b>" in page


# nbgrader misspells an argument of its own and leaves a file open.
@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_the_exchange_hands_it_out(graded: CourseFolder, tmp_path: Path) -> None:
    page = generate(graded)
    config = graded.config()
    config.Exchange.root = str(tmp_path / "exchange")
    (tmp_path / "exchange" / graded.coursedir().course_id).mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o777)
    with nbgrader_at_work():
        result = NbGraderAPI(graded.coursedir(), config=config).release_feedback("gru", "ada")
    assert result["success"], result
    (released,) = (tmp_path / "exchange").rglob("*.html")
    assert released.read_text("utf-8") == page


def test_what_was_graded_without_us_has_nbgraders_own_page(graded: CourseFolder) -> None:
    Place(graded.root, "gru").report("ada").unlink()
    page = generate(graded)
    assert "Every check" not in page and "gru-written" in page
