"""Figures of the class report: inline SVG in the page's own colours and font, both languages."""

from __future__ import annotations

import importlib
import io
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from markupsafe import Markup

from . import pages
from .verdict import Text

BINS = 10
POINTS, STUDENTS = Text("points", "得分"), Text("students", "学生人数")
PERPLEXITY = Text("held-out perplexity", "留出文本上的困惑度")
THRESHOLD, CLASS = Text("threshold", "阈值"), Text("the class", "全班")
INK, SOFT, LINE, FILL = "#010101", "#020202", "#030303", "#040404"
"""Colours that only stand for the page's own, so that a figure follows light and dark."""
VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line", FILL: "--fill"}
CROWD = 300
"""Students from which their ticks are drawn thinner."""


class Drawing:
    """A figure being drawn, and the SVG that it becomes."""

    def __init__(self, figure: Any, axes: Any):
        self.figure, self.axes = figure, axes
        self.svg = Markup()


def load() -> None:
    """Import Matplotlib now, where there is time for it; otherwise the first figure does."""
    importlib.import_module("matplotlib.backends.backend_svg")
    importlib.import_module("matplotlib.figure")


@contextmanager
def drawing(height: float, label: str, words: Sequence[Text], language: str) -> Iterator[Drawing]:
    """A figure of the page's width. label: for who cannot see it. words: in it, to be translated.

    They are put in afterwards: Matplotlib's own font has no Chinese.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "class report", "font.size": 9}):
        figure = Figure(figsize=(7.2, height), layout="constrained")
        made = Drawing(figure, figure.add_subplot())
        made.axes.tick_params(colors=SOFT, length=0)
        made.axes.set_axisbelow(True)
        for side, spine in made.axes.spines.items():
            spine.set_visible(side == "bottom")
            spine.set_color(LINE)
        yield made
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True)
    svg = themed(text.getvalue(), label)
    for word in words:
        svg = svg.replace(f">{word.en}<", f">{word.of(language)}<")
        svg = svg.replace(f">{word.en} ", f">{word.of(language)} ")
    made.svg = Markup(svg)  # noqa: S704  (made here; holds numbers and our words)


def histogram(rows: Sequence[Mapping[str, Any]], language: str) -> Markup:
    """Students by points, with the median."""
    from matplotlib.ticker import MaxNLocator

    scores = [row["score"] for row in rows]
    whole = max((row["max_score"] for row in rows), default=1.0) or 1.0
    label = Text("Histogram of the marks", "成绩直方图").of(language)
    with drawing(2.4, label, (POINTS, STUDENTS), language) as made:
        edges = [whole * i / BINS for i in range(BINS + 1)]
        made.axes.hist(scores, bins=edges, color=FILL, rwidth=0.94)
        if scores:
            made.axes.axvline(statistics.median(scores), color=INK, linewidth=1.2)
        made.axes.set_xlim(0, whole)
        made.axes.set_xticks(edges, [pages.points(edge) for edge in edges])
        made.axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        made.axes.set_xlabel(POINTS.en, color=SOFT)
        made.axes.set_ylabel(STUDENTS.en, color=SOFT)
        made.axes.grid(axis="y", color=LINE, linewidth=0.8)
    return made.svg


def ladder(
    reached: Sequence[float],
    rungs: Mapping[str, float],
    thresholds: Sequence[float],
    language: str,
) -> Markup:
    """The class's perplexities, one tick a student, under the rungs of simpler models."""
    low = 0.94 * min([*reached, *rungs.values(), *thresholds])
    high = 1.08 * max([*rungs.values(), *thresholds])
    label = Text("The ladder of perplexities with the class on it", "困惑度阶梯与全班的位置")
    with drawing(2.9, label.of(language), (PERPLEXITY, THRESHOLD, CLASS), language) as made:
        axes = made.axes
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(0, 1)
        ticks = [t for t in (3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80) if low <= t <= high]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_yticks([0.16], [CLASS.en])
        axes.set_xlabel(PERPLEXITY.en, color=SOFT)
        shown = [min(value, high) for value in reached]
        width = 2.4 if len(shown) < CROWD else 0.8
        axes.vlines(shown, 0.04, 0.28, color=FILL, linewidth=width)
        stairs = [*rungs.items(), *((THRESHOLD.en, threshold) for threshold in thresholds)]
        stairs.sort(key=lambda rung: rung[1])
        for step, (name, value) in enumerate(stairs):
            height = 0.94 - 0.56 * step / len(stairs)
            colour = INK if name == THRESHOLD.en else SOFT
            right = value > 0.6 * high
            axes.vlines(value, 0, height, color=colour, linewidth=1.2 if colour == INK else 0.7)
            axes.annotate(f"{name} {value:.2f}", (value, height), (-3 if right else 3, -7),
                          textcoords="offset points", color=colour, fontsize=8,
                          ha="right" if right else "left")  # fmt: skip
    return made.svg


def themed(svg: str, label: str) -> str:
    """An SVG for inlining: no prologue, the page's font, and colours from the page's variables."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r"font: ([^;\"]*?)'[^\"]*?(?=[;\"])", r"font: \1inherit", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(
        r'(<svg[^>]*?) height="[^"]*"', rf'\1 role="img" aria-label="{label}"', svg, count=1
    )
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg
