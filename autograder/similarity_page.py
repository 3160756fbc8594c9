"""Pairs that are alike -> one self-contained page, the two answers beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from . import pages
from .check import registry
from .course_folder import CourseFolder
from .similarity import Pair, Passage

SHOWN = 100
"""Pairs with their text on the page; the rest are named."""


def render(
    unit: str,
    found: Sequence[Pair],
    weights: Sequence[Sequence[str]],
    compared: int,
    language: str = "en",
    unread: Mapping[str, str] | None = None,
) -> str:
    """The page's HTML.

    weights: groups with the same trained weights. compared: how many submissions there were.
    unread: student -> why the submission was not compared.
    """
    return pages.render(
        "similarity.html",
        language,
        stylesheet=pages.stylesheet(),
        unit=unit,
        unit_name=pages.unit_name(unit, language),
        pairs=[_shown(unit, pair, number, language) for number, pair in enumerate(found, 1)],
        shown=SHOWN,
        weights=weights,
        compared=compared,
        unread=dict(unread or {}),
    )


def _shown(unit: str, pair: Pair, number: int, language: str) -> dict[str, Any]:
    passages = pair.passages if number <= SHOWN else ()
    cells = {passage.cells[0] for passage in pair.passages}
    order = [f"{check.grade_id}-answer" for check in registry(unit)] + sorted(cells)
    return {
        "number": number,
        "students": pair.students,
        "tasks": [_task(unit, cell, language) for cell in sorted(cells, key=order.index)],
        "passages": [_sides(unit, passage, language) for passage in passages],
    }


def _sides(unit: str, passage: Passage, language: str) -> dict[str, Any]:
    both = zip(passage.cells, passage.sources, passage.stretches, strict=True)
    return {
        "task": _task(unit, passage.cells[0], language),
        "percent": round(100 * passage.share),
        "tokens": passage.tokens,
        "sides": [{"cell": cell, "code": marked(source, where)} for cell, source, where in both],
    }


def _task(unit: str, cell: str, language: str) -> str:
    """A task as a reader knows it: its number and the name of what is asked for."""
    name = cell.removesuffix("-answer")
    for check in registry(unit):
        if check.grade_id == name:
            return f"{'任务' if language == 'zh' else 'Task'} {check.task} · {check.name}"
    return cell


def marked(source: str, stretches: Sequence[tuple[int, int]]) -> Markup:
    """The source, escaped, with the stretches marked."""
    parts, at = [], 0
    for start, end in stretches:
        parts += [escape(source[at:start]), Markup("<mark>{}</mark>").format(source[start:end])]
        at = end
    return Markup().join([*parts, escape(source[at:])])


def path_of(folder: CourseFolder, unit: str) -> Path:
    """Where the page about a unit lies."""
    return folder.root / "reports" / f"{unit}-similarity.html"


def write(path: Path, text: str) -> Path:
    """Write the page, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
    return path
