"""Reports as a terminal shows them (Rich)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text as Styled

from . import pages
from .verdict import Report, Verdict

if TYPE_CHECKING:  # nbgrader takes seconds to import; `course check` needs none of it
    from .course_folder import CourseFolder
    from .doctor import Finding
    from .grade_class import ClassResult
    from .proof import Proof

WIDE = 120
"""Columns from which a class table has room for the names of the mistakes."""
STYLES = {"pass": "green", "fail": "red", "part": "yellow", "skip": "dim", "error": "bold magenta"}
STYLES |= {"todo": "dim"}


def show_report(console: Console, report: Report) -> None:
    """A line a check; what is wrong, the equation and the hint under those that fail; a bar."""
    for verdict in report.checks:
        _show_verdict(console, verdict, report.language)
    for note in report.notes:
        console.print(f"[yellow]note:[/] {escape(note)}")
    shown = pages.summary(report, ())
    bar = ProgressBar(report.max_points or 1.0, report.points, 40, complete_style="green")
    grid = Table.grid()
    grid.add_row(bar)
    total = f"{report.points:g} / {report.max_points:g}"
    console.print()
    console.print(grid)
    console.print(f"[bold]{total}[/]  {escape(shown.title)}: {shown.line}", soft_wrap=True)


def _show_verdict(console: Console, verdict: Verdict, language: str) -> None:
    """The text that every front shows, with colours; what is wrapped stays under its words."""
    item = pages.item(verdict, language)
    first, *rest = pages.plain(verdict, language).splitlines()
    equation = item.equation.splitlines() if item.shade in ("part", "fail") else []
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1, style=STYLES[item.shade])
    grid.add_column()
    grid.add_row(first[:1], Styled(first[2:], "bold" if equation else ""))
    for line in map(str.strip, rest):
        hint = line.startswith(("hint:", "提示:"))
        style = "yellow" if hint else "cyan" if line in equation else ""
        grid.add_row("", Padding(Styled(line, style), (0, 0, 0, 2)))
    console.print(grid)


def show_class(
    console: Console,
    result: ClassResult,
    folder: CourseFolder,
    unit: str,
    who: Mapping[str, str] | None = None,
) -> None:
    """A table of the class: mark, outcome of the checks, mistakes that were recognised."""
    wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("student", no_wrap=True)
    if who:
        table.add_column("who", no_wrap=True)
    table.add_column("mark", justify="right", no_wrap=True)
    for name in ("pass", "fail", "skip", "error"):
        table.add_column(pages.MARKS[name], justify="right", style=STYLES[name], no_wrap=True)
    table.add_column(
        "recognised mistakes" if wide else "named", justify="left" if wide else "right"
    )
    for student in sorted(result.reports):
        report = result.reports[student]
        counts = Counter(verdict.status for verdict in report.checks)
        mistakes = sorted({v.mistake.split(".")[-1] for v in report.checks if v.mistake})
        named = ", ".join(mistakes) if wide else str(len(mistakes) or "")
        cells = [escape(student), *([escape(who.get(student, ""))] if who else [])]
        cells += [f"{report.points:g} / {report.max_points:g}"]
        cells += [str(counts[s] or "") for s in ("pass", "fail", "skip", "error")]
        table.add_row(*cells, named)
    console.print(table)
    for move in result.moves:
        console.print(f"[cyan]moved:[/] {escape(str(move))}", soft_wrap=True)
    for student in sorted(result.reports):
        for note in result.reports[student].notes:
            console.print(f"[yellow]note:[/] {escape(student)}: {escape(note)}", soft_wrap=True)
    for student, mark in sorted(result.marks.items()):
        if mark.late_penalty and student in result.reports:
            off = pages.points(mark.late_penalty)
            console.print(f"[yellow]late:[/] {escape(student)}: {off} points off", soft_wrap=True)
    for student, problem in sorted(result.problems.items()):
        console.print(
            f"[magenta]needs a human:[/] {escape(student)}: {escape(problem)}", soft_wrap=True
        )


def show_where(console: Console, folder: CourseFolder, unit: str, result: ClassResult) -> None:
    """Where to look after a run."""
    from . import class_report, feedback

    first = sorted(result.reports)[0]
    rows = [
        ("class report", class_report.path_of(folder, unit)),
        ("feedback pages", feedback.path_of(folder, unit, first).parents[2]),
        ("gradebook", folder.root / "gradebook.db"),
    ]
    console.print()
    for name, path in rows:
        console.print(f"{name:<15} {_near(path)}", soft_wrap=True)
    console.print(f"{'formgrader':<15} cd {_near(folder.root)} && nbgrader db assignment list")
    console.print(
        f"{'':<15} jupyter lab   (menu Nbgrader > Formgrader shows the same marks)", soft_wrap=True
    )


def _near(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def show_proof(console: Console, proof: Proof) -> None:
    """Per check: mistakes caught of known, explained of caught, seconds."""
    table = Table(title=f"{proof.unit}: the grader's own test", box=None, header_style="bold")
    for name in ("check", "mistakes caught", "explained", "seconds"):
        table.add_column(name, justify="left" if name == "check" else "right")
    for row in proof.checks:
        good = row.caught == row.known
        table.add_row(
            row.check,
            Styled(f"{row.caught} / {row.known}", style="green" if good else "bold red"),
            f"{row.explained} / {row.caught}",
            f"{row.seconds:.1f}",
        )
    console.print(table)
    console.print(
        f"caught {proof.caught} of {proof.known}, explained {proof.explained}; "
        f"correct alternatives accepted {proof.accepted} of {proof.alternatives}"
    )
    for problem in proof.problems:
        console.print(f"[red]✗[/] {escape(problem)}")


def show_changes(console: Console, lines: Iterable[str]) -> None:
    """A unified diff: what goes in red, what comes in green."""
    styles = {"---": "bold red", "+++": "bold green", "@@": "cyan", "-": "red", "+": "green"}
    for line in lines:
        style = next((styles[begin] for begin in styles if line.startswith(begin)), "")
        console.print(Styled(line, style), soft_wrap=True)


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """What works and what does not, with the remedy."""
    for finding in findings:
        mark = "[green]✓[/]" if finding.works else ("[red]✗[/]" if finding.needed else "[dim]–[/]")
        console.print(f"{mark} {finding.name:<22} {escape(finding.detail)}", soft_wrap=True)
