"""From a submission to a report: order, prerequisites, the reference's earlier parts, diagnosis.

Pure: no file, no clock but the sandbox's, no process of its own. What runs the student's code is
handed in as `open_sitting`; what decides is here and in the checks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from . import reference
from .case import Case
from .check import Arrays, Check, Finding, GraderFault, find, registry
from .diagnose import diagnose, right_arrays
from .failures import explain, is_fault, unusable, worth_a_note
from .mistakes import Mistake
from .noticed import WORDS
from .sandbox.limits import Limits
from .sandbox.observation import Failure, Observation
from .submission import Submission
from .verdict import NOTHING, Report, Status, Text, Verdict, readable

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


@dataclass
class _Outcome:
    """What one check came to before it is put into words."""

    status: Status
    share: float
    message: Text = NOTHING
    mistake: type[Mistake] | None = None
    seconds: float = 0.0
    perplexity: float | None = None


def grade(
    submission: Submission,
    open_sitting: OpenSitting,
    *,
    seed: int,
    hidden: bool = True,
    language: str | None = None,
    limits: Limits | None = None,
    only: Collection[str] | None = None,
    known: Mapping[str, Verdict] | None = None,
) -> Report:
    """Grade one submission, check by check, in the unit's order.

    seed: of the hidden cases. hidden: whether to use them. language: "en" or "zh" of the
    messages; by default the submission's own. only: ids of the checks to grade (all by default);
    those left out count as passed where another one requires them. known: verdicts that stand,
    by check. A child that dies is replaced, and grading goes on at the next check.
    """
    language = language or submission.language
    desk = _Desk(submission, open_sitting, limits or Limits())
    verdicts: list[Verdict] = []
    try:
        for check in registry(submission.unit):
            if only is not None and check.id not in only:
                continue
            verdict = (known or {}).get(check.id)
            if verdict is None:
                outcome = _outcome(check, desk, verdicts, seed, hidden)
                verdict = _verdict(check, outcome, language)
            if verdict.status != "pass":
                desk.wrong |= set(check.provides)
            verdicts.append(verdict)
    finally:
        desk.close()
    return Report(
        unit=submission.unit,
        student=submission.student,
        submission=submission.sha256,
        points=round(sum(v.points for v in verdicts), 2),
        max_points=round(sum(v.max_points for v in verdicts), 2),
        checks=tuple(verdicts),
        notes=tuple(readable(note) for note in (*submission.notes, *desk.notes(language))),
        language=language,
    )


class _Desk:
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
        names = _names(check) if self.failed_loads else _names(*registry(self.submission.unit))
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


def _names(*checks: Check) -> set[str]:
    """What these checks call of the student's definitions."""
    names = {name for check in checks for name in (*check.provides, *check.uses)}
    required = (find(id) for check in checks for id in check.requires)
    return names | {name for check in required for name in check.provides}


def _outcome(
    check: Check, desk: _Desk, earlier: list[Verdict], seed: int, hidden: bool
) -> _Outcome:
    missed = [v.check for v in earlier if v.check in check.requires and not _mostly_right(v)]
    if missed:
        ids = ", ".join(missed)
        return _Outcome(
            "skip",
            0.0,
            Text(f"Skipped: {ids} has to pass first.", f"已跳过：需先通过 {ids}。"),
        )
    try:
        return _observed(check, desk, seed, hidden)
    except Exception as fault:  # a judge that raises is our fault, never the student's fail
        name = "" if isinstance(fault, GraderFault) else f"{type(fault).__name__}: "
        return _Outcome(
            "error",
            0.0,
            Text(
                f"The grader failed here, not you: {name}{fault}. A human will look.",
                f"这里是评分程序出错，不是你的错：{name}{fault}。将由人工处理。",
            ),
        )


def _mostly_right(verdict: Verdict) -> bool:
    """Good enough to build on: a slip beside the point does not cost the next check as well."""
    return verdict.status == "pass" or verdict.points > verdict.max_points / 2


def _observed(check: Check, desk: _Desk, seed: int, hidden: bool) -> _Outcome:
    shares: dict[str, float] = {}
    outcome = _Outcome("pass", 1.0)
    for case, expected in check.cases(seed, hidden):
        seen = desk.observe(check, case)
        desk.after(check, seen)
        outcome.seconds += seen.seconds
        if seen.failure is not None:
            if is_fault(seen.failure):
                raise GraderFault(seen.failure.message)
            loading = desk.not_loaded is not None
            text = explain(seen.failure, check, desk.problems, desk.limits, loading)
            withheld = seen.failure.kind == "layer"
            mistake = diagnose(check, {}, case, ["layer"]) if withheld else None
            return _Outcome("fail", 0.0, _on(case, text), mistake, outcome.seconds)
        findings = _judged(check, seen, expected, case)
        for finding in findings:
            earned = finding.share if finding.problem is None else 0.0
            shares[finding.part] = min(earned, shares.get(finding.part, 1.0))
            outcome.perplexity = outcome.perplexity or finding.perplexity
        wrong = [finding for finding in findings if finding.problem is not None]
        if wrong and outcome.status == "pass":
            outcome.status = "fail"
            outcome.message = _on(case, _problems(wrong))
            outcome.mistake = _diagnosed(check, seen, case, [f.part for f in wrong])
            if outcome.mistake is None:
                outcome.message += _limits(check, desk, case)
    outcome.share = min(1.0, sum(shares.values()))
    return outcome


def _judged(check: Check, seen: Observation, expected: Arrays, case: Case) -> list[Finding]:
    """The findings; arrays of a form that no right answer has are the student's, not our fault."""
    try:
        with np.errstate(all="ignore"):  # a student's overflow is no warning of ours
            return check.judge(seen.arrays, expected, case)
    except Exception:
        right = right_arrays(check, case)
        problem = None if right is None else unusable(seen.arrays, right)
        if problem is None:
            raise
        return [Finding("form", 1.0, problem)]


def _diagnosed(
    check: Check, seen: Observation, case: Case, wrong: list[str]
) -> type[Mistake] | None:
    """The mistake behind a wrong answer; none behind arrays that no mistake could give."""
    try:
        with np.errstate(all="ignore"):
            return diagnose(check, seen.arrays, case, wrong)
    except Exception:
        right = right_arrays(check, case)
        if right is None or unusable(seen.arrays, right) is None:
            raise
        return None


def _limits(check: Check, desk: _Desk, case: Case) -> Text:
    """Which limiting cases hold: where an answer fits no known mistake, they narrow it down."""
    found: dict[bool, list[Text]] = {True: [], False: []}
    for name, values in check.limiting_cases(case):
        limit = Case(case.name, {**case.values, **values})
        seen = desk.observe(check, limit)
        desk.after(check, seen)
        findings = _judged(check, seen, check.expect(limit), limit)
        right = seen.failure is None and all(finding.problem is None for finding in findings)
        found[right].append(name)
    if not found[True]:
        return NOTHING
    en, zh = (
        {key: separator.join(name.of(language) for name in names) for key, names in found.items()}
        for language, separator in (("en", "; "), ("zh", "；"))
    )
    return Text(
        f"\nLimiting cases: right at {en[True]}. Wrong at {en[False] or 'none'}.",
        f"\n极限情形：正确的有 {zh[True]}。错误的有 {zh[False] or '无'}。",
    )


def _on(case: Case, text: Text) -> Text:
    return Text("On a hidden case: ", "在隐藏用例上：") + text if case.hidden else text


def _problems(wrong: list[Finding], shown: int = 2) -> Text:
    text = NOTHING
    for finding in wrong[:shown]:
        assert finding.problem is not None
        text += (Text("\n", "\n") if text.en else NOTHING) + finding.problem
    if len(wrong) > shown:
        names = ", ".join(finding.part for finding in wrong[shown:])
        text += Text(f"\nAlso wrong: {names}.", f"\n还有：{names}。")
    return text


def _verdict(check: Check, outcome: _Outcome, language: str) -> Verdict:
    mistake = outcome.mistake
    share = 1.0 if outcome.status == "pass" else min(outcome.share, 1.0)
    return Verdict(
        check=check.id,
        status=outcome.status,
        points=round(check.points * share, 2),
        max_points=check.points,
        message=readable(outcome.message.of(language)),
        hint=mistake.hint().of(language) if mistake else "",
        mistake=mistake.id() if mistake else "",
        seconds=round(outcome.seconds, 3),
        perplexity=_finite(outcome.perplexity),
    )


def _finite(perplexity: float | None) -> float | None:
    """The perplexity as JSON can hold it."""
    return round(perplexity, 4) if perplexity and math.isfinite(perplexity) else None


def unreadable(unit: str, student: str, reason: str, language: str = "en") -> Report:
    """The report on a file that cannot be read: no points yet, and a human must look."""
    verdicts = tuple(
        Verdict(check.id, "error", 0.0, check.points, reason) for check in registry(unit)
    )
    total = sum(v.max_points for v in verdicts)
    return Report(unit, student, "", 0.0, total, verdicts, (reason,), language)
