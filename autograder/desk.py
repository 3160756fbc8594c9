"""A student's process, asked check by check: reopened after a death, its wrong parts replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from . import reference
from .case import Case
from .check import Arrays, Check, GraderFault, find, registry
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
Run = Callable[[str, Check, Case], Arrays | None]
"""(source, check, case): what the reference gives when `source` is run after it; None: it raises"""


class Desk:
    """The student's sitting, kept alive: reopened after a death, parts replaced where wrong.

    Where loading all that the unit needs hits a limit, each check gets a sitting that loads its
    own part only, so that one endless loop does not cost the others; after LOADS_AT_MOST of
    these, what is left fails at once.
    """

    def __init__(
        self,
        submission: Submission,
        open_sitting: OpenSitting,
        limits: Limits,
        checks: Sequence[Check],
    ):
        self.undecided = list(checks)
        """In the unit's order."""
        self.submission, self.open_sitting, self.limits = submission, open_sitting, limits
        self.sitting: Sitting | None = None
        self.files = frozenset(submission.files)
        self.wrong: set[str] = set()
        self.replaced: set[str] = set()
        self.left_out: set[str] = set()
        """The student's own definitions that the process was not given, as they are wrong."""
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

    def next(self) -> Check:
        """The check to decide now: the first one, in the unit's order, that changes the least.

        Opening a process again costs more than most checks, so those go first that the open one
        can take as it is, and one that ends it (`reveals`) after them. What a check builds on is
        decided before it.
        """
        ready = [
            check
            for k, check in enumerate(self.undecided)
            if not any(_builds_on(check, earlier) for earlier in self.undecided[:k])
        ]

        def changes(check: Check) -> tuple[bool, bool, bool]:
            return self._ends(check), bool(self._needed(check) - self.replaced), check.reveals

        return min(ready, key=changes)

    def decided(self, check: Check, right: bool) -> None:
        """A check is done with; what is wrong is replaced where later ones use it."""
        self.undecided.remove(check)
        if not right:
            self.wrong |= set(check.provides)

    def _needed(self, check: Check) -> set[str]:
        """What a check is given of the reference's."""
        return set() if self._own(check) else self.wrong.intersection(check.uses)

    def _own(self, check: Check) -> bool:
        """Whether it looks at what the student's own code has trained, right or wrong."""
        return not self.files.isdisjoint(check.files)

    def _ends(self, check: Check) -> bool:
        """Whether the open process cannot be used for this check.

        Never more of the reference's than the check is given: not even what an earlier one was.
        """
        if self.sitting is None:
            return False
        another = self.failed_loads > 0 and self.loaded_for != check.id
        lacks = self._own(check) and bool(self.left_out)
        too_much = bool(self.replaced - self._needed(check))
        return self.sitting.dead or another or lacks or too_much

    def observe(self, check: Check, case: Case) -> Observation:
        if self._undone(check):
            return Observation(failure=Failure("not_done", f"{check.provides[0]} is not defined"))
        needed = self._needed(check)
        if self._ends(check):
            self.close()
        if self.sitting is None and self.failed_loads <= LOADS_AT_MOST:
            self.not_loaded = self._open(check)
            if self.not_loaded is not None and self.failed_loads == 1:
                self.not_loaded = self._open(check)  # this check's own part only
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
        separator = "；" if language == "zh" else "; "
        return [
            f"{check.id}: {separator.join(t.of(language) for t in self.found[check.id])}"
            for check in registry(self.submission.unit)
            if check.id in self.found
        ]

    def _open(self, check: Check) -> Failure | None:
        """Open a sitting and load the student's cells; the limit that this hit, or None."""
        self.close()
        self.sitting, self.loaded_for = self.open_sitting(), check.id
        names = names_of(check) if self.failed_loads else names_of(*registry(self.submission.unit))
        cells = [{"id": cell.id, "source": cell.source} for cell in self.submission.cells]
        if not self._own(check):
            undecided = {name for later in self.undecided for name in later.provides}
            self.left_out = names & (self.wrong - undecided)
        names -= self.left_out
        loaded = self.sitting.load(cells, sorted(names), self.submission.files)
        self.problems = list(loaded.get("problems", ()))
        self.told = set()
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
        self.sitting, self.replaced, self.left_out = None, set(), set()


def _checked(claim: Failure, without_student: Failure | None) -> Failure:
    """Whose fault it is, where a student's process says that it is the grader's."""
    if without_student is not None and without_student.kind == "claim":
        return Failure("fault", claim.message)
    return Failure("reply", f"the process reports a fault that there is not: {claim.message}")


def _builds_on(check: Check, earlier: Check) -> bool:
    return earlier.id in check.requires or not set(check.uses).isdisjoint(earlier.provides)


def names_of(*checks: Check) -> set[str]:
    """What these checks call of the student's definitions."""
    names = {name for check in checks for name in (*check.provides, *check.uses)}
    required = (find(id) for check in checks for id in check.requires)
    return names | {name for check in required for name in check.provides}
