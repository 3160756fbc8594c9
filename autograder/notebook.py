"""Front 1: `check("gru.one_step")` in the student's own kernel, with an answer at once.

The same checks, judges and diagnosis as in the sandbox, on the public cases. It tells the student
where they are; it decides no grade.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import loader, pages, withheld
from .case import PUBLIC_SEED, Case
from .check import Arrays, Check, find, registry, units
from .console import nothing_on_stderr
from .difference import Difference, first_difference
from .grade import grade
from .observe import observer
from .sandbox.observation import Observation
from .student import Student, run_observe
from .submission import Submission, files_beside
from .verdict import Report, Text, Verdict

WAITS = Text("This cell waits for {check}.", "此单元格需先通过 {check}。")


class CheckFailed(AssertionError):
    """A check did not pass; raised so that nbgrader's Validate sees it. The card says why.

    plain: the card's words.
    """

    def __init__(self, summary: str, plain: str) -> None:
        super().__init__(summary)
        self.plain = plain

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows in place of a traceback, which would point at no line of the student.

        Who has the notebook open sees the card just above, so a line is enough; Validate shows
        nothing but this.
        """
        seen = "JPY_SESSION_NAME" in os.environ or not hasattr(_shell(), "kernel")
        return [str(self)] if seen else list(_wrapped(self.plain))


class UnknownCheck(ValueError):
    """There is no check with this id; the message lists those there are."""

    def _render_traceback_(self) -> list[str]:
        """No traceback: the id is all that is wrong."""
        return list(_wrapped(str(self)))


def _wrapped(text: str) -> Iterator[str]:
    """Lines of a length that `nbgrader validate` does not cut off."""
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        yield from textwrap.wrap(line, 80, subsequent_indent=indent)


def _known(check: str) -> None:
    try:
        find(check)
    except ValueError as error:
        raise UnknownCheck(str(error)) from None


def _unit_of(namespace: Mapping[str, Any]) -> str:
    """The unit of which the notebook defines the most."""
    return max(units(), key=lambda unit: _defined(unit, namespace))


def _defined(unit: str, namespace: Mapping[str, Any]) -> int:
    """How many of the definitions that the unit asks for are there."""
    return len({name for check in registry(unit) for name in check.provides} & set(namespace))


class Checker:
    """`check(id)` runs one check on the definitions of this notebook.

    check(id)       shows a card; raises CheckFailed unless the check passes
    check.done(id)  whether it has passed here; if not, prints that the cell waits for it
    check.all()     runs every check of the unit and shows a summary; raises nothing
    check.progress()  shows what is left, by the checks that were run in this kernel; runs none
    """

    def __init__(self) -> None:
        self._verdicts: dict[str, tuple[tuple[int, ...], Verdict]] = {}
        self._seen: dict[str, Arrays] = {}

    def __call__(self, check: str) -> None:
        _known(check)
        namespace = _namespace()
        verdict = self._report([check], namespace).verdict(check)
        language = _language(check.split(".", 1)[0])
        plain = pages.plain(verdict, language)
        _show(pages.card(verdict, language, self._difference(verdict)), plain)
        if verdict.status != "pass":
            label = pages.item(verdict, language).label
            got = f"{pages.points(verdict.points)} / {pages.points(verdict.max_points)}"
            raise CheckFailed(f"{check}: {label} ({got})", plain)

    def done(self, check: str) -> bool:
        """Whether the check has passed in this kernel, for the definitions as they were then."""
        _known(check)
        passed = check in self._verdicts and self._verdicts[check][1].status == "pass"
        if not passed:
            print(WAITS.of(_language(check.split(".", 1)[0])).format(check=check))
        return passed

    def all(self, unit: str | None = None) -> None:
        """Run every check of the unit, in order, and show the points and each verdict.

        unit: by default the one of which this notebook defines the most.
        """
        namespace = _namespace()
        unit = unit or _unit_of(namespace)
        report = self._report([check.id for check in registry(unit)], namespace)
        _show_summary(report, report.checks)

    def progress(self, unit: str | None = None) -> None:
        """Show the points so far and the checks that have not passed yet; run nothing.

        A check counts with its last verdict, as long as the definitions that it looked at stand.
        """
        namespace = _namespace()
        unit = unit or _unit_of(namespace)
        verdicts = tuple(self._last(check, namespace) for check in registry(unit))
        report = Report(
            unit,
            "",
            "",
            round(sum(verdict.points for verdict in verdicts), 2),
            round(sum(verdict.max_points for verdict in verdicts), 2),
            verdicts,
            language=_language(unit),
        )
        _show_summary(report, [verdict for verdict in verdicts if verdict.status != "pass"])

    def _last(self, check: Check, namespace: Mapping[str, Any]) -> Verdict:
        state, verdict = self._verdicts.get(check.id, (None, None))
        if verdict is not None and state == _state(check.id, namespace):
            return verdict
        return Verdict(check.id, "skip", 0.0, check.points)

    def _difference(self, verdict: Verdict) -> Difference | None:
        """What the card draws: an array that this check has just found wrong."""
        seen = self._seen.get(verdict.check)
        if verdict.status != "fail" or seen is None:
            return None
        check = find(verdict.check)
        ((_, expected),) = check.cases(PUBLIC_SEED, hidden=False)
        return first_difference(seen, expected, check.outputs)

    def _report(self, wanted: Iterable[str], namespace: dict[str, Any]) -> Report:
        """The report on these checks and on those that they build on.

        A verdict on an earlier check stands as long as the definitions that it looked at do.
        """
        wanted = list(wanted)
        unit = wanted[0].split(".", 1)[0]
        only = _with_earlier(wanted)
        states = {check: _state(check, namespace) for check in only}
        known = {
            check: self._verdicts[check][1]
            for check in only
            if check not in wanted and self._verdicts.get(check, (None,))[0] == states[check]
        }
        self._seen.clear()
        with nothing_on_stderr():
            report = grade(
                Submission(unit, "", (), files_beside(Path.cwd() / f"{unit}.ipynb")),
                lambda: InThisKernel(namespace, self._seen),
                seed=PUBLIC_SEED,
                hidden=False,
                language=_language(unit),
                only=only,
                known=known,
            )
        for verdict in report.checks:
            self._verdicts[verdict.check] = (states[verdict.check], verdict)
        return report


class InThisKernel:
    """A sitting over the student's own namespace: nothing is loaded, nothing is limited.

    seen: what the first observation of each check gave, the one of the public case, is put there.
    """

    dead = False

    def __init__(self, namespace: dict[str, Any], seen: dict[str, Arrays] | None = None):
        self.namespace = namespace
        self.seen = {} if seen is None else seen
        self.before: dict[str, Any] = {}

    def load(self, cells: Any, names: Any, files: Any) -> Mapping[str, Any]:
        """The kernel has run the cells already."""
        return {"problems": []}

    def define(self, source: str, names: list[str]) -> Mapping[str, Any]:
        """The reference's earlier parts, for the time of the check."""
        given: dict[str, Any] = {"__name__": "__main__"}
        loader.load([{"id": "given", "source": source}], names, given)
        for name in names:
            self.before.setdefault(name, self.namespace.get(name))
            self.namespace[name] = given[name]
        return {}

    def observe(self, function: str, case: Case, seconds: float) -> Observation:
        """The arrays of one observation, or what went wrong in the student's lines."""
        started = time.perf_counter()
        student = Student(self.namespace, Path.cwd())
        with withheld.for_now():
            arrays, failure = run_observe(observer(function), student, case)
        self.seen.setdefault(function, arrays)
        return Observation(arrays, failure, time.perf_counter() - started)

    def close(self) -> None:
        """Give the student's own definitions back."""
        for name, value in self.before.items():
            if value is None:
                self.namespace.pop(name, None)
            else:
                self.namespace[name] = value
        self.before = {}


def _with_earlier(wanted: list[str]) -> list[str]:
    """The checks, those they require, and those that decide about names they use; in order."""
    unit = wanted[0].split(".", 1)[0]
    checks = registry(unit)
    decides = {name: check.id for check in reversed(checks) for name in check.provides}
    found: set[str] = set()
    pending = [find(check).id for check in wanted]
    while pending:
        check = find(pending.pop())
        if check.id not in found:
            found.add(check.id)
            pending += [*check.requires, *(decides[name] for name in check.uses)]
    return [check.id for check in checks if check.id in found]


def _state(check: str, namespace: Mapping[str, Any]) -> tuple[int, ...]:
    """Identity of the definitions that a check looks at: rerunning their cells changes it."""
    looked_at = find(check)
    return tuple(id(namespace.get(name)) for name in (*looked_at.provides, *looked_at.uses))


def _namespace() -> dict[str, Any]:
    """The notebook's variables; outside IPython, the caller's module."""
    shell = _shell()
    if shell is not None:
        found: dict[str, Any] = shell.user_ns
        return found
    return sys._getframe(2).f_globals


def _shell() -> Any:
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _show(html: str, plain: str) -> None:
    if _shell() is None:
        print(plain)
        return
    from IPython.display import display

    display({"text/html": html, "text/plain": plain}, raw=True)  # type: ignore[no-untyped-call]


def _show_summary(report: Report, listed: Sequence[Verdict]) -> None:
    shown = pages.summary(report, listed)
    language = report.language
    _show(pages.summary_card(shown, language), pages.summary_plain(shown, language))


def _language(unit: str) -> str:
    """COURSE_LANGUAGE if it is set, else what the notebook's metadata says, else English."""
    chosen = os.environ.get("COURSE_LANGUAGE", "")
    if chosen in ("en", "zh"):
        return chosen
    session = os.environ.get("JPY_SESSION_NAME", "")
    for path in (Path(session), Path.cwd() / Path(session).name, Path.cwd() / f"{unit}.ipynb"):
        try:
            course = json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]
            if course["language"] in ("en", "zh"):
                return str(course["language"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return "en"


check = Checker()
