"""Reports -> nbgrader's database and `autograded/` notebooks. The only writer of both.

Rows and notebooks are what `nbgrader autograde` would have made (`recorder`), so formgrader, late
penalties and exports work, and a manual score survives. One process writes at a time; what a
killed run left half-made is known by `recorded` and made again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select

from .course_folder import CourseFolder, nbgrader_at_work
from .notebook_file import SubmissionError
from .recorded import Place
from .recorder import recorder
from .storage import single_writer
from .verdict import Report


@dataclass(frozen=True)
class Mark:
    """What the gradebook says about one student's unit, manual scores and lateness included.

    score: points now, without what still needs a human, before late_penalty. open: grade ids that
    need a human. manual: grade id -> points that a human gave. max_points: grade id -> points there
    are. comments: grade id -> what a human wrote to the student. automatic: grade id -> points that
    the grader gave, None where it could not decide.
    """

    student: str
    score: float
    max_score: float
    late_penalty: float
    open: tuple[str, ...]
    manual: Mapping[str, float]
    max_points: Mapping[str, float]
    comments: Mapping[str, str]
    automatic: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """What counts: the score without what lateness takes off."""
        return max(0.0, self.score - self.late_penalty)


def record(
    folder: CourseFolder,
    unit: str,
    reports: Mapping[str, Report],
    done: Callable[[str], None] = lambda student: None,
) -> dict[str, str]:
    """Write students' reports into the gradebook; returns student -> why, for those that failed.

    reports: student -> report; each needs a folder under submitted/. done(student) is called
    after each one, for a progress bar. CourseError if the unit was never released here, or if
    the gradebook cannot be written.
    """
    failed: dict[str, str] = {}
    with single_writer(folder), nbgrader_at_work(), closing(recorder(folder, unit)) as writer:
        for student, report in reports.items():
            try:
                writer.record(report.worth(writer.points))
            except SubmissionError as problem:
                failed[student] = str(problem)
            done(student)
    return failed


def shows(mark: Mark, report: Report) -> bool:
    """Whether the gradebook's automatic points are this report's."""
    for verdict in report.checks:
        there = mark.automatic.get(verdict.grade_id)
        if verdict.status == "error":
            if there is not None:
                return False
        elif there is None or abs(there - verdict.points) > 1e-6:
            return False
    return True


def marks(folder: CourseFolder, unit: str) -> dict[str, Mark]:
    """Student -> what the gradebook holds now, for everybody with a submission of the unit.

    Each table is read once for the whole class. Asked for one student's rows, a database would
    read all of nbgrader's table every time: none has an index by submission.
    """
    with nbgrader_at_work(), Gradebook(folder.database) as gradebook:
        try:
            assignment = gradebook.find_assignment(unit)
        except MissingEntry:
            return {}
        cells: dict[str, tuple[str, float]] = {}
        for notebook in assignment.notebooks:
            graded = [*notebook.grade_cells, *notebook.task_cells]
            cells |= {cell.id: (cell.name, 0.0) for cell in notebook.solution_cells}
            cells |= {cell.id: (cell.name, float(cell.max_score)) for cell in graded}
        class_of = select(SubmittedAssignment.student_id).where(
            SubmittedAssignment.assignment_id == assignment.id,
            SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        )
        late = class_of.add_columns(SubmittedNotebook.late_submission_penalty)
        notebooks = _by_student(gradebook, late)
        points = (Grade.cell_id, Grade.score, Grade.auto_score, Grade.manual_score)
        marked = class_of.add_columns(*points, Grade.needs_manual_grade)
        grades = _by_student(gradebook, marked.where(Grade.notebook_id == SubmittedNotebook.id))
        said = class_of.add_columns(Comment.cell_id, Comment.manual_comment)
        comments = _by_student(gradebook, said.where(Comment.notebook_id == SubmittedNotebook.id))
    return {
        student: _mark(student, rows, grades[student], comments[student], cells)
        for student, rows in sorted(notebooks.items())
    }


def _mark(
    student: str,
    notebooks: list[Any],
    grades: list[Any],
    comments: list[Any],
    cells: Mapping[str, tuple[str, float]],
) -> Mark:
    """A student's rows as plain data. cells: id -> (grade_id, points there are)."""
    named = [(cells[grade.cell_id][0], grade) for grade in grades]
    said = [(cells[comment.cell_id][0], comment.manual_comment) for comment in comments]
    return Mark(
        student=student,
        score=float(sum(grade.score for grade in grades)),
        max_score=sum(points for _, points in cells.values()),
        late_penalty=float(sum(row.late_submission_penalty or 0.0 for row in notebooks)),
        open=tuple(sorted(name for name, grade in named if grade.needs_manual_grade)),
        manual={n: float(g.manual_score) for n, g in named if g.manual_score is not None},
        max_points=dict(cells[grade.cell_id] for grade in grades),
        comments={name: text for name, text in said if text},
        automatic={name: grade.auto_score for name, grade in named},
    )


def _by_student(gradebook: Gradebook, query: Any) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in gradebook.db.execute(query):
        found[row.student_id].append(row)
    return found


def reports(folder: CourseFolder, unit: str) -> dict[str, Report]:
    """Student -> report, for every submission recorded so far; a broken file counts as missing."""
    found = {report.student: report for report in Place(folder.root, unit).reports()}
    return dict(sorted(found.items()))
