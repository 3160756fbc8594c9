"""What a check is, and the ordered registry of a unit's checks.

A check has four parts, kept apart by where they run:

    draw(rng)                     outside   inputs of one case, from a seed
    observe/<unit>.py: <name>     sandbox   calls the student's definitions, returns named arrays
    expect(case)                  outside   what those arrays have to be
    judge(seen, expected, case)   outside   findings, each worth a share of the points

The sandbox never holds an expected value, and the judge never runs a line of the student's.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from . import frozen
from .case import PUBLIC_SEED, Case, generator
from .compare import same_array
from .units import UNITS
from .verdict import Text

Arrays = Mapping[str, np.ndarray]


class GraderFault(Exception):
    """The grader, not the student, is wrong: the verdict is `error` and a human must look."""


@dataclass(frozen=True)
class Finding:
    """One rule of a judge: `share` of the check's points is earned if `problem` is None.

    beside: a rule that is kept by doing nothing ("the input is as it was"): it earns its share only
    where another one is kept too.
    """

    part: str
    share: float
    problem: Text | None
    perplexity: float | None = None
    """What was measured on held-out text, where that is what the rule looks at."""
    beside: bool = False


def credit(findings: Iterable[Finding]) -> float:
    """The share of a check's points that its findings, of one case or several, earn together.

    A part that several cases look at is worth what it earns in the worst of them.
    """
    earned: dict[bool, dict[str, float]] = {False: {}, True: {}}
    for finding in findings:
        got = finding.share if finding.problem is None else 0.0
        parts = earned[finding.beside]
        parts[finding.part] = min(got, parts.get(finding.part, got))
    answer, beside = (sum(parts.values()) for parts in earned.values())
    return min(1.0, answer + beside) if answer else 0.0


Limit = tuple[Text, dict[str, Any]]
"""A limiting case: its name, and the values of a case that change."""


def at(name: str, **values: Any) -> Limit:
    """A limiting case whose name is an equation, the same in both languages."""
    return Text(name, name), values


class Check:
    """Base of all checks. A subclass's docstring is the sentence that the student sees."""

    id: ClassVar[str]
    zh: ClassVar[str]
    task: ClassVar[int]
    points: ClassVar[float]
    equation: ClassVar[str] = ""
    """The equation that the check holds the answer to, in Unicode."""
    provides: ClassVar[tuple[str, ...]] = ()
    """Names of the student's definitions that this check decides about."""
    uses: ClassVar[tuple[str, ...]] = ()
    """Names decided by earlier checks: where the student's are wrong, the reference's are used."""
    requires: ClassVar[tuple[str, ...]] = ()
    """Ids of checks that must earn more than half; otherwise this one is skipped, and says so."""
    outputs: ClassVar[Mapping[str, str]] = {}
    """Observed arrays and the names of their axes, for the standard `judge`."""
    trains: ClassVar[bool] = False
    """Whether observing takes training: a longer time limit, one case only, no diagnosis."""
    hidden_cases: ClassVar[int] = 2
    reveals: ClassVar[bool] = False
    """Whether its cases hold a part of what a later check asks for: no process goes on from it."""
    files: ClassVar[tuple[str, ...]] = ()
    """Files handed in beside the notebook that the observation reads: results of the student's own
    code, so where one is there, no earlier part is replaced by the reference's."""

    @property
    def sentence(self) -> Text:
        """The rule in one sentence."""
        return Text((self.__doc__ or "").strip().splitlines()[0], self.zh)

    @property
    def unit(self) -> str:
        """The unit's name, the first part of the id."""
        return self.id.split(".", 1)[0]

    @property
    def name(self) -> str:
        """The id without the unit: the name of the observing function."""
        return self.id.split(".", 1)[1]

    @property
    def grade_id(self) -> str:
        """nbgrader's id of the test cell (it allows no dot)."""
        return self.id.replace(".", "-")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Inputs of one case."""
        raise NotImplementedError

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        """The arrays that a correct answer gives."""
        raise NotImplementedError

    def at_home(self, case: Case) -> dict[str, np.ndarray]:
        """What a students' copy compares with, where `judge` calls what answers the check."""
        return self.expect(case)

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        """Inputs at which the equation becomes simple.

        Where a wrong answer fits no known mistake, the student reads which of them hold.
        """
        return ()

    def context(self, case: Case) -> dict[str, float]:
        """Named counts that a constant wrong factor is compared with."""
        return {}

    def ladder(self) -> tuple[Mapping[str, float], tuple[float, ...]] | None:
        """What simpler models reach on the text that this check measures on, and the threshold.

        A second threshold is that of a short run here, where nothing trained was handed in.
        """
        return None

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        """Equal shares for each expected array, compared with the tolerance of its dtype."""
        share = 1.0 / len(expected)
        return [
            Finding(
                name,
                share,
                same_array(
                    name,
                    seen.get(name),
                    wanted,
                    self.outputs.get(name, ""),
                    context=self.context(case),
                ),
            )
            for name, wanted in expected.items()
        ]

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        """What two observations must share for the same mistake to be behind both."""
        return seen

    def cases(self, seed: int, hidden: bool) -> tuple[tuple[Case, dict[str, np.ndarray]], ...]:
        """The public case, then the hidden ones, each with what is expected."""
        names = [("public", PUBLIC_SEED)]
        if hidden:
            names += [(f"hidden-{i + 1}", seed) for i in range(self.hidden_cases)]
        return tuple(self._case(name, source) for name, source in names)

    @lru_cache(maxsize=256)  # noqa: B019  (checks live as long as the process)
    def _case(self, name: str, seed: int) -> tuple[Case, dict[str, np.ndarray]]:
        kept = frozen.of(self.unit)
        if kept is not None:
            if name != "public":
                raise GraderFault("a students' copy has no hidden cases; your instructor has them")
            return kept.case(self.id)
        case = Case(name, self.draw(generator(seed, self.id, name)))
        return case, self.expect(case)


@lru_cache(maxsize=8)
def registry(unit: str) -> tuple[Check, ...]:
    """The checks of a unit in the order of its tasks; ValueError for an unknown unit."""
    if unit not in UNITS:
        raise ValueError(f"no unit {unit!r}; expected one of {', '.join(UNITS)}")
    try:
        module = importlib.import_module(f"autograder.checks.{unit}")
    except ModuleNotFoundError as problem:
        if problem.name != f"autograder.checks.{unit}":
            raise
        raise ValueError(f"unit {unit!r} has no checks; units with checks: {known()}") from None
    return tuple(check() for check in module.CHECKS)


def units() -> tuple[str, ...]:
    """Units that have checks, in the lecture's order."""
    return tuple(unit for unit in UNITS if importlib.util.find_spec(f"autograder.checks.{unit}"))


def known() -> str:
    """Units that have checks, for messages."""
    return ", ".join(units())


def find(check: str) -> Check:
    """The check with this id; ValueError names the ids there are."""
    unit = check.split(".", 1)[0]
    checks = registry(unit)
    for candidate in checks:
        if candidate.id == check:
            return candidate
    ids = ", ".join(candidate.id for candidate in checks)
    raise ValueError(f"no check {check!r}; unit {unit!r} has {ids}")
