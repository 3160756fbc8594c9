"""What every page shares: templates, the words in both languages, a verdict as a reader sees it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import jinja2
from markupsafe import Markup, escape

from . import failures
from .check import find
from .difference import Difference
from .equation import mathml
from .units import TITLES
from .verdict import Report, Text, Verdict

LABELS = {
    "pass": Text("Passed", "通过"),
    "part": Text("Partly right", "部分正确"),
    "fail": Text("Not right yet", "尚未正确"),
    "skip": Text("Not checked", "未检查"),
    "error": Text("With your instructor", "待教师查看"),
}
NOT_DONE = Text("Not done yet", "尚未完成")
MARKS = {"pass": "✓", "part": "◐", "fail": "✗", "skip": "–", "error": "!"}
LIMITS = ("Limiting cases: ", "极限情形：")
"""How a line begins that is made of equations: their subscripts are lowered."""
NOT_DONE_MARK = "○"
GRADER_FAULT = Text(
    "The grader failed here, not you: no points are given or taken until a human has looked.",
    "这里是评分程序出错，不是你的错：在人工查看之前，不给分也不扣分。",
)


@dataclass(frozen=True)
class Item:
    """One verdict with what the unit says about its check, in one language.

    kind: the status, or "part" for a fail that earned some of its points.
    not_done: whether the student has not begun: that is no mistake.
    """

    verdict: Verdict
    kind: str
    label: str
    mark: str
    sentence: str
    equation: str
    task: int
    message: str
    not_done: bool = False

    @property
    def shade(self) -> str:
        """The kind, where what is not done yet is not shown as wrong."""
        return "todo" if self.not_done else self.kind


def item(verdict: Verdict, language: str) -> Item:
    """What a page shows of a verdict; a check that the unit no longer has shows its id."""
    try:
        check = find(verdict.check)
        sentence, equation, task = check.sentence.of(language), check.equation, check.task
    except ValueError:
        sentence, equation, task = verdict.check, "", 0
        check = None
    kind = "part" if verdict.status == "fail" and verdict.points > 0 else verdict.status
    message = verdict.message
    if verdict.status == "error":
        message = GRADER_FAULT.of(language)
    not_done = check is not None and verdict.message == failures.not_done(check).of(language)
    label, mark = (NOT_DONE, NOT_DONE_MARK) if not_done else (LABELS[kind], MARKS[kind])
    return Item(
        verdict, kind, label.of(language), mark, sentence, equation, task, message, not_done
    )


def items(report: Report) -> list[Item]:
    """Every verdict of a report, in its order and language."""
    return [item(verdict, report.language) for verdict in report.checks]


def unit_name(unit: str, language: str) -> str:
    """The unit's title; its id where it has none."""
    return TITLES[unit].of(language) if unit in TITLES else unit


def points(value: float) -> str:
    """Points as a reader writes them: 5, 3.5, 0.67.

    Never rounded up, so that 4.999 of 5 does not look like all of it.
    """
    return f"{math.floor(value * 100 + 1e-6) / 100:.2f}".rstrip("0").rstrip(".")


SUBSCRIPT = re.compile(
    r"(?<![^\W\d_])(?P<base>[^\W\d_]\u0303?|[^\W\d_]{2,3})_(?:\{(?P<long>[^{}]*)\}|(?P<short>[^\W_]+)(?!\w))"
)


def typeset(text: str) -> Markup:
    """An equation or a hint with its subscripts lowered: h_{t-1} and W_xr, but not reset_after."""

    def lower(found: re.Match[str]) -> str:
        below = found["short"] if found["long"] is None else found["long"].replace("-", "−")
        return f"{found['base']}<sub>{below}</sub>"

    return Markup(SUBSCRIPT.sub(lower, str(escape(text))))  # noqa: S704


def message(text: str) -> Markup:
    """A message, its lines of code (those that are indented by four) set as code."""
    return Markup("\n").join(map(_line, text.split("\n")))


def _line(line: str) -> Markup:
    if line.startswith("    "):
        return Markup("<code>{}</code>").format(line)
    return typeset(line) if line.startswith(LIMITS) else escape(line)


def plain(verdict: Verdict, language: str) -> str:
    """The verdict as text for a terminal or a log."""
    shown = item(verdict, language)
    hint = "提示" if language == "zh" else "hint"
    got = share(verdict.points, verdict.max_points, language)
    lines = [f"{shown.mark} {verdict.check}  {got}   {shown.sentence}"]
    lines += [f"    {line}" for line in shown.message.splitlines()]
    if shown.shade in ("part", "fail"):
        lines += [f"    {line}" for line in shown.equation.splitlines()]
    if verdict.hint:
        first, *more = verdict.hint.splitlines()
        lines += [f"    {hint}: {first}", *(f"    {line}" for line in more)]
    return "\n".join(lines)


def share(got: float, of: float, language: str) -> str:
    """ "3 of 5 points"."""
    word, unit = ("/", "分") if language == "zh" else ("of", "points")
    return f"{points(got)} {word} {points(of)} {unit}"


def card(verdict: Verdict, language: str, difference: Difference | None = None) -> str:
    """The verdict as one self-contained piece of HTML: no script, no link, every word escaped.

    difference: a wrong array of the public case, to be drawn.
    """
    shown = item(verdict, language)
    return render(
        "card.html", language, item=shown, difference=difference, style=_file("card.css")
    ).strip()


@dataclass(frozen=True)
class Summary:
    """Where a student is in a unit: the points so far, and a line for each of some checks."""

    title: str
    points: float
    max_points: float
    line: str
    bar: tuple[tuple[str, float], ...]
    items: tuple[Item, ...]


def summary(report: Report, listed: Sequence[Verdict]) -> Summary:
    """A report's points, with a line for each of the verdicts that are to be listed."""
    shown = items(report)
    whole = report.max_points or 1.0
    earned = {kind: sum(i.verdict.points for i in shown if i.kind == kind) for kind in LABELS}
    passed = sum(one.kind == "pass" for one in shown)
    line = Text(f"{passed} of {len(shown)} checks pass", f"{len(shown)} 项检查中通过 {passed} 项")
    return Summary(
        unit_name(report.unit, report.language),
        report.points,
        report.max_points,
        line.of(report.language),
        tuple((kind, value / whole) for kind, value in earned.items() if value),
        tuple(item(verdict, report.language) for verdict in listed),
    )


def summary_card(shown: Summary, language: str) -> str:
    """The summary as one self-contained piece of HTML."""
    return render("summary.html", language, style=_file("card.css"), **vars(shown)).strip()


def summary_plain(shown: Summary, language: str) -> str:
    """The summary as text, with a bar of forty letters."""
    done = int(40 * shown.points / (shown.max_points or 1.0))
    lines = [
        f"{one.mark} {one.verdict.check:<28} {points(one.verdict.points):>5} / "
        f"{points(one.verdict.max_points):<5} {one.label}"
        for one in shown.items
    ]
    total = f"{shown.title}: {share(shown.points, shown.max_points, language)}, {shown.line}"
    return "\n".join([total, "█" * done + "░" * (40 - done), *lines])


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The templates of `autograder/templates`: escaping on, an unknown name is an error."""
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["points"] = points
    found.filters["typeset"] = typeset
    found.filters["message"] = message
    found.filters["mathml"] = mathml
    return found


def stylesheet() -> Markup:
    """The pages' CSS."""
    return _file("page.css")


@lru_cache(maxsize=4)
def _file(name: str) -> Markup:
    """A stylesheet: our own file, so it needs no escaping."""
    source, _, _ = jinja2.PackageLoader("autograder").get_source(environment(), name)
    return Markup(source)  # noqa: S704


def render(template: str, language: str, **values: object) -> str:
    """A template's text. `t(en, zh)` inside it picks the language."""

    def pick(en: str, zh: str) -> str:
        return zh if language == "zh" else en

    return (
        environment()
        .get_template(template)
        .render(t=pick, language="zh-CN" if language == "zh" else "en", **values)
    )
