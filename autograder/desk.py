"""A student's process, asked check by check: reopened after a death, its wrong parts replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from . import reference
from .case import Case
from .check import Check, GraderFault, find, registry
from .failures import explain, is_fault, worth_a_note
from .noticed import WORDS
from .sandbox.limits import Limits
from .sandbox.observation import Failure, Observation
from .submission import Submission
from .verdict import Text

LOADS_AT_MOST = 4  # failed loads of one submission, each of up to `load_seconds`


class Sitting(Protocol):
    """One student's process: loads the cells once, then answers observations."""

    @property
    def dead(self) -> bool: ...

    def load(
        self, cells: list[dict[str, str]], names: list[str], files: Mapping[str, bytes]
    ) -> Mapping[str, Any]: ...

    def define(self, source: str, names: list[str]) -> Mapping[str, Any]: ...

    def observe(self, function: str, case: Case, seconds: float) -> Observation: ...

    def close(self) -> None: ...


OpenSitting = Callable[[], Sitting]


class Desk:
    """The student's sitting, kept alive: reopened after a death, parts replaced where wrong.

    Where loading all that the unit needs hits a limit, each check gets a sitting that loads its
    own part only, so that one endless loop does not cost the others; after LOADS_AT_MOST of
    these, what is left fails at once.
    """

    def __init__(self, submission: Submission, open_sitting: OpenSitting, limits: Limits):
        self.submission, self.open_sitting, self.limits = submission, open_sitting, limits
        self.sitting: Sitting | None = None
        self.files = frozenset(submission.files)
        self.wrong: set[str] = set()
        self.replaced: set[str] = set()
        self.defined: set[str] | None = None
        """Names that the process says the cells have bound; None where it does not say."""
        self.told: set[str] = set()
        """What the sitting is known to have tried."""
        self.problems: list[Mapping[str, Any]] = []
        self.found: dict[str, list[Text]] = {}
        """By check: what a human should know of the student's process."""
        self.not_loaded: Failure | None = None
        self.failed_loads = 0
        self.loaded_for = ""

    def observe(self, check: Check, case: Case) -> Observation:
        another = self.failed_loads > 0 and self.loaded_for != check.id
        own = not self.files.isdisjoint(check.files)  # trained by the student's own code
        if self._undone(check):
            return Observation(failure=Failure("not_done", f"{check.provides[0]} is not defined"))
        needed = set() if own else {name for name in check.uses if name in self.wrong}
        # Never more of the reference's than the check is given: not even what an earlier one was.
        if self.sitting is not None and (self.sitting.dead or another or self.replaced - needed):
            self.close()
        if self.sitting is None and self.failed_loads <= LOADS_AT_MOST:
            self.not_loaded = self._open(check, own)
            if self.not_loaded is not None and self.failed_loads == 1:
                self.not_loaded = self._open(check, own)  # this check's own part only
        if self.not_loaded is not None or self.sitting is None:
            return Observation(failure=self.not_loaded)
        if self._undone(check):
            return Observation(failure=Failure("not_done", f"{check.provides[0]} is not defined"))
        if needed - self.replaced:
            self.replaced |= needed
            self._define(sorted(needed))
        seconds = self.limits.train_seconds if check.trains else self.limits.check_seconds
        seen = self.sitting.observe(check.id, case, seconds)
        if seen.failure is not None and seen.failure.kind == "claim":
            empty = self._without_student(lambda sitting: sitting.observe(check.id, case, seconds))
            self.close()  # what else it has written would meet the next check
            return replace(seen, failure=_checked(seen.failure, empty.failure))
        return seen

    def _undone(self, check: Check) -> bool:
        """Whether the cells define nothing of what the check looks at, as far as is known."""
        known = self.defined is not None and bool(check.provides)
        return known and not set(check.provides) & (self.defined or set())

    def _define(self, names: list[str]) -> None:
        """Give the sitting the reference's definitions of these names; GraderFault if it cannot."""
        assert self.sitting is not None
        source = reference.stand_in(self.submission.unit, tuple(names))
        failure = self.sitting.define(source, names).get("failure")
        if failure is not None and failure.kind == "claim":
            empty = self._without_student(lambda sitting: sitting.define(source, names))
            failure = _checked(failure, empty.get("failure"))
        if failure is not None and is_fault(failure):
            raise GraderFault(failure.message)

    def _without_student(self, ask: Callable[[Sitting], Any]) -> Any:
        """The same question to a process that holds nothing of the student's."""
        sitting = self.open_sitting()
        try:
            return ask(sitting)
        finally:
            sitting.close()

    def after(self, check: Check, seen: Observation) -> None:
        """Keep what a human should know; end a process that has been shown too much."""
        noticed: set[str] = set(getattr(self.sitting, "noticed", ()))
        found = [WORDS[kind] for kind in WORDS if kind in noticed - self.told]
        self.told |= noticed
        failure = seen.failure
        if failure is None and self.sitting is not None and self.sitting.dead:
            failure = getattr(self.sitting, "failure", None)  # it has answered, and written more
        if failure is not None:
            loading = self.not_loaded is not None
            told = explain(failure, check, self.problems, self.limits, loading)
            note = worth_a_note(failure, told)
            found += [note] if note is not None else []
        if found:
            known = self.found.setdefault(check.id, [])
            known += [text for text in found if text not in known]
        if check.reveals:
            self.close()

    def notes(self, language: str) -> list[str]:
        """One line for each check in which something was found."""
        return [
            f"{id}: {('；' if language == 'zh' else '; ').join(t.of(language) for t in texts)}"
            for id, texts in self.found.items()
        ]

    def _open(self, check: Check, own: bool) -> Failure | None:
        """Open a sitting and load the student's cells; the limit that this hit, or None.

        own: also those that earlier checks found wrong.
        """
        self.close()
        self.sitting, self.loaded_for = self.open_sitting(), check.id
        names = names_of(check) if self.failed_loads else names_of(*registry(self.submission.unit))
        cells = [{"id": cell.id, "source": cell.source} for cell in self.submission.cells]
        if not own:
            names -= self.wrong - _names_from(check)
        loaded = self.sitting.load(cells, sorted(names), self.submission.files)
        self.problems = list(loaded.get("problems", ()))
        self.replaced, self.told = set(), set()
        bound = loaded.get("defined")
        self.defined = None if bound is None or self.failed_loads else set(bound) | self.wrong
        failure: Failure | None = loaded.get("failure")
        if failure is not None and is_fault(failure):
            self.close()
            raise GraderFault(failure.message)
        self.failed_loads += failure is not None
        return failure

    def close(self) -> None:
        if self.sitting is not None:
            self.sitting.close()
        self.sitting = None


def _checked(claim: Failure, without_student: Failure | None) -> Failure:
    """Whose fault it is, where a student's process says that it is the grader's."""
    if without_student is not None and without_student.kind == "claim":
        return Failure("fault", claim.message)
    return Failure("reply", f"the process reports a fault that there is not: {claim.message}")


def _names_from(check: Check) -> set[str]:
    """What this check and those after it decide about."""
    checks = registry(check.unit)
    return {name for later in checks[checks.index(check) :] for name in later.provides}


def names_of(*checks: Check) -> set[str]:
    """What these checks call of the student's definitions."""
    names = {name for check in checks for name in (*check.provides, *check.uses)}
    required = (find(id) for check in checks for id in check.requires)
    return names | {name for check in required for name in check.provides}
