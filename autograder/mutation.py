"""`course mutants`: which mutants of a unit's reference the checks catch, and which survive.

Each mutant is graded as a student's submission, in the sandbox's warm server, on public and hidden
cases, by the checks that its definition can change: its own first, those that train last, and no
further than the first that fails. A survivor is a weak check, or it is no other program: then
`equivalents/` says why.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .case import PUBLIC_SEED
from .check import Check
from .desk import OpenSitting
from .equivalents import Equivalent, equivalents
from .grade import grade
from .mutate import Mutant, checks_of, mutants
from .sandbox.limits import Limits
from .sandbox.parent import Server

SEED = PUBLIC_SEED + 1
WANTED = 0.99
"""Share of the mutants that change behaviour and have to be caught."""
LIMITS = Limits(check_seconds=5.0)
"""Tighter than a student's: a mutant that hangs is caught, and must not hold the others up."""
HIDDEN = "On a hidden case: "
Progress = Callable[[str, int, int], None]
Outcome = Literal["caught", "survived", "error"]


@dataclass(frozen=True)
class Result:
    """What became of one mutant.

    check: that decided. raised: no arrays came, only an exception or a limit: any grader sees that.
    """

    mutant: Mutant
    outcome: Outcome
    check: str = ""
    message: str = ""
    raised: bool = False
    equivalent: Equivalent | None = None


@dataclass
class Mutation:
    """What the mutator found out about a unit's checks."""

    unit: str
    made: int
    results: list[Result] = field(default_factory=list)
    stale: list[Equivalent] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def caught(self) -> list[Result]:
        """Mutants that cost points."""
        return [result for result in self.results if result.outcome == "caught"]

    @property
    def equivalent(self) -> list[Result]:
        """Survivors that are no other program, with the reason."""
        return [r for r in self.results if r.outcome == "survived" and r.equivalent]

    @property
    def missed(self) -> list[Result]:
        """Survivors without a reason, and mutants at which the grader itself failed."""
        return [r for r in self.results if r.outcome != "caught" and not r.equivalent]

    @property
    def raised(self) -> int:
        """How many were caught because they raised or hit a limit."""
        return sum(result.raised for result in self.caught)

    @property
    def score(self) -> float:
        """Caught mutants among those that change behaviour."""
        counted = len(self.caught) + len(self.missed)
        return len(self.caught) / counted if counted else 1.0

    @property
    def holds(self) -> bool:
        """Enough caught, no grader's error, and no reason for a mutant that is caught or gone."""
        errors = any(result.outcome == "error" for result in self.results)
        return self.score >= WANTED and not errors and not self.stale

    def to_json(self) -> dict[str, Any]:
        """As `course mutants --json` prints it."""
        return {
            "unit": self.unit,
            "made": self.made,
            "run": len(self.results),
            "caught": len(self.caught),
            "raised": self.raised,
            "score": round(self.score, 4),
            "seconds": round(self.seconds, 1),
            "missed": [_row(result) for result in self.missed],
            "equivalent": [_row(result) for result in self.equivalent],
            "stale": [asdict(listed) for listed in self.stale],
        }


def _row(result: Result) -> dict[str, Any]:
    mutant = result.mutant
    found = {n: getattr(mutant, n) for n in ("id", "definition", "line", "slip", "before", "after")}
    reason = result.equivalent.reason if result.equivalent else ""
    return {**found, "outcome": result.outcome, "message": result.message, "reason": reason}


def mutate(
    unit: str,
    isolation: str = "bubblewrap",
    *,
    sample: int | None = None,
    seed: int = 0,
    progress: Progress = lambda name, done, total: None,
    jobs: int = 0,
) -> Mutation:
    """Grade all mutants of a unit, or a seeded sample of them."""
    every = mutants(unit)
    chosen = sampled(every, sample, seed)
    found, started = Mutation(unit, len(every)), time.monotonic()
    with Server(isolation) as server, ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        running = [pool.submit(fate, mutant, lambda: server.sit(LIMITS, unit)) for mutant in chosen]
        try:
            for mutant, future in zip(chosen, running, strict=True):
                found.results.append(future.result())
                progress(mutant.id, len(found.results), len(chosen))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if len(chosen) == len(every):
        used = [result.equivalent for result in found.equivalent]
        found.stale = [listed for listed in equivalents(unit) if listed not in used]
    found.seconds = time.monotonic() - started
    return found


def sampled(every: Sequence[Mutant], size: int | None, seed: int) -> list[Mutant]:
    """So many mutants, spread over all of them, in their order; all of them for None."""
    if size is None or size >= len(every):
        return list(every)
    chosen = sorted(random.Random(seed).sample(range(len(every)), size))
    return [every[index] for index in chosen]


def fate(mutant: Mutant, open_sitting: OpenSitting) -> Result:
    """What the checks make of one mutant, up to the first that does not pass."""
    submission = mutant.submission()
    for checks in _in_turn(mutant, checks_of(mutant.unit, mutant.definition)):
        report = grade(
            submission, open_sitting, seed=SEED, limits=LIMITS, only=[c.id for c in checks]
        )
        for verdict in report.checks:
            if verdict.status == "error":
                return Result(mutant, "error", verdict.check, verdict.message)
            if verdict.status == "fail":
                raised = verdict.message.removeprefix(HIDDEN).startswith("Your code")
                return Result(mutant, "caught", verdict.check, verdict.message, raised)
    return Result(mutant, "survived", equivalent=_listed(mutant))


def _in_turn(mutant: Mutant, checks: Sequence[Check]) -> list[list[Check]]:
    """Own checks together, then the others, then each that trains: most mutants go no further."""
    own = [c for c in checks if mutant.definition in c.provides and not c.trains]
    others = [c for c in checks if c not in own and not c.trains]
    return [group for group in (own, others, *([c] for c in checks if c.trains)) if group]


def _listed(mutant: Mutant) -> Equivalent | None:
    listed = (each for each in equivalents(mutant.unit) if each.change == mutant.change)
    return next(listed, None)
