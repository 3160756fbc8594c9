"""nbgrader's rows about the submissions of one unit, as its own steps write them, but at once.

`nbgrader autograde` opens the gradebook a dozen times for a submission, asks for each cell alone
and commits after each. Here a run has one connection, a submission one transaction, and each
table is read and written in one statement. The tables are nbgrader's, through its own models; a
test compares every row with what nbgrader itself writes.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from sqlalchemy import bindparam, insert, select, update

from .nbgrader_cells import asks_a_human, released_cells


@dataclass(frozen=True)
class Scores:
    """What one submission gets.

    points: graded cell -> points, None where a human has to decide. remarks: answer cell -> what
    nbgrader says of it by itself, or None. handed_in: when; None leaves what is known.
    same_files: whether these are the files that were recorded last.
    """

    points: Mapping[str, float | None]
    remarks: Mapping[str, str | None]
    handed_in: datetime.datetime | None = None
    same_files: bool = False


@dataclass(frozen=True)
class _Known:
    """A submission as the gradebook has it; None where it has none."""

    due: datetime.datetime | None
    id: str | None
    handed_in: datetime.datetime | None
    notebook: str | None


class Rows:
    """The rows of one unit; close it at the end. MissingEntry where the unit was never released.

    released: grade_id -> the released cell. notebooks: the assignment's. kernelspec: the unit's.
    gradebook: nbgrader's own, over the same connection.
    """

    def __init__(self, url: str, course_id: str, unit: str) -> None:
        self.gradebook = Gradebook(url, course_id)
        self._db = self.gradebook.db
        notebook = self.gradebook.find_notebook(unit, unit)
        self._assignment, self._notebook = notebook.assignment_id, notebook.id
        self._notebooks = {each.name: each.id for each in notebook.assignment.notebooks}
        self.released: dict[str, dict[str, Any]] = released_cells(notebook)
        self.kernelspec: Any = json.loads(notebook.kernelspec) if notebook.kernelspec else None
        self._graded = _ids([*notebook.grade_cells, *notebook.task_cells])
        self._remarked = _ids([*notebook.solution_cells, *notebook.task_cells])
        self._known_of = self._query()
        self.end()

    @property
    def notebooks(self) -> list[str]:
        """Names of the assignment's notebooks."""
        return list(self._notebooks)

    def end(self) -> None:
        """Forget what was not committed; the gradebook is free for others."""
        self._db.remove()

    def close(self) -> None:
        """End the connection."""
        self.gradebook.close()

    def due(self, student: str) -> datetime.datetime | None:
        """When the student has to hand in, with an extension that was given."""
        return self._known(student).due

    def write(self, student: str, scores: Scores) -> float:
        """All rows of one submission, in one transaction; what a human gave stays.

        Returns the seconds past the due date; where there are none, no penalty is left.
        """
        known = self._known(student)
        handed_in = scores.handed_in or known.handed_in
        due = known.due
        late = max(0.0, (handed_in - due).total_seconds()) if handed_in and due else 0.0
        if known.notebook is None:
            self._add(student, scores)
        else:
            changed: dict[str, Any] = {"id": known.id, "timestamp": handed_in}
            self._db.execute(update(SubmittedAssignment), [changed])
            if not late:
                changed = {"id": known.notebook, "late_submission_penalty": None}
                self._db.execute(update(SubmittedNotebook), [changed])
            self._change_points(known.notebook, scores)
            self._change_remarks(known.notebook, scores.remarks)
        self._db.commit()
        return late

    def _query(self) -> Any:
        """What is known of a student's submission: one row in any case."""
        theirs = (SubmittedAssignment.assignment_id == Assignment.id) & (
            SubmittedAssignment.student_id == bindparam("student")
        )
        of_unit = (SubmittedNotebook.assignment_id == SubmittedAssignment.id) & (
            SubmittedNotebook.notebook_id == self._notebook
        )
        return (
            select(
                Assignment.duedate,
                SubmittedAssignment.extension,
                SubmittedAssignment.id,
                SubmittedAssignment.timestamp,
                SubmittedNotebook.id,
            )
            .outerjoin_from(Assignment, SubmittedAssignment, theirs)
            .outerjoin(SubmittedNotebook, of_unit)
            .where(Assignment.id == self._assignment)
        )

    def _known(self, student: str) -> _Known:
        found = self._db.execute(self._known_of, {"student": student})
        due, extension, *rest = found.one()
        return _Known(due + extension if due and extension else due, *rest)

    def _add(self, student: str, scores: Scores) -> None:
        """The rows of a submission that is new, as `Gradebook.add_submission` would make them."""
        add = self._db.execute
        if self._db.get(Student, student) is None:
            add(insert(Student), [{"id": student}])
        submission, made = new_uuid(), {each: new_uuid() for each in self._notebooks.values()}
        of = {"assignment_id": self._assignment, "student_id": student}
        add(insert(SubmittedAssignment), [{"id": submission, "timestamp": scores.handed_in, **of}])
        of = {"assignment_id": submission}
        add(insert(SubmittedNotebook), [{"id": i, "notebook_id": n, **of} for n, i in made.items()])
        of = {"notebook_id": made[self._notebook]}
        points = {name: scores.points.get(name) for name in self._graded}
        grades = [
            {
                "cell_id": cell,
                "auto_score": points[name],
                "needs_manual_grade": points[name] is None,
            }
            for name, cell in self._graded.items()
        ]
        if grades:
            add(insert(Grade), [{**grade, **of} for grade in grades])
        comments = [
            {"cell_id": cell, "auto_comment": scores.remarks.get(name), **of}
            for name, cell in self._remarked.items()
        ]
        if comments:
            add(insert(Comment), comments)

    def _change_points(self, notebook: str, scores: Scores) -> None:
        rows, changed = self._rows(Grade, notebook, self._graded), []
        for name, points in scores.points.items():
            asks = asks_a_human(points, rows[name], scores.same_files)
            changed.append({"id": rows[name].id, "auto_score": points, "needs_manual_grade": asks})
        if changed:
            self._db.execute(update(Grade), changed)

    def _change_remarks(self, notebook: str, remarks: Mapping[str, str | None]) -> None:
        rows = self._rows(Comment, notebook, self._remarked)
        changed = [{"id": rows[name].id, "auto_comment": said} for name, said in remarks.items()]
        if changed:
            self._db.execute(update(Comment), changed)

    def _rows(self, table: Any, notebook: str, cells: Mapping[str, str]) -> dict[str, Any]:
        """Cell -> row. Cells are named because the index of nbgrader's table begins with them."""
        of_cells = table.cell_id.in_(cells.values())
        query = select(table.__table__).where(of_cells, table.notebook_id == notebook)
        names = {number: name for name, number in cells.items()}
        return {names[row.cell_id]: row for row in self._db.execute(query)}


def _ids(cells: Iterable[Any]) -> dict[str, str]:
    return {cell.name: cell.id for cell in cells}
