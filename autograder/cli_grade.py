"""`course grade`: a class into the gradebook, with word of how far it is and what needs a human."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from .console import err, out

if TYPE_CHECKING:
    from .course_folder import CourseFolder
    from .grade_class import ClassResult
    from .grading_run import GradingRun

Isolation = Annotated[
    str | None,
    typer.Option(help='"bubblewrap", or "process" for code that you trust.', show_default=False),
]
MANY = 60
"""Students from which the terminal shows the class in some lines, and not one by one."""
NAMED = 15
"""What needs a human and is named in the terminal; all of it is in the class report."""


def grade(
    unit: str,
    course: Annotated[Path, typer.Option(help="The course folder.")] = Path(),
    jobs: Annotated[int, typer.Option(help="Submissions at once; 0: two a core.", min=0)] = 0,
    student: Annotated[list[str] | None, typer.Option(help="Only these students.")] = None,
    regrade: Annotated[bool, typer.Option("--regrade", help="Ignore finished reports.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Record nothing; say what there is to do, how long.")
    ] = False,
    isolation: Isolation = None,
    scheduler: Annotated[
        str, typer.Option(help="Dask scheduler whose workers grade, tcp://HOST:8786.")
    ] = "",
) -> None:
    """Grade submitted/ into the gradebook; write feedback and the class report.

    Ctrl-C ends it cleanly: what is recorded stays, and the same command goes on with the rest.
    Each run leaves a log in the course's logs/.

    Example: course grade gru --course ~/rnn-2027 --jobs 2
    """
    from . import workers
    from .course_folder import CourseFolder
    from .interrupt import told_to_end
    from .marking import at_once

    folder = CourseFolder(course)
    isolation = isolation or folder.settings.isolation
    warn_of_isolation(isolation)
    if dry_run:
        _estimate(folder, unit, jobs, isolation)
        return
    marker = folder.settings.marker(folder.root, isolation)
    if not scheduler and _is_new(folder, unit):
        marker.start_in_background()  # a process of its own: it imports, and so do we
    from .grade_class import grade_class

    settings: dict[str, object] = {
        "jobs": jobs or at_once(),
        "isolation": isolation,
        "regrade": regrade,
    }
    settings |= {"scheduler": scheduler} if scheduler else {}
    try:
        with (
            workers.cluster(scheduler) if scheduler else nullcontext() as executor,
            told_to_end(),
            _followed(folder, unit, settings) as run,
        ):
            result = grade_class(
                folder,
                unit,
                jobs=jobs,
                students=student,
                regrade=regrade,
                marker=marker,
                executor=executor,
                progress=run.progress,
                graded=run.graded,
            )
            needing = _needing(folder, result)
            for who, what, why in needing:
                run.write(f"{who}\tneeds a human\t{what}\t{' '.join(why.split())}")
    except KeyboardInterrupt:
        raise typer.Exit(2) from None
    _show(folder, unit, result, needing, run)
    raise typer.Exit(2 if result.problems else 0)


def _is_new(folder: CourseFolder, unit: str) -> bool:
    """Whether there are submissions and none of them was graded yet: then a sandbox is needed."""
    graded = any((folder.root / "reports" / unit).glob("*.json"))
    return not graded and any((folder.root / "submitted").glob(f"*/{unit}"))


def _followed(folder: CourseFolder, unit: str, settings: dict[str, object]) -> GradingRun:
    """The run with its log; CourseError where the folder cannot be written."""
    from .grading_run import GradingRun, log_path
    from .storage import clear_errors

    with clear_errors(folder):
        return GradingRun(log_path(folder.root, unit), unit, settings)


def _needing(folder: CourseFolder, result: ClassResult) -> list[tuple[str, str, str]]:
    """(student, checks, why): what a machine must not decide alone."""
    from .class_report import humans

    settings = folder.settings
    rows = humans(result.reports, result.problems, settings.limits, settings.language)
    return [(row["student"], row["what"], row["why"]) for row in rows]


def _show(
    folder: CourseFolder,
    unit: str,
    result: ClassResult,
    needing: list[tuple[str, str, str]],
    run: GradingRun,
) -> None:
    from . import class_report, terminal

    if len(result.reports) <= MANY:
        terminal.show_class(out, result, folder, unit)
        needing = [row for row in needing if row[0] not in result.problems]
    out.print()
    out.print(escape(run.line()), soft_wrap=True)
    if needing:
        out.print(f"[bold magenta]needs a human ({len(needing)}):[/]")
    for who, what, why in needing[:NAMED]:
        first = why.splitlines()[0] if why else ""
        out.print(
            f"  {escape(who)}: {escape(what)}: {escape(first)}", overflow="ellipsis", no_wrap=True
        )
    if len(needing) > NAMED:
        out.print(f"  and {len(needing) - NAMED} more, in the class report")
    waiting = class_report.unmarked(result.reports, result.marks)
    for cell, number in waiting:
        out.print(f"to mark in formgrader: {cell}, {number} answers")
    out.print(f"class report  {escape(str(result.page))}", soft_wrap=True)
    out.print(f"log           {escape(str(run.log))}", soft_wrap=True)


def _estimate(folder: CourseFolder, unit: str, jobs: int, isolation: str) -> None:
    from .class_report import duration
    from .course_folder import CourseError
    from .dry_run import estimate

    with err.status("looking at what is submitted"):
        found = estimate(folder, unit, folder.settings.marker(folder.root, isolation), jobs)
    if not found.submitted:
        raise CourseError(
            f"nothing to grade: {folder.root / 'submitted'} has no <student>/{unit}/{unit}.ipynb"
        )
    out.print(f"submissions       {found.submitted}")
    out.print(f"finished already  {found.finished}")
    out.print(f"to grade          {found.to_grade}, {found.jobs} at once")
    if found.unreadable:
        out.print(f"cannot be read    {len(found.unreadable)}")
    if found.to_grade:
        out.print(
            f"each              {found.seconds_each:.1f} s (mean of {found.measured_on})\n"
            f"all               about {duration(found.seconds)}"
        )
    for student, why in found.unreadable.items():
        out.print(f"[magenta]cannot be read:[/] {escape(student)}: {escape(why)}", soft_wrap=True)
    out.print("nothing was recorded")


def warn_of_isolation(isolation: str, why: str = "") -> None:
    """A visible warning where student code is held by process limits only."""
    if isolation == "process":
        err.print(
            "[bold yellow]WARNING:[/] student code runs in processes with limits only, "
            "without the sandbox. " + escape(why),
            soft_wrap=True,
        )
