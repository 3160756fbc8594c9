"""Reports -> nbgrader's database and `autograded/` notebooks. The only writer of both.

nbgrader's own Autograde converter does the writing, with ready reports in place of a kernel, so
rows and notebooks are what `nbgrader autograde` would have made: formgrader, late penalties and
exports work, and a manual score survives. One process writes at a time; a report file lands by
atomic rename after its rows, so a run that was killed is finished by running again.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from .course_folder import CourseError, CourseFolder, nbgrader_at_work, quiet_log
from .verdict import Report


@dataclass(frozen=True)
class Mark:
    """What the gradebook says about one student's unit, manual scores and lateness included.

    score: points now, without what still needs a human. open: grade ids that need a human.
    manual: grade id -> points that a human gave. max_points: grade id -> points there are.
    comments: grade id -> what a human wrote to the student.
    """

    student: str
    score: float
    max_score: float
    late_penalty: float
    open: tuple[str, ...]
    manual: Mapping[str, float]
    max_points: Mapping[str, float]
    comments: Mapping[str, str]


class Recorder(Autograde):  # type: ignore[misc]
    """nbgrader's converter over chosen students, each with a report that is ready."""

    def __init__(self, folder: CourseFolder, unit: str, reports: Mapping[str, Report]) -> None:
        config = folder.config()
        config.Grade.grader = lambda notebook, where: reports[where["nbgrader"]["student"]]
        super().__init__(
            coursedir=folder.coursedir(assignment_id=unit), config=config, log=quiet_log()
        )
        self.force = True
        self.chosen = {
            str(path.parent): [str(path)]
            for student in reports
            if (path := folder.notebook("submitted", student, unit)).is_file()
        }

    def init_notebooks(self) -> None:
        """The chosen submissions, in place of all that a glob finds."""
        self.notebooks: list[str] = []
        self.assignments = self.chosen


def record(
    folder: CourseFolder,
    unit: str,
    reports: Mapping[str, Report],
    done: Callable[[str], None] = lambda student: None,
) -> dict[str, str]:
    """Write students' reports into the gradebook; returns student -> why, for those that failed.

    reports: student -> report; each needs its notebook under submitted/. done(student) is called
    after each one, for a progress bar. CourseError if the unit was never released here.
    """
    failed: dict[str, str] = {}
    with single_writer(folder), nbgrader_at_work():
        require_released(folder, unit)
        for student, report in reports.items():
            if folder.notebook("submitted", student, unit).is_file():
                try:
                    Recorder(folder, unit, {student: report}).start()
                    save_report(folder, student, report)
                except (NbGraderException, SystemExit) as problem:
                    failed[student] = f"nbgrader could not record it: {problem}"
            else:
                failed[student] = f"no {folder.notebook('submitted', student, unit)}"
            done(student)
    return failed


def require_released(folder: CourseFolder, unit: str) -> None:
    """CourseError if the gradebook does not know the unit's cells."""
    with Gradebook(folder.database) as gradebook:
        try:
            gradebook.find_notebook(unit, unit)
        except MissingEntry:
            raise CourseError(
                f"the gradebook of {folder.root} does not know {unit!r}; "
                f"release it first: nbgrader generate_assignment {unit}"
            ) from None


def marks(folder: CourseFolder, unit: str) -> dict[str, Mark]:
    """Student -> what the gradebook holds now, for everybody with a submission of the unit."""
    with nbgrader_at_work(), Gradebook(folder.database) as gradebook:
        try:
            found = {row.student_id: mark(row) for row in gradebook.assignment_submissions(unit)}
        except MissingEntry:
            return {}
    return dict(sorted(found.items()))


def mark(row: SubmittedAssignment) -> Mark:
    """One student's rows as plain data."""
    grades = [grade for notebook in row.notebooks for grade in notebook.grades]
    comments = [comment for notebook in row.notebooks for comment in notebook.comments]
    return Mark(
        student=row.student_id,
        score=float(row.score or 0.0),
        max_score=float(row.max_score or 0.0),
        late_penalty=float(row.late_submission_penalty or 0.0),
        open=tuple(sorted(grade.name for grade in grades if grade.needs_manual_grade)),
        manual={g.name: float(g.manual_score) for g in grades if g.manual_score is not None},
        max_points={grade.name: float(grade.max_score) for grade in grades},
        comments={c.name: c.manual_comment for c in comments if c.manual_comment},
    )


def report_path(folder: CourseFolder, unit: str, student: str) -> Path:
    """Where the report of a recorded submission lies."""
    return folder.root / "reports" / unit / f"{student}.json"


def save_report(folder: CourseFolder, student: str, report: Report) -> None:
    """Write a report by atomic rename: a reader sees the old one or the new one."""
    path = report_path(folder, report.unit, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(report.to_json() + "\n", encoding="utf-8")
    half.replace(path)


def reports(folder: CourseFolder, unit: str) -> dict[str, Report]:
    """Student -> report, for every submission recorded so far; a broken file counts as missing."""
    found: dict[str, Report] = {}
    for path in sorted((folder.root / "reports" / unit).glob("*.json")):
        try:
            found[path.stem] = Report.from_json(path.read_bytes())
        except ValueError:
            continue
    return found


@contextmanager
def single_writer(folder: CourseFolder) -> Iterator[None]:
    """Hold the folder's lock; CourseError at once if another process records into it."""
    folder.root.mkdir(parents=True, exist_ok=True)
    with open(folder.root / ".gradebook.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CourseError(
                f"another process is recording grades in {folder.root}; try again when it is done"
            ) from None
        lock.write(str(os.getpid()))
        lock.flush()
        yield
