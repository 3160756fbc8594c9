"""Reports -> nbgrader's database and `autograded/` notebooks. The only writer of both.

nbgrader's own Autograde converter does the writing, with ready reports in place of a kernel, so
rows and notebooks are what `nbgrader autograde` would have made: formgrader, late penalties and
exports work, and a manual score survives. One process writes at a time; what a killed run left
half-made is known by `recorded` and made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from . import late_days, recorded
from .course_folder import CourseError, CourseFolder, nbgrader_at_work, quiet_log
from .nbgrader_converter import Reader, SafeAutograde, never_released
from .notebook_file import SubmissionError
from .recorded import Move, Place
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


class Recorder(SafeAutograde):
    """nbgrader's converter over one student with a report that is ready."""

    def __init__(self, folder: CourseFolder, unit: str, report: Report) -> None:
        config = folder.config()
        config.Grade.grader = lambda notebook, where: report
        super().__init__(
            coursedir=folder.coursedir(assignment_id=unit, student_id=report.student),
            config=config,
            log=quiet_log(),
        )
        self.force = True
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = Reader(parent=self, config=self.config)


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
    with single_writer(folder), nbgrader_at_work():
        require_released(folder, unit)
        late_days.set_deadlines(folder)
        for student, report in reports.items():
            try:
                record_one(folder, unit, report)
            except SubmissionError as problem:
                failed[student] = str(problem)
            done(student)
    return failed


def record_one(folder: CourseFolder, unit: str, report: Report) -> list[Move]:
    """Write one report; returns what moved. The caller holds the folder's lock."""
    place = folder.notebook("submitted", report.student, unit).parent
    if not place.is_dir():
        raise SubmissionError(f"no {place}: nothing was handed in")
    return Recorder(folder, unit, report).convert(folder, report.student)


def is_recorded(folder: CourseFolder, unit: str, report: Report, mark: Mark | None) -> bool:
    """Whether gradebook, notebook and report file hold this report of these files already."""
    place, student = Place(folder.root, unit), report.student
    known = place.known(student)
    if mark is None or known is None or known.without_times() != report.without_times():
        return False
    for verdict in report.checks:
        there = mark.automatic.get(verdict.check.replace(".", "-"))
        if verdict.status == "error":
            if there is not None:
                return False
        elif there is None or abs(there - verdict.points) > 1e-6:
            return False
    converter = Recorder(folder, unit, report)
    handed_in = recorded.handed_in(folder.notebook("submitted", student, unit).parent)
    wanted = ("done", handed_in, converter.rules(student))
    return place.stage(student) == wanted and folder.notebook("autograded", student, unit).is_file()


def require_released(folder: CourseFolder, unit: str) -> None:
    """CourseError if the gradebook does not know the unit's cells."""
    with Gradebook(folder.database) as gradebook:
        try:
            gradebook.find_notebook(unit, unit)
        except MissingEntry:
            raise CourseError(never_released(folder.root, unit)) from None


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
        automatic={grade.name: grade.auto_score for grade in grades},
    )


def reports(folder: CourseFolder, unit: str) -> dict[str, Report]:
    """Student -> report, for every submission recorded so far; a broken file counts as missing."""
    found = {report.student: report for report in Place(folder.root, unit).reports()}
    return dict(sorted(found.items()))
