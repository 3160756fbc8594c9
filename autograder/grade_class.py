"""A whole class: read, grade, record, write the pages. What `course grade` and the demo do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from . import class_report, feedback, gradebook
from .course_folder import CourseError, CourseFolder
from .grade import unreadable
from .gradebook import Mark
from .interrupt import held_back
from .marking import Marker
from .submission import Submission, SubmissionError, read
from .verdict import Report

Progress = Callable[[str, int, int], None]
"""Called as (student, done, of how many)."""


@dataclass
class ClassResult:
    """Reports of a class, what the gradebook now holds, and what needs a human."""

    reports: dict[str, Report] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
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
    graded: Callable[[Report], None] = lambda report: None,
) -> ClassResult:
    """Grade `submitted/` into the gradebook and write feedback and the class report.

    Each report is recorded as soon as it is there, so a killed run is finished by the next one.
    marker: one that is being started already; by default the course's own, with `isolation`.
    prepare: what recording needs, done while the first submissions are being graded.
    graded: called with each report when it is recorded; progress: right after that.
    A notebook that cannot be read is reported for a human and stops nobody else.
    Errors: CourseError for a student without a submission; NoSandbox.
    """
    paths = folder.submissions(unit)
    missing = sorted(set(students or ()) - set(paths))
    if missing:
        raise CourseError(
            f"no submission of {unit!r} by {', '.join(missing)}; submitted: {', '.join(paths)}"
        )
    if students:
        paths = {student: path for student, path in paths.items() if student in students}
    if not paths:
        raise CourseError(
            f"nothing to grade: {folder.root / 'submitted'} has no <student>/{unit}/{unit}.ipynb"
        )
    result = ClassResult(problems=_without_notebook(folder, unit, students))
    with marker or folder.settings.marker(folder.root, isolation) as marker:
        marker.start_in_background()
        submissions = _read_all(folder, unit, paths, result)
        marked = marker.mark_all(submissions, jobs, regrade)
        with closing(marked):
            prepare()
            for report in result.reports.values():
                graded(report)
            _record_all(folder, unit, submissions, marked, result, progress, graded)
    everyone = gradebook.reports(folder, unit)
    result.marks = gradebook.marks(folder, unit)
    feedback.write(folder, unit, result.reports, result.marks)
    result.page = class_report.write(folder, unit, everyone, result.marks, result.problems)
    return result


def _without_notebook(
    folder: CourseFolder, unit: str, students: Collection[str] | None
) -> dict[str, str]:
    """Students who handed something in, but not under the name that nbgrader looks for."""
    found = {}
    for path in sorted((folder.root / "submitted").glob(f"*/{unit}")):
        student = path.parent.name
        if (
            path.is_dir()
            and not (path / f"{unit}.ipynb").exists()
            and student in (students or [student])
        ):
            names = ", ".join(sorted(file.name for file in path.iterdir())[:5]) or "nothing"
            found[student] = f"{path} holds no {unit}.ipynb; it holds {names}: rename the notebook"
    return found


def _read_all(
    folder: CourseFolder, unit: str, paths: dict[str, Path], result: ClassResult
) -> list[Submission]:
    found = []
    for student, path in paths.items():
        try:
            found.append(read(path, unit, student))
        except SubmissionError as problem:
            reason = str(problem)
            result.problems[student] = reason
            result.reports[student] = unreadable(unit, student, reason, folder.settings.language)
            gradebook.save_report(folder, student, result.reports[student])
    return found


def _record_all(
    folder: CourseFolder,
    unit: str,
    submissions: list[Submission],
    marked: Iterable[tuple[int, Report]],
    result: ClassResult,
    progress: Progress,
    graded: Callable[[Report], None],
) -> None:
    total = len(submissions) + len(result.reports)
    for index, report in marked:
        student = submissions[index].student
        result.reports[student] = report
        with held_back():
            result.problems.update(gradebook.record(folder, unit, {student: report}))
        graded(report)
        progress(student, len(result.reports), total)
