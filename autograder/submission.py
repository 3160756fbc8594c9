"""A student's work as code cells and files, whatever shape the file is in.

All fronts read through `from_notebook`, so that a notebook gives the same cells whether a
terminal, nbgrader or pytest hands it over: locked cells come from the release, test cells are
left out, and of copies with one grade_id the last one counts, as nbgrader has it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import notebook_file, reference
from .check import registry
from .notebook_file import SubmissionError, sayable
from .units import UNITS

LARGEST_SOURCE = 2 * 2**20
LARGEST_FILE = 20 * 2**20


@dataclass(frozen=True)
class Cell:
    """One code cell: an id that messages name, and its source."""

    id: str
    source: str


@dataclass(frozen=True)
class Submission:
    """What is graded: code cells in order, files handed in beside them, and the language."""

    unit: str
    student: str
    cells: tuple[Cell, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    language: str = "en"
    notes: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of everything that the marks depend on; the student's name is not in it."""
        digest = hashlib.sha256()
        cells = [[cell.id, cell.source] for cell in self.cells]
        digest.update(json.dumps([self.unit, self.language, cells]).encode())
        for name in sorted(self.files):
            digest.update(f"\0{name}\0{hashlib.sha256(self.files[name]).hexdigest()}".encode())
        return digest.hexdigest()


def read(path: str | Path, unit: str | None = None, student: str = "") -> Submission:
    """The submission in a notebook, a py:percent script or a plain Python module.

    Errors: SubmissionError, in one line, for a path that is not there, a folder, a file that is
    too large, not UTF-8, not a notebook, or of which no unit can be told.
    """
    path = Path(path)
    text = notebook_file.text(path)
    parse = notebook_file.parse if path.suffix == ".ipynb" else _parse_script
    return from_notebook(parse(text, path), files_beside(path), student, unit, path)


def _parse_script(text: str, path: Path) -> Mapping[str, Any]:
    if not any(line.startswith("# %%") for line in text.splitlines()):
        return {"metadata": {}, "cells": [{"cell_type": "code", "id": "module", "source": text}]}
    try:
        return reference.parse(text)
    except Exception as problem:
        raise SubmissionError(f"{path} is not a py:percent script: {problem}") from None


def files_beside(path: Path) -> dict[str, bytes]:
    """Files in the notebook's folder that some check asks for (trained weights), size-capped."""
    found: dict[str, bytes] = {}
    for name in sorted({n for u in UNITS if _has_checks(u) for c in registry(u) for n in c.files}):
        file = path.parent / name
        with contextlib.suppress(OSError):
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= LARGEST_FILE:
                found[name] = file.read_bytes()
    return found


def _has_checks(unit: str) -> bool:
    try:
        return bool(registry(unit))
    except ValueError:
        return False


def from_notebook(
    notebook: Mapping[str, Any],
    files: Mapping[str, bytes] | None = None,
    student: str = "",
    unit: str | None = None,
    path: Path | None = None,
) -> Submission:
    """The submission in a notebook of nbformat 4 that is already parsed."""
    where = str(path) if path else "the notebook"
    cells, notes = _code_cells(notebook, where)
    course = _mapping(_mapping(notebook.get("metadata")).get("course"))
    unit = unit or _unit(course, path, cells)
    if unit is None or not _has_checks(unit):
        have = ", ".join(u for u in UNITS if _has_checks(u))
        raise SubmissionError(
            (
                f"{where}: cannot tell which unit it is"
                if unit is None
                else f"{where}: no checks for unit {unit!r}"
            )
            + f"; name one with --unit ({have})"
        )
    tests = {check.grade_id for check in registry(unit)}
    given = {cell.id: cell for cell in map(_as_cell, reference.provided(unit))}
    kept = [
        Cell(name, source)
        for grade_id, name, source in _last_copies(cells)
        if grade_id not in tests and grade_id not in given
    ]
    if sum(len(cell.source) for cell in kept) > LARGEST_SOURCE:
        raise SubmissionError(f"{where} holds more than {LARGEST_SOURCE // 2**20} MB of code")
    language = "zh" if course.get("language") == "zh" else "en"
    wanted = {name for check in registry(unit) for name in check.files}
    handed_in = {name: data for name, data in (files or {}).items() if name in wanted}
    return Submission(unit, student, (*given.values(), *kept), handed_in, language, tuple(notes))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _as_cell(cell: Mapping[str, str]) -> Cell:
    return Cell(cell["id"], cell["source"])


def _code_cells(
    notebook: Mapping[str, Any], where: str
) -> tuple[list[tuple[str, str, str]], list[str]]:
    """(grade_id or "", name for messages, source) of each code cell.

    One key turns a cell into raw text or Markdown: an answer is code all the same, as nbgrader's
    own step has it, and what was released as text is none.
    """
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise SubmissionError(f"{where} has no list of cells")
    found, notes, number = [], [], 0
    last = {_grade_id(cell): index for index, cell in enumerate(cells)}
    for index, cell in enumerate(cells):
        grade_id = _grade_id(cell)
        code = isinstance(cell, Mapping) and cell.get("cell_type") == "code"
        if grade_id and last[grade_id] == index:
            code = (code or grade_id in _answers()) and grade_id not in _written()
        if not code:
            continue
        number += 1
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else source
        if not isinstance(source, str):
            notes.append(f"code cell {number} has no text and counts as empty")
            source = ""
        source = sayable(source)
        found.append((grade_id, grade_id or f"code cell {number}", source))
    return found, notes


def _grade_id(cell: object) -> str:
    marks = _mapping(_mapping(_mapping(cell).get("metadata")).get("nbgrader"))
    grade_id = marks.get("grade_id")
    return sayable(grade_id)[:100] if isinstance(grade_id, str) else ""


@lru_cache(maxsize=1)
def _answers() -> frozenset[str]:
    """The grade_ids of all answer cells that hold code."""
    checks = (check for unit in UNITS if _has_checks(unit) for check in registry(unit))
    return frozenset(f"{check.grade_id}-answer" for check in checks)


@lru_cache(maxsize=1)
def _written() -> frozenset[str]:
    """The grade_ids of the questions that are answered in words."""
    return frozenset(f"{unit}-written" for unit in UNITS)


def _last_copies(cells: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Only the last cell of a grade_id keeps it; earlier copies are ordinary cells."""
    last = {grade_id: index for index, (grade_id, _, _) in enumerate(cells)}
    return [
        (grade_id, name, source)
        if not grade_id or last[grade_id] == index
        else ("", f"{name} (copy {index})", source)
        for index, (grade_id, name, source) in enumerate(cells)
    ]


def _unit(
    course: Mapping[str, Any], path: Path | None, cells: list[tuple[str, str, str]]
) -> str | None:
    if course.get("unit") in UNITS:
        return str(course["unit"])
    named = [grade_id.split("-")[0] for grade_id, _, _ in cells]
    found = {name for name in named if name in UNITS}
    if len(found) == 1:
        return found.pop()
    return path.stem if path is not None and path.stem in UNITS else None
