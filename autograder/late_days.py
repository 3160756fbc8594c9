"""Late work in nbgrader's gradebook: deadlines from course.toml, penalties by nbgrader's own step.

nbgrader_config.py names LateDays as AssignLatePenalties' plugin, so `nbgrader autograde`,
formgrader and `course grade` take the same points off. Timestamps, due dates and extensions are
nbgrader's.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.plugins import BasePlugin

from .course_folder import CourseFolder, nbgrader_at_work
from .late_rules import Lateness, LateRules


class LateDays(BasePlugin):  # type: ignore[misc]
    """The points that [late] of course.toml takes off a late notebook."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Called by AssignLatePenalties, for late work only; None where it costs nothing."""
        step = self.parent
        row = step.gradebook.find_submission(step.assignment_id, student_id)
        late = lateness(step.gradebook, rules_of(self), row)
        return late.percent / 100 * float(row.max_score) if late and late.percent else None


def rules_of(part: Any) -> LateRules:
    """The rules of the course that a part of nbgrader's pipeline works in."""
    while not hasattr(part, "coursedir"):
        part = part.parent
    return CourseFolder(Path(part.coursedir.root)).settings.late


def lateness(
    gradebook: Gradebook, rules: LateRules, submission: SubmittedAssignment
) -> Lateness | None:
    """How late a submission is and what that costs; None if it was in time."""
    seconds = submission.total_seconds_late
    if not seconds:
        return None
    free = free_days(gradebook, rules, submission.name, submission.student_id)
    return rules.lateness(seconds, submission.duedate, free)


def free_days(gradebook: Gradebook, rules: LateRules, unit: str, student: str) -> int:
    """Free days that a student has for a unit, after the units whose deadlines come before."""
    left = rules.free_days
    if rules.free_days_for == "unit" or not left:
        return left
    try:
        own = gradebook.find_assignment(unit).duedate
    except MissingEntry:
        own = None
    for row in sorted(gradebook.student_submissions(student), key=_in_order):
        if own is not None and row.assignment.duedate and _in_order(row) < (own, unit):
            late = rules.lateness(row.total_seconds_late, row.duedate, left)
            left -= late.free
    return left


def _in_order(row: SubmittedAssignment) -> tuple[datetime.datetime, str]:
    return row.assignment.duedate or datetime.datetime.max, row.name


def basis(gradebook: Gradebook, rules: LateRules, unit: str, student: str) -> str:
    """What a penalty depends on beside due date and timestamp; empty where lateness is free."""
    if not rules.percent_per_day:
        return ""
    left = free_days(gradebook, rules, unit, student)
    return f"{rules.percent_per_day} {rules.most} {left}"


def set_deadlines(folder: CourseFolder) -> None:
    """Write the deadlines of course.toml into the gradebook, for the units that it knows."""
    wanted = folder.settings.late.deadlines
    if not wanted:
        return
    with Gradebook(folder.database) as gradebook:
        for assignment in gradebook.assignments:
            if (when := wanted.get(assignment.name)) is not None:
                assignment.duedate = when.astimezone(datetime.UTC).replace(tzinfo=None)
        gradebook.db.commit()


def after_release(**_: object) -> None:
    """GenerateAssignment's hook: formgrader shows the deadline as soon as a unit is released."""
    set_deadlines(CourseFolder(Path.cwd()))


def of_class(folder: CourseFolder, unit: str) -> dict[str, Lateness]:
    """Student -> lateness, for those whose submission of the unit was late."""
    rules = folder.settings.late
    with nbgrader_at_work(), Gradebook(folder.database) as gradebook:
        try:
            if gradebook.find_assignment(unit).duedate is None:
                return {}
        except MissingEntry:
            return {}
        rows = gradebook.assignment_submissions(unit)
        found = {row.student_id: lateness(gradebook, rules, row) for row in rows}
    return {student: late for student, late in found.items() if late}
