"""`course export`, `course similarity`: what an instructor does with a class that is graded."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .console import err, out, progress_bar, say
from .problem import Problem

Course = Annotated[Path, typer.Option(help="The course folder.")]


class To(StrEnum):
    """Where marks can go."""

    csv = "csv"
    canvas = "canvas"
    moodle = "moodle"


def export(
    unit: str,
    to: Annotated[To, typer.Option(help="The system that will read the file.")] = To.csv,
    course: Course = Path(),
    worksheet: Annotated[
        Path | None,
        typer.Option(
            help="Moodle's offline grading worksheet, or the gradebook exported from Canvas, as "
            "you downloaded it. Moodle needs it; with it Canvas cannot mistake a student.",
            show_default=False,
        ),
    ] = None,
    assignment: Annotated[
        str, typer.Option(help='Canvas: the column, as "GRU (1234)"; default: the unit\'s title.')
    ] = "",
    grade_column: Annotated[str, typer.Option(help="Moodle in another language.")] = "",
    feedback_column: Annotated[str, typer.Option(help="Moodle in another language.")] = "",
    with_open: Annotated[
        bool, typer.Option("--open", help="Marks too in which something waits for a human.")
    ] = False,
    out_file: Annotated[
        Path | None,
        typer.Option("--out", help="Default: exports/UNIT-SYSTEM.csv.", show_default=False),
    ] = None,
) -> None:
    """Write the class's marks for Canvas, for Moodle, or as a CSV file.

    Marks in which something waits for a human (a written answer, a fault of the grader) are left
    out for Canvas and Moodle, and named.

    Example: course export gru --to moodle --worksheet "Grades-RNN 2027-gru.csv"
    """
    from . import gradebook, lms, lms_canvas, lms_moodle, pages
    from .course_folder import CourseFolder

    folder = CourseFolder(course)
    language = folder.settings.language
    if to is To.moodle and worksheet is None:
        raise Problem(
            "Moodle reads only its own worksheet: download it (the assignment > Download grading "
            "worksheet) and name it with --worksheet FILE"
        )
    found = lms.entries(folder, unit)
    missing: list[str] = []
    title = assignment or pages.unit_name(unit, language)
    if to is To.csv:
        data = lms.as_csv(found, gradebook.reports(folder, unit))
    elif to is To.moodle:
        data, missing = lms_moodle.in_worksheet(
            _bytes(worksheet),
            found,
            gradebook.reports(folder, unit),
            with_open,
            grade_column,
            feedback_column,
        )
    elif worksheet is not None:
        data, missing = lms_canvas.in_worksheet(_bytes(worksheet), found, title, with_open)
    else:
        data = lms_canvas.without_worksheet(found, title, with_open)
    path = out_file or folder.root / "exports" / f"{unit}-{to}.csv"
    if worksheet is not None and path.exists() and path.samefile(worksheet):
        raise Problem(f"{path} is the worksheet itself; name another file with --out")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    out.print(f"wrote {path}", soft_wrap=True)
    _tell(lms.waiting(found), missing, to is To.csv or with_open)


def _bytes(path: Path | None) -> bytes:
    assert path is not None
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Problem(f"{path} cannot be read: {problem.strerror}; check the path") from None


def _tell(waiting: dict[str, tuple[str, ...]], missing: list[str], with_open: bool) -> None:
    """Who is not in the file, and why."""
    if waiting:
        said = "are in the file with the points so far" if with_open else "were left out"
        cells = sorted({cell for open_cells in waiting.values() for cell in open_cells})
        say(
            f"{len(waiting)} marks still wait for a human ({', '.join(cells[:5])}) and {said}: "
            f"{', '.join(waiting)}"
        )
    if missing:
        err.print("[yellow]not in the worksheet:[/] ", end="")
        say(", ".join(missing))


def similarity(
    unit: str,
    course: Course = Path(),
    lang: Annotated[str | None, typer.Option(help="en or zh; default: the course's.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Show which submissions are alike in what is their own, the answers beside each other.

    The page changes no mark and accuses nobody. What anybody may be expected to write is left out.

    Example: course similarity gru --course ~/rnn-2027
    """
    import json as codec

    from . import similarity as alike
    from . import similarity_page
    from .course_folder import CourseError, CourseFolder
    from .notebook_file import SubmissionError
    from .same_weights import same_weights
    from .submission import Submission, read

    if lang not in (None, "en", "zh"):
        raise typer.BadParameter(f"language is {lang!r}; expected en or zh")
    folder = CourseFolder(course)
    language = lang or folder.settings.language
    paths = folder.submissions(unit)
    if not paths:
        raise CourseError(
            f"nothing to compare: {folder.root / 'submitted'} has no <student>/{unit}/{unit}.ipynb"
        )
    submissions: list[Submission] = []
    unread: dict[str, str] = {}
    with progress_bar("Comparing", shown=not json) as bar:
        task = bar.add_task("", total=2 * len(paths))
        for student, path in paths.items():
            try:
                submissions.append(read(path, unit, student))
            except SubmissionError as problem:
                unread[student] = str(problem)
            bar.update(task, advance=1, description=student)
        found = alike.pairs(
            submissions,
            alike.expected(unit),
            lambda done, total: bar.update(task, completed=len(paths) + done),
        )
    weights = same_weights(submissions, alike.few(len(submissions)))
    page = similarity_page.write(
        similarity_page.path_of(folder, unit),
        similarity_page.render(unit, found, weights, len(submissions), language, unread),
    )
    if json:
        listed = [
            {"students": pair.students, "cells": [passage.cells for passage in pair.passages]}
            for pair in found
        ]
        print(codec.dumps({"pairs": listed, "same_weights": weights}, ensure_ascii=False))
        return
    say(f"{len(submissions)} submissions compared; {len(found)} pairs are alike in what is theirs")
    out.print(f"wrote {page}", soft_wrap=True)
