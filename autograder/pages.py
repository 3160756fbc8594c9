"""What every page shares: templates, the words in both languages, a verdict as a reader sees it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

import jinja2
from markupsafe import Markup, escape

from .check import find
from .verdict import Report, Text, Verdict

LABELS = {
    "pass": Text("Passed", "通过"),
    "part": Text("Partly right", "部分正确"),
    "fail": Text("Not right yet", "尚未正确"),
    "skip": Text("Not checked", "未检查"),
    "error": Text("With your instructor", "待教师查看"),
}
MARKS = {"pass": "✓", "part": "◐", "fail": "✗", "skip": "–", "error": "!"}
GRADER_FAULT = Text(
    "The grader failed here, not you: no points are given or taken until a human has looked.",
    "这里是评分程序出错，不是你的错：在人工查看之前，不给分也不扣分。",
)
UNITS = {
    "markov": Text("Markov and n-gram models", "马尔可夫与 n 元语法模型"),
    "rnn": Text("Recurrent neural network", "循环神经网络"),
    "bptt": Text("Back-propagation through time", "时间反向传播"),
    "gru": Text("Gated recurrent unit", "门控循环单元"),
    "lstm": Text("Long short-term memory", "长短期记忆网络"),
}


@dataclass(frozen=True)
class Item:
    """One verdict with what the unit says about its check, in one language.

    kind: the status, or "part" for a fail that earned some of its points.
    """

    verdict: Verdict
    kind: str
    label: str
    mark: str
    sentence: str
    equation: str
    task: int
    message: str


def item(verdict: Verdict, language: str) -> Item:
    """What a page shows of a verdict; a check that the unit no longer has shows its id."""
    try:
        check = find(verdict.check)
        sentence, equation, task = check.sentence.of(language), check.equation, check.task
    except ValueError:
        sentence, equation, task = verdict.check, "", 0
    kind = "part" if verdict.status == "fail" and verdict.points > 0 else verdict.status
    message = verdict.message
    if verdict.status == "error":
        message = GRADER_FAULT.of(language)
    return Item(
        verdict, kind, LABELS[kind].of(language), MARKS[kind], sentence, equation, task, message
    )


def items(report: Report) -> list[Item]:
    """Every verdict of a report, in its order and language."""
    return [item(verdict, report.language) for verdict in report.checks]


def unit_name(unit: str, language: str) -> str:
    """The unit's title; its id where it has none."""
    return UNITS[unit].of(language) if unit in UNITS else unit


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
    lines = (
        Markup("<code>{}</code>").format(line) if line.startswith("    ") else escape(line)
        for line in text.split("\n")
    )
    return Markup("\n").join(lines)


def plain(verdict: Verdict, language: str) -> str:
    """The verdict as text for a terminal or a log."""
    shown = item(verdict, language)
    of, unit, hint = ("of", "points", "hint") if language != "zh" else ("/", "分", "提示")
    got = f"{points(verdict.points)} {of} {points(verdict.max_points)} {unit}"
    lines = [f"{shown.mark} {verdict.check}  {got}   {shown.sentence}"]
    lines += [f"    {line}" for line in shown.message.splitlines()]
    if verdict.status == "fail":
        lines += [f"    {line}" for line in shown.equation.splitlines()]
    if verdict.hint:
        first, *more = verdict.hint.splitlines()
        lines += [f"    {hint}: {first}", *(f"    {line}" for line in more)]
    return "\n".join(lines)


def card(verdict: Verdict, language: str) -> str:
    """The verdict as one self-contained piece of HTML: no script, no link, every word escaped."""
    return render("card.html", language, item=item(verdict, language)).strip()


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
    return found


def stylesheet() -> Markup:
    """The pages' CSS: our own file, so it needs no escaping."""
    source, _, _ = jinja2.PackageLoader("autograder").get_source(environment(), "page.css")
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
