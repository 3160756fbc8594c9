"""The bank's code, run in a process of its own: for what needs TensorFlow.

So a grader's own process need not load it; and the bank's code meets nothing of a student's.
"""

from __future__ import annotations

from . import reference
from .case import Case
from .check import Arrays, Check
from .desk import OpenSitting, Sitting
from .sandbox.limits import Limits


class NotRun(Exception):
    """The bank's code could not be run, for no reason of its own."""


class Aside:
    """A `desk.Run`: what the reference gives with a source after it. Close it at the end.

    The process is opened when it is first asked for, and again where it died.
    """

    def __init__(self, open_sitting: OpenSitting, limits: Limits) -> None:
        self.open_sitting, self.limits = open_sitting, limits
        self.sitting: Sitting | None = None

    def __call__(self, source: str, check: Check, case: Case) -> Arrays | None:
        """The arrays; None where the code raises. NotRun where it is not known what it gives."""
        if self.sitting is not None and self.sitting.dead:
            self.close()
        if self.sitting is None:
            self.sitting = self.open_sitting()
        cells = [*reference.cells(check.unit), {"id": "known", "source": source}]
        loaded = self.sitting.load(cells, sorted({*check.provides, *check.uses}), {})
        if loaded.get("failure") or loaded.get("problems"):
            raise NotRun
        seen = self.sitting.observe(check.id, case, self.limits.check_seconds)
        if self.sitting.dead:
            raise NotRun
        return None if seen.failure is not None else seen.arrays

    def close(self) -> None:
        """End the process, if one was opened."""
        if self.sitting is not None:
            self.sitting.close()
        self.sitting = None
