"""Where the commands print to, and how they show that work goes on."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
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


def quiet_libraries() -> None:
    """TensorFlow's C++ code writes to stderr at import, whatever it is told: only Python may.

    TensorFlow's own log keeps to errors: one function for each answer looks to it like retracing.
    """
    if os.environ.get("COURSE_DEBUG"):
        return
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


@contextlib.contextmanager
def nothing_on_stderr() -> Iterator[None]:
    """For a while: what C++ code says is dropped, and what Python says goes to stdout.

    For nbgrader's Validate, a line on stderr in the cell of a check is a failure, and TensorFlow
    writes one as it looks for a GPU.
    """
    log = logging.getLogger("tensorflow")
    level, kept = log.level, os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    sys.stderr.flush()
    os.dup2(nowhere, 2)
    os.close(nowhere)
    log.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stderr(sys.stdout):
            yield
    finally:
        log.setLevel(level)
        os.dup2(kept, 2)
        os.close(kept)


def say(line: str, shown: bool = True) -> None:
    """A line about what goes on, on stderr."""
    if shown:
        err.print(escape(line), soft_wrap=True)
