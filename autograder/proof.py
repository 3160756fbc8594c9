"""The grader's own test: every known mistake is caught and explained, every alternative passes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from . import alternatives, reference
from .aside import Aside
from .case import PUBLIC_SEED
from .check import registry
from .grade import grade
from .mistakes import Mistake, bank
from .sandbox.limits import Limits
from .sandbox.parent import Server
from .submission import Cell, Submission
from .verdict import Verdict

SEED = PUBLIC_SEED + 1
Progress = Callable[[str, int, int], None]


@dataclass
class Row:
    """One check of the proof."""

    check: str
    known: int = 0
    caught: int = 0
    explained: int = 0
    seconds: float = 0.0


@dataclass
class Proof:
    """What a unit's grader catches, explains and accepts."""

    unit: str
    checks: list[Row]
    accepted: int = 0
    alternatives: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def known(self) -> int:
        """Mistakes in the bank."""
        return sum(row.known for row in self.checks)

    @property
    def caught(self) -> int:
        """Mistakes that fail the check that should catch them."""
        return sum(row.caught for row in self.checks)

    @property
    def explained(self) -> int:
        """Mistakes whose own hint is shown."""
        return sum(row.explained for row in self.checks)

    @property
    def holds(self) -> bool:
        """All caught, all alternatives accepted, at least 97 % explained."""
        return (
            self.caught == self.known
            and self.accepted == self.alternatives
            and self.explained >= 0.97 * self.caught
        )

    def to_json(self) -> dict[str, Any]:
        """As `course mistakes --json` prints it."""
        numbers = {
            name: getattr(self, name)
            for name in ("caught", "known", "explained", "accepted", "alternatives")
        }
        rows = [asdict(row) for row in self.checks]
        return {"unit": self.unit, **numbers, "checks": rows, "problems": self.problems}


def prove(
    unit: str,
    isolation: str = "bubblewrap",
    progress: Progress = lambda name, done, total: None,
    jobs: int = 2,
) -> Proof:
    """Grade every mistake, and every alternative in all checks it can change, in the sandbox."""
    rows = {check.id: Row(check.id) for check in registry(unit)}
    proof = Proof(unit, list(rows.values()))
    mistakes, correct = bank(unit), alternatives.bank(unit)
    total = len(mistakes) + len(correct)
    with Server(isolation) as server, ThreadPoolExecutor(jobs) as pool:
        sit = partial(server.sit, unit=unit)

        def graded(source: str, only: list[str]) -> tuple[Verdict, ...]:
            handed_in = with_cell(unit, source)
            with closing(Aside(sit, Limits())) as aside:
                return grade(handed_in, sit, seed=SEED, only=only, aside=aside).checks

        asked = [pool.submit(graded, m.source(), [m.caught_by]) for m in mistakes]
        also = [pool.submit(graded, a.source, touched_by(unit, a)) for a in correct]
        for done, (mistake, future) in enumerate(zip(mistakes, asked, strict=True), start=1):
            _count(proof, rows[mistake.caught_by], mistake, future.result()[0])
            progress(mistake.id(), done, total)
        for done, (alternative, future) in enumerate(zip(correct, also, strict=True), start=1):
            wrong = [v for v in future.result() if v.status != "pass"]
            proof.alternatives += 1
            proof.accepted += not wrong
            for verdict in wrong:
                proof.problems.append(
                    f"correct, but {verdict.status} in {verdict.check}: {alternative.id}: "
                    f"{verdict.message}"
                )
            progress(alternative.id, len(mistakes) + done, total)
    return proof


def _count(proof: Proof, row: Row, mistake: type[Mistake], verdict: Verdict) -> None:
    row.known += 1
    row.seconds = round(row.seconds + verdict.seconds, 3)
    if verdict.status != "fail":
        proof.problems.append(f"not caught by {row.check}: {mistake.id()} ({verdict.status})")
        return
    row.caught += 1
    if verdict.mistake == mistake.id():
        row.explained += 1
    else:
        shown = verdict.mistake or "no hint"
        proof.problems.append(f"caught, but explained by {shown}: {mistake.id()}")


def touched_by(unit: str, alternative: alternatives.Alternative) -> list[str]:
    """Ids of the checks whose outcome the alternative's definitions can change."""
    provides = {check.id: set(check.provides) for check in registry(unit)}
    found = []
    for check in registry(unit):
        required = set().union(*(provides[other] for other in check.requires))
        if alternative.defines & (provides[check.id] | set(check.uses) | required):
            found.append(check.id)
    return found


def with_cell(unit: str, source: str) -> Submission:
    """The reference's notebook with one more cell at its end."""
    cells = [Cell(cell["id"], cell["source"]) for cell in reference.cells(unit)]
    return Submission(unit, "", (*cells, Cell("answer", source)))
