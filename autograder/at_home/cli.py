"""The `course` command of a students' copy. Exit code 0: fine; 1: a check failed; 2: an error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from autograder.case import PUBLIC_SEED, Case
from autograder.console import err, out, quiet_libraries
from autograder.sandbox.observation import Observation

app = typer.Typer(
    help="Check your notebooks of the recurrent-networks course.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point: errors that we expect become one line on stderr and exit code 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    quiet_libraries()
    from autograder.problem import Problem

    try:
        app()
    except Problem as problem:
        err.print(f"[bold red]error:[/] {escape(' '.join(str(problem).split()))}", soft_wrap=True)
        sys.exit(2)


@app.callback()
def course() -> None:
    """Check your notebooks of the recurrent-networks course."""


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="A .ipynb, a py:percent .py or a plain module.")],
    unit: Annotated[
        str | None, typer.Option(help="The unit, where the file does not tell.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="en or zh; default: the notebook's.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Check one notebook on the public cases; your instructor's hidden cases decide the mark.

    Example: course check gru.ipynb
    """
    from autograder import terminal
    from autograder.grade import grade
    from autograder.submission import read

    if lang not in (None, "en", "zh"):
        raise typer.BadParameter(f"language is {lang!r}; expected en or zh")
    report = grade(
        read(notebook, unit),
        lambda: AtHome(notebook.absolute().parent),
        seed=PUBLIC_SEED,
        hidden=False,
        language=lang,
    )
    if json:
        print(report.to_json())
    else:
        terminal.show_report(out, report)
    raise typer.Exit(2 if report.needs_human else int(report.points < report.max_points))


class AtHome:
    """A sitting in this process: the owner's own code on the owner's own machine, no limits."""

    dead = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.namespace: dict[str, Any] = {"__name__": "__main__"}

    def load(
        self, cells: list[dict[str, str]], names: list[str], files: Mapping[str, bytes]
    ) -> Mapping[str, Any]:
        """Run of the cells what the names need; files lie beside the notebook already."""
        from autograder import loader

        return {"problems": loader.load(cells, names, self.namespace)}

    def define(self, source: str, names: list[str]) -> Mapping[str, Any]:
        """Nothing stands in for the owner's definitions here."""
        return {}

    def observe(self, function: str, case: Case, seconds: float) -> Observation:
        """The arrays of one observation, or what went wrong in the owner's lines."""
        from autograder import frozen
        from autograder.observe import observer
        from autograder.student import Student, run_observe

        started = time.perf_counter()
        frozen.STUDENTS.set(self.namespace)
        student = Student(self.namespace, self.folder)
        arrays, failure = run_observe(observer(function), student, case)
        return Observation(arrays, failure, time.perf_counter() - started)

    def close(self) -> None:
        """Nothing to end."""


if __name__ == "__main__":
    main()
