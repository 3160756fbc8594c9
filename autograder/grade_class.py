"""A whole class: read, grade, record, write the pages. What `course grade` and the demo do."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from . import class_figures, class_report, feedback, gradebook
from .course_folder import CourseError, CourseFolder, nbgrader_at_work
from .grade import unreadable
from .gradebook import Mark
from .interrupt import held_back
from .marking import Marker
from .nbgrader_converter import require_recordable
from .notebook_file import SubmissionError, missing
from .recorded import Move
from .recorder import Recorder, recorder
from .storage import single_writer
from .submission import Submission, read
from .verdict import Report

Progress = Callable[[str, int, int], None]
"""Called as (student, done, of how many)."""


@dataclass
class ClassResult:
    """Reports of a class, what the gradebook now holds, what moved, and what needs a human."""

    reports: dict[str, Report] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    page: Path | None = None


def grade_class(
    folder: CourseFolder,
    unit: str,
    *,
    jobs: int = 0,
    students: Collection[str] | None = None,
    regrade: bool = False,
    isolation: str | None = None,
    marker: Marker | None = None,
    executor: Executor | None = None,
    prepare: Callable[[], object] = lambda: None,
    progress: Progress = lambda student, done, total: None,
    graded: Callable[[Report], None] = lambda report: None,
) -> ClassResult:
    """Grade `submitted/` into the gradebook and write feedback and the class report.

    Each report is recorded as soon as it is there, so a killed run is finished by the next one;
    what the gradebook holds already is not written again.
    regrade: grade again what has a finished report. Without it that is done for what changed:
    the submission, the unit's checks, the libraries, the limits or the seed.
    marker: one that is being started already; by default the course's own, with `isolation`.
    executor: of workers elsewhere (`workers.cluster`); by default `jobs` sittings at once here.
    prepare: what recording needs, done while the first submissions are being graded.
    graded: called with each report when it is recorded; progress: right after that.
    A notebook that cannot be read is recorded for a human and stops nobody else.
    Errors: CourseError for a student without a submission, another grader at work, a full disk or
    a gradebook that cannot be written; SandboxError.
    """
    result = ClassResult()
    paths = _handed_in(folder, unit, students, result)
    with single_writer(folder), marker or folder.settings.marker(folder.root, isolation) as marker:
        unread: list[Report] = []
        submissions = _read_each(folder, unit, paths, unread, result.problems)
        marked = marker.mark_all(submissions, jobs, regrade, executor)
        with closing(marked), nbgrader_at_work():
            prepare()
            class_figures.load()
            before = gradebook.marks(folder, unit)
            ready = chain(marked, unread)  # by then the last submission has been read
            with closing(recorder(folder, unit)) as writer:
                for done, report in enumerate(_record_all(writer, before, ready, result), start=1):
                    graded(report)
                    progress(report.student, done, len(paths))
        everyone = gradebook.reports(folder, unit)
        result.marks = gradebook.marks(folder, unit)
        feedback.write(folder, unit, result.reports, result.marks)
        result.page = class_report.write(folder, unit, everyone, result.marks, result.problems)
    return result


def _handed_in(
    folder: CourseFolder, unit: str, students: Collection[str] | None, result: ClassResult
) -> dict[str, Path]:
    """Student -> where the notebook lies, or should lie, of those who handed in the unit."""
    places = sorted(path for path in (folder.root / "submitted").glob(f"*/{unit}") if path.is_dir())
    paths = {path.parent.name: path / f"{unit}.ipynb" for path in places}
    missed = sorted(set(students or ()) - set(paths))
    if missed:
        raise CourseError(
            f"no submission of {unit!r} by {', '.join(missed)}; submitted: {', '.join(paths)}"
        )
    if not paths:
        raise CourseError(
            f"nothing to grade: {folder.root / 'submitted'} has no <student>/{unit}/{unit}.ipynb"
        )
    for student in list(paths):
        try:
            require_recordable(student)
        except SubmissionError as problem:
            result.problems[ascii(student)[1:-1]] = str(problem)
            del paths[student]
    return {student: path for student, path in paths.items() if student in (students or paths)}


def _read_each(
    folder: CourseFolder,
    unit: str,
    paths: dict[str, Path],
    unread: list[Report],
    problems: dict[str, str],
) -> Iterator[Submission]:
    """The submissions; a report for a human about each that cannot be read goes to `unread`."""
    language = folder.settings.language
    for student, path in paths.items():
        try:
            if not os.path.lexists(path):
                raise SubmissionError(missing(path))
            yield read(path, unit, student)
        except SubmissionError as problem:
            problems[student] = str(problem)
            unread.append(unreadable(unit, student, str(problem), language))


def _record_all(
    writer: Recorder, before: Mapping[str, Mark], ready: Iterable[Report], result: ClassResult
) -> Iterator[Report]:
    """Record each report that the gradebook does not hold already, then yield it."""
    for report in (one.worth(writer.points) for one in ready):
        student = report.student
        result.reports[student] = report
        mark = before.get(student)
        if mark is None or not gradebook.shows(mark, report) or not writer.holds(report):
            try:
                with held_back():
                    result.moves += writer.record(report)
            except SubmissionError as problem:
                result.problems[student] = str(problem)
        yield report
