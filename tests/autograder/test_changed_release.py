"""An instructor changes the course's own notebook: the marks and the page go by it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from ready import Ready

from autograder import check, feedback, gradebook
from autograder.course_folder import CourseFolder, nbgrader_at_work
from autograder.grade_class import grade_class
from autograder.verdict import Report

MakeReport = Callable[..., Report]
HALF = {"status": "fail", "points": 3.5, "message": "wrong"}
QUESTION = {"grade_id": "my-question", "grade": True, "solution": True, "locked": False}


@pytest.fixture
def changed(course: CourseFolder) -> CourseFolder:
    """candidate is worth 14 points and not 7, new_state is not asked, a question of 10 is new."""
    path = course.notebook("source", ".", "gru")
    notebook = nbformat.read(path, 4)
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in notebook.cells}
    cells["gru-candidate"].metadata.nbgrader.points = 14
    notebook.cells.remove(cells["gru-new_state"])
    marks = {**QUESTION, "points": 10, "schema_version": 3, "task": False}
    notebook.cells.append(nbformat.v4.new_markdown_cell("...", metadata={"nbgrader": marks}))
    nbformat.write(notebook, path)
    course.generate_assignment("gru")
    release = nbformat.read(course.notebook("release", ".", "gru"), 4)
    for student in ("ada", "bo"):
        answer = copy.deepcopy(release)
        answer.cells[-1].source = f"The answer of {student}."
        place = course.notebook("submitted", student, "gru")
        place.parent.mkdir(parents=True)
        nbformat.write(answer, place)
    return course


def test_points_go_by_the_courses_notebook_from_every_front(
    changed: CourseFolder, make_report: MakeReport
) -> None:
    def made(student: str) -> Report:
        return make_report(student, **({"candidate": HALF} if student == "bo" else {}))

    marker: Any = Ready(made)
    result = grade_class(changed, "gru", marker=marker)
    points = {one.name: one.points for one in check.registry("gru")}
    all_of_it = sum(points.values()) + 7 - points["new_state"]
    marks = gradebook.marks(changed, "gru")
    assert (marks["ada"].score, marks["bo"].score) == (all_of_it, all_of_it - 7)
    assert marks["bo"].automatic["gru-candidate"] == 7.0
    assert "my-question" in marks["ada"].open
    assert result.reports["bo"].verdict("gru.candidate").max_points == 14
    assert grade_class(changed, "gru", marker=marker).moves == []

    page = feedback.path_of(changed, "gru", "bo").read_text("utf-8")
    assert "7 / 14" in page and "gru.new_state" not in page and "my-question" in page

    with nbgrader_at_work(), Gradebook(changed.database) as book:
        book.find_grade("gru-candidate", "gru", "gru", "bo").auto_score = 1
        book.db.commit()
    config = changed.config()
    config.Grade.grader = lambda notebook, where: made(where["nbgrader"]["student"])
    with nbgrader_at_work():
        result = NbGraderAPI(changed.coursedir(), config=config).autograde("gru", "*")
    assert result["success"], result
    assert gradebook.marks(changed, "gru") == marks
