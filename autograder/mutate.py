"""Mutants of a unit's reference: one small slip each, made in its syntax tree, not by hand.

Only what the checks ask for, and of that only the lines that a student writes, is mutated. The
same solution gives the same mutants, in the same order, with the same ids.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from . import loader, reference
from . import syntax_places as syntax
from .check import Check, registry
from .desk import names_of
from .mutate_rules import Scope, changes
from .submission import Cell, Submission


@dataclass(frozen=True)
class Mutant:
    """The reference with one slip.

    definition: of the solution, and cell and line (from 1, in that cell) where the slip is.
    slip: its kind. before, after: the reference's text there, and the mutant's; a text that the
    definition has several times is told apart by a number, as in `x @ W #2`. source: the cell.
    """

    unit: str
    definition: str
    cell: str
    line: int
    slip: str
    before: str
    after: str
    source: str

    @property
    def id(self) -> str:
        """Definition and a hash of its text: "gru.candidate.5f3a91c0"."""
        text = hashlib.sha256(self.source.encode()).hexdigest()[:8]
        return f"{self.unit}.{self.definition}.{text}"

    @property
    def change(self) -> tuple[str, str, str]:
        """What names the mutant where line numbers may change."""
        return self.definition, self.before, self.after

    def __str__(self) -> str:
        return f"{self.definition}, {self.slip}: {self.before}  →  {self.after or '(nothing)'}"

    def submission(self) -> Submission:
        """The reference's notebook with the slip in it, as a student would hand it in."""
        cells = (
            Cell(cell["id"], self.source if cell["id"] == self.cell else cell["source"])
            for cell in reference.cells(self.unit)
        )
        return Submission(self.unit, "", tuple(cells))


@lru_cache(maxsize=8)
def mutants(unit: str) -> tuple[Mutant, ...]:
    """All mutants of a unit's reference; no two give the same program."""
    asked = names_of(*registry(unit))
    given = {cell["id"] for cell in reference.provided(unit)}
    sources = {cell["id"]: cell["source"] for cell in reference.cells(unit)}
    needed = [n for n in loader.needed(reference.cells(unit), asked) if n[0] not in given]
    functions = tuple(node.name for _, node, _ in needed if isinstance(node, ast.FunctionDef))
    return tuple(
        mutant
        for cell, statement, _ in needed
        for mutant in _of_statement(unit, cell, sources[cell], statement, functions)
    )


@lru_cache(maxsize=64)
def checks_of(unit: str, definition: str) -> tuple[Check, ...]:
    """The checks whose outcome a definition can change: its own first, those that train last."""
    found = []
    for check in registry(unit):
        needed = loader.needed(reference.cells(unit), names_of(check))
        if any(definition in binds for _, _, binds in needed):
            found.append(check)
    return tuple(sorted(found, key=lambda c: (c.trains, definition not in c.provides)))


def _of_statement(
    unit: str, cell: str, source: str, statement: ast.stmt, functions: tuple[str, ...]
) -> Iterator[Mutant]:
    """The mutants of one top-level statement, where it lies between the solution's markers."""
    answer = _answer_lines(source)
    strings = tuple(dict.fromkeys(syntax.strings(statement)))
    seen = {ast.unparse(statement)}
    alike_of: dict[str, list[syntax.Path]] = {}  # of each text that stands for a place
    for path, node, line in syntax.places(statement):
        if line not in answer:
            continue
        wide = syntax.widened(statement, path)
        before = syntax.text(syntax.at(statement, wide))
        alike = alike_of.setdefault(before, [])
        if wide not in alike:
            alike.append(wide)
        number = f" #{alike.index(wide) + 1}" if alike.index(wide) else ""
        scope = Scope(syntax.variables(statement, path, line), functions, strings)
        for slip, new in changes(node, scope):
            mutated = syntax.replaced(statement, path, new)
            text = ast.unparse(mutated)
            if text in seen:
                continue
            seen.add(text)
            after = "" if new is None and path == wide else syntax.text(syntax.at(mutated, wide))
            old, after = syntax.shortened(before, after)
            whole = _in_place(source, statement, text)
            name = _name(statement)
            yield Mutant(unit, name, cell, line, slip, old + number, after, whole)


def _in_place(source: str, statement: ast.stmt, text: str) -> str:
    """The cell with another text for one of its statements."""
    lines, decorators = source.splitlines(), getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    return "\n".join([*lines[: first - 1], text, *lines[statement.end_lineno :]])


def _answer_lines(source: str) -> set[int]:
    """The lines of a cell between the solution's markers, counted from 1."""
    found, inside = set(), False
    for number, line in enumerate(source.splitlines(), start=1):
        if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
            inside = "BEGIN SOLUTION" in line
        elif inside:
            found.add(number)
    return found


def _name(statement: ast.stmt) -> str:
    """What a top-level statement defines."""
    name = getattr(statement, "name", "")
    stored = (n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and syntax.is_stored(n))
    return str(name or next(stored, "statement"))
