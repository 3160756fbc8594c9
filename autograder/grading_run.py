"""One run of `course grade`, as a person follows it: a bar, a log file, and how it ended."""

from __future__ import annotations

import os
import platform
import re
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .class_report import duration
from .console import err, say
from .verdict import Report

OUTCOMES = {
    "all": ("✓", "all points"),
    "some": ("◐", "some points"),
    "none": ("✗", "no points"),
    "human": ("!", "for a human"),
}
COLOURS = {"all": "green", "some": "yellow", "none": "red", "human": "bold magenta"}
SAID_EVERY = 30.0
"""Seconds between two lines where nobody watches a terminal."""


def outcome(report: Report) -> str:
    """Which of `OUTCOMES` a report is."""
    if report.needs_human:
        return "human"
    if report.points >= report.max_points:
        return "all"
    return "some" if report.points > 0 else "none"


class GradingRun:
    """Follows a run; a context manager. Give `graded` and `progress` to `grade_class`.

    On a terminal there is a bar with the time that is left, the rate and the count of each
    outcome; elsewhere a line every half minute. log: a file with a line for each submission.
    """

    def __init__(self, log: Path, unit: str, settings: Mapping[str, object]) -> None:
        self.log, self.unit = log, unit
        self.counts: Counter[str] = Counter()
        self.total = 0
        self._started = self._said = time.monotonic()
        self._first: float | None = None
        log.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(log, "x", encoding="utf-8", buffering=1)  # noqa: SIM115
        columns = [
            SpinnerColumn(finished_text=" "),
            TextColumn("[bold]Grading[/]"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("eta"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
            TextColumn("{task.description}", markup=False),
        ]
        self._bar = Progress(*columns, console=err, disable=not err.is_terminal, transient=True)
        self._task = self._bar.add_task("starting the sandbox", total=None, rate="", counts="")
        said = " ".join(f"{name}={value}" for name, value in settings.items())
        self.write(f"course grade {unit} {said}")
        versions = " ".join(f"{name} {version(name)}" for name in ("tensorflow", "nbgrader"))
        self.write(f"python {platform.python_version()} {versions} pid {os.getpid()}")

    def __enter__(self) -> GradingRun:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
        if kind is None:
            how = "finished"
        else:
            how = (
                "interrupted" if kind is KeyboardInterrupt else f"ended by {kind.__name__}: {error}"
            )
        self.write(f"{how}: {self.line()}")
        self._file.close()
        if kind is KeyboardInterrupt:
            of = f" of {self.total}" if self.total else ""
            say(f"interrupted: {self.done}{of} submissions are recorded and stay; log: {self.log}")
            say("run the same command again to go on with the rest")

    @property
    def done(self) -> int:
        """Submissions that are recorded."""
        return self.counts.total()

    def progress(self, student: str, done: int, total: int) -> None:
        """A submission is recorded."""
        self.total = total
        rate = self.rate()
        self._bar.update(
            self._task,
            description=_one_line(student),
            completed=done,
            total=total,
            rate=f"{rate:.1f}/min" if rate else "",
            counts=" ".join(
                f"[{COLOURS[kind]}]{mark} {self.counts[kind]}[/]"
                for kind, (mark, _) in OUTCOMES.items()
            ),
        )
        now = time.monotonic()
        if self._bar.disable and now - self._said > SAID_EVERY:
            self._said = now
            say(self.line())

    def graded(self, report: Report) -> None:
        """Count and log a report."""
        self._first = self._first or time.monotonic()
        kind = outcome(report)
        self.counts[kind] += 1
        checks = Counter(verdict.status for verdict in report.checks)
        said = " ".join(f"{status}={number}" for status, number in sorted(checks.items()))
        seconds = sum(verdict.seconds for verdict in report.checks)
        self.write(
            f"{_one_line(report.student)}\t{report.points:g}/{report.max_points:g}\t{said}\t"
            f"{seconds:.1f}s\t{OUTCOMES[kind][1]}"
        )
        for note in report.notes:
            self.write(f"{_one_line(report.student)}\tnote: {_one_line(note)}")

    def rate(self) -> float:
        """Submissions a minute since the first one; 0 while there is none to go by."""
        if self._first is None or self.done < 2:
            return 0.0
        return 60.0 * (self.done - 1) / max(1e-3, time.monotonic() - self._first)

    def line(self) -> str:
        """Where the run is, in one line."""
        parts = [f"{self.done} of {self.total or '?'} recorded"]
        parts += [f"{self.counts[kind]} {word}" for kind, (_, word) in OUTCOMES.items()]
        rate = self.rate()
        if rate:
            parts.append(f"{rate:.1f} a minute")
            if self.total > self.done:
                parts.append(f"about {duration(60 * (self.total - self.done) / rate)} left")
        return ", ".join([*parts, f"{duration(time.monotonic() - self._started)} so far"])

    def write(self, text: str) -> None:
        """A line of the log, with the time before it; a full disk costs the line, not the run."""
        with suppress(OSError):
            self._file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')}\t{text}\n")


def log_path(root: Path, unit: str) -> Path:
    """A file that is not there yet: logs/gru-20270301-120000.log."""
    stem = f"{unit}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (f"{stem}{end}.log" for end in ("", *(f"-{n}" for n in range(2, 100))))
    return next(path for name in names if not (path := root / "logs" / name).exists())


def _one_line(text: str) -> str:
    """The text without characters that a log or a terminal would obey."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "?", text)
