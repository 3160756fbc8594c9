"""From a submission to a report: order, prerequisites, the reference's earlier parts, diagnosis.

Pure: no file, no clock but the sandbox's, no process of its own. What runs the student's code is
handed in as `open_sitting`; what decides is here and in the checks.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from .case import Case
from .check import Arrays, Check, Finding, GraderFault, credit, registry
from .desk import Desk, OpenSitting, Run
from .diagnose import diagnose, right_arrays
from .failures import explain, is_fault, unusable
from .hushed import hushed, silence
from .mistakes import Mistake
from .sandbox.limits import Limits
from .sandbox.observation import Observation
from .submission import Submission
from .verdict import NOTHING, Report, Status, Text, Verdict, readable


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
    aside: Run | None = None,
) -> Report:
    """Grade one submission, check by check.

    seed: of the hidden cases. hidden: whether to use them. language: "en" or "zh" of the
    messages; by default the submission's own. only: ids of the checks to grade (all by default);
    those left out count as passed where another one requires them. known: verdicts that stand,
    by check. aside: runs the bank's code where that needs TensorFlow; by default this process
    does. A child that dies is replaced, and grading goes on at the next
    check.
    """
    language = language or submission.language
    checks = [check for check in registry(submission.unit) if only is None or check.id in only]
    desk = Desk(submission, open_sitting, limits or Limits(), checks)
    verdicts: dict[str, Verdict] = {}
    try:
        while desk.undecided:
            check = desk.next()
            verdict = (known or {}).get(check.id)
            if verdict is None:
                outcome = _outcome(check, desk, verdicts, seed, hidden, aside)
                verdict = _verdict(check, outcome, language)
            desk.decided(check, verdict.status == "pass")
            verdicts[check.id] = verdict
    finally:
        desk.close()
    found = tuple(verdicts[check.id] for check in checks)
    return Report(
        unit=submission.unit,
        student=submission.student,
        submission=submission.sha256,
        points=round(sum(v.points for v in found), 2),
        max_points=round(sum(v.max_points for v in found), 2),
        checks=found,
        notes=tuple(readable(note) for note in (*submission.notes, *desk.notes(language))),
        language=language,
    )


def _outcome(
    check: Check,
    desk: Desk,
    earlier: Mapping[str, Verdict],
    seed: int,
    hidden: bool,
    aside: Run | None,
) -> _Outcome:
    missed = [id for id in check.requires if id in earlier and not _mostly_right(earlier[id])]
    if missed:
        ids = ", ".join(missed)
        return _Outcome(
            "skip",
            0.0,
            Text(f"Skipped: {ids} has to pass first.", f"已跳过：需先通过 {ids}。"),
        )
    try:
        return _observed(check, desk, seed, hidden, aside)
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


def _observed(check: Check, desk: Desk, seed: int, hidden: bool, aside: Run | None) -> _Outcome:
    judged: list[Finding] = []
    outcome = _Outcome("pass", 1.0)
    for case, expected in check.cases(seed, hidden):
        seen = desk.observe(check, case)
        desk.after(check, seen)
        outcome.seconds += seen.seconds
        if seen.failure is not None:
            if is_fault(seen.failure):
                raise GraderFault(seen.failure.message)
            loading = desk.not_loaded is not None
            failure, silent = seen.failure, NOTHING
            if case.hidden:
                failure = hushed(failure, desk.submission)
                silent = silence(failure)
            text = explain(failure, check, desk.problems, desk.limits, loading) + silent
            withheld = seen.failure.kind == "layer"
            mistake = diagnose(check, {}, case, ["layer"], aside) if withheld else None
            return _Outcome("fail", 0.0, _on(case, text), mistake, outcome.seconds)
        findings = _judged(check, seen, expected, case, aside)
        judged += findings
        for finding in findings:
            outcome.perplexity = outcome.perplexity or finding.perplexity
        wrong = [finding for finding in findings if finding.problem is not None]
        if wrong and outcome.status == "pass":
            outcome.status = "fail"
            outcome.message = _on(case, _problems(wrong))
            outcome.mistake = _diagnosed(check, seen, case, [f.part for f in wrong], aside)
            if outcome.mistake is None:
                outcome.message += _limits(check, desk, case, aside)
        if not credit(judged):
            break  # no further case can earn what this one has lost
    outcome.share = credit(judged)
    return outcome


def _judged(
    check: Check, seen: Observation, expected: Arrays, case: Case, aside: Run | None
) -> list[Finding]:
    """The findings; arrays of a form that no right answer has are the student's, not our fault."""
    try:
        with np.errstate(all="ignore"):  # a student's overflow is no warning of ours
            return check.judge(seen.arrays, expected, case)
    except Exception:
        right = right_arrays(check, case, aside)
        problem = None if right is None else unusable(seen.arrays, right)
        if problem is None:
            raise
        return [Finding("form", 1.0, problem)]


def _diagnosed(
    check: Check, seen: Observation, case: Case, wrong: list[str], aside: Run | None
) -> type[Mistake] | None:
    """The mistake behind a wrong answer; none behind arrays that no mistake could give."""
    try:
        with np.errstate(all="ignore"):
            return diagnose(check, seen.arrays, case, wrong, aside)
    except Exception:
        right = right_arrays(check, case, aside)
        if right is None or unusable(seen.arrays, right) is None:
            raise
        return None


def _limits(check: Check, desk: Desk, case: Case, aside: Run | None) -> Text:
    """Which limiting cases hold: where an answer fits no known mistake, they narrow it down."""
    found: dict[bool, list[Text]] = {True: [], False: []}
    for name, values in check.limiting_cases(case):
        limit = Case(case.name, {**case.values, **values})
        seen = desk.observe(check, limit)
        desk.after(check, seen)
        findings = _judged(check, seen, check.expect(limit), limit, aside)
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
