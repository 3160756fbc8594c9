"""A sitting in this process, for tests: the sandbox's loading and observing without the sandbox.

What it runs is this project's own code (references, mistakes, alternatives), never a student's.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder import loader, submission
from autograder.case import Case
from autograder.check import registry
from autograder.grade import grade
from autograder.observe import observer
from autograder.sandbox.observation import Observation
from autograder.student import Student, run_observe
from autograder.verdict import Report

ROOT = Path(__file__).resolve().parents[2]
SEED = 5


class InProcess:
    """Has the methods of a sandbox sitting; every sitting gets a namespace of its own."""

    dead = False

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "student"}
        self._folder = tempfile.TemporaryDirectory()

    def load(
        self, cells: list[dict[str, str]], names: list[str], files: Mapping[str, bytes]
    ) -> dict[str, Any]:
        for name, data in files.items():
            Path(self._folder.name, name).write_bytes(data)
        return {"problems": loader.load(cells, names, self.namespace)}

    def define(self, source: str, names: list[str]) -> dict[str, Any]:
        given: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(source, "<given>", "exec", dont_inherit=True), given)
        self.namespace.update({name: given[name] for name in names})
        return {"failure": None}

    def observe(self, function: str, case: Case, seconds: float) -> Observation:
        start = time.perf_counter()
        student = Student(self.namespace, Path(self._folder.name))
        arrays, failure = run_observe(observer(function), student, case)
        return Observation(arrays, failure, time.perf_counter() - start)

    def close(self) -> None:
        self._folder.cleanup()


@lru_cache(maxsize=5)
def reference(unit: str = "gru") -> submission.Submission:
    """The reference handed in as a submission."""
    return submission.read(ROOT / "solutions" / f"{unit}.py")


def followed_by(
    *sources: str,
    files: Mapping[str, bytes] | None = None,
    language: str = "en",
    unit: str = "gru",
) -> submission.Submission:
    """The reference's cells, then these: a later definition replaces an earlier one."""
    extra = [submission.Cell(f"extra {i}", source) for i, source in enumerate(sources)]
    cells = (*reference(unit).cells, *extra)
    return submission.Submission(unit, "student", cells, dict(files or {}), language)


def without_training(unit: str = "gru") -> list[str]:
    """Ids of the unit's checks that take neither training nor calibrated data."""
    return [
        check.id
        for check in registry(unit)
        if not check.trains and not check.id.endswith(".same_model")
    ]


def marks(
    handed_in: submission.Submission, *only: str, hidden: bool = True, language: str | None = None
) -> Report:
    """The report on a submission, by default on all checks that do not train."""
    return grade(
        handed_in,
        InProcess,
        seed=SEED,
        hidden=hidden,
        language=language,
        only=only or without_training(handed_in.unit),
    )


def problems(report: Report) -> list[str]:
    """What did not pass, as lines to read in a failed test."""
    return [f"{v.check}: {v.status}: {v.message}" for v in report.checks if v.status != "pass"]
