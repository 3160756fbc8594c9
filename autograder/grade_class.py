"""A whole class: read, grade, record, write the pages. What `course grade` and the demo do."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import class_report, feedback, gradebook
from .course_folder import CourseError, CourseFolder, nbgrader_at_work
from .grade import unreadable
from .gradebook import Mark
from .marking import Marker
from .nbgrader_converter import require_recordable
from .notebook_file import SubmissionError, missing
from .recorded import Move
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
    prepare: Callable[[], object] = lambda: None,
    progress: Progress = lambda student, done, total: None,
) -> ClassResult:
    """Grade `submitted/` into the gradebook and write feedback and the class report.

    Each report is recorded as soon as it is there, so a killed run is finished by the next one;
    what the gradebook holds already is not written again.
    regrade: grade again what has a finished report. Without it that is done for what changed:
    the submission, the unit's checks, the libraries, the limits or the seed.
    marker: one that is being started already; by default the course's own, with `isolation`.
    prepare: what recording needs, done while the first submissions are being graded.
    A notebook that cannot be read is recorded for a human and stops nobody else.
    Errors: CourseError for a student without a submission, another grader at work, a full disk or
    a gradebook that cannot be written; NoSandbox.
    """
    paths = folder.submissions(unit)
    unnamed = _without_notebook(folder, unit)
    missing = sorted(set(students or ()) - set(paths) - set(unnamed))
    if missing:
        raise CourseError(
            f"no submission of {unit!r} by {', '.join(missing)}; submitted: {', '.join(paths)}"
        )
    if students:
        paths = {student: path for student, path in paths.items() if student in students}
        unnamed = {student: why for student, why in unnamed.items() if student in students}
    if not paths and not unnamed:
        raise CourseError(
            f"nothing to grade: {folder.root / 'submitted'} has no <student>/{unit}/{unit}.ipynb"
        )
    result = ClassResult(problems=unnamed)
    with single_writer(folder), marker or folder.settings.marker(folder.root, isolation) as marker:
        submissions = _read_all(unit, paths, result)
        if regrade or not all(map(marker.knows, submissions)):
            marker.start_in_background()
        marked = marker.mark_all(submissions, jobs, regrade)
        prepare()
        with nbgrader_at_work():
            _record_all(folder, unit, submissions, marked, result, progress)
        everyone = gradebook.reports(folder, unit)
        result.marks = gradebook.marks(folder, unit)
        feedback.write(folder, unit, result.reports, result.marks)
        result.page = class_report.write(folder, unit, everyone, result.marks, result.problems)
    return result


def _without_notebook(folder: CourseFolder, unit: str) -> dict[str, str]:
    """Students who handed something in, but not under the name that nbgrader looks for."""
    paths = sorted((folder.root / "submitted").glob(f"*/{unit}"))
    notebooks = [path / f"{unit}.ipynb" for path in paths if path.is_dir()]
    return {path.parts[-3]: missing(path) for path in notebooks if not os.path.lexists(path)}


def _read_all(unit: str, paths: dict[str, Path], result: ClassResult) -> list[Submission]:
    found = []
    for student, path in paths.items():
        try:
            require_recordable(student)
            found.append(read(path, unit, student))
        except SubmissionError as problem:
            result.problems[student] = str(problem)
    return found


def _record_all(
    folder: CourseFolder,
    unit: str,
    submissions: list[Submission],
    marked: Iterator[tuple[int, Report]],
    result: ClassResult,
    progress: Progress,
) -> None:
    gradebook.require_released(folder, unit)
    before = gradebook.marks(folder, unit)

    def record(report: Report) -> None:
        result.reports[report.student] = report
        if not gradebook.is_recorded(folder, unit, report, before.get(report.student)):
            try:
                result.moves += gradebook.record_one(folder, unit, report)
            except SubmissionError as problem:
                result.problems[report.student] = str(problem)

    language = folder.settings.language
    for student, reason in list(result.problems.items()):
        record(unreadable(unit, student, reason, language))
    for done, (index, report) in enumerate(marked, start=1):
        record(report)
        progress(submissions[index].student, done, len(submissions))
