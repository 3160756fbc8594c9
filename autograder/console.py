"""Where the commands print to, and how they show that work goes on."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def progress_bar(name: str, shown: bool = True) -> Progress:
    """A bar with count, elapsed and remaining time, on stderr."""
    columns: list[Any] = [
        TextColumn(f"[bold]{name}[/]"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("eta"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    ]
    return Progress(*columns, console=err, disable=not shown or not err.is_terminal, transient=True)


def say(line: str, shown: bool = True) -> None:
    """A line about what goes on, on stderr."""
    if shown:
        err.print(escape(line), soft_wrap=True)
