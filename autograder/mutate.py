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
from .check import Check, find, registry
from .mutate_rules import Scope, changes
from .submission import Cell, Submission

NOT_MUTATED = frozenset(["decorator_list", "annotation", "returns", "ctx"])
LEAST, MOST = 14, 100
"""Characters of a text that says where in a definition one is: `z * h_prev`, not `1`."""
Path = tuple[tuple[str, int | None], ...]


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
    asked = {name for check in registry(unit) for name in names_of(check)}
    given = {cell["id"] for cell in reference.provided(unit)}
    sources = {cell["id"]: cell["source"] for cell in reference.cells(unit)}
    needed = [n for n in loader.needed(reference.cells(unit), asked) if n[0] not in given]
    functions = tuple(node.name for _, node, _ in needed if isinstance(node, ast.FunctionDef))
    return tuple(
        mutant
        for cell, statement, _ in needed
        for mutant in _of_statement(unit, cell, sources[cell], statement, functions)
    )


def names_of(check: Check) -> set[str]:
    """The definitions that a check looks at, those of the checks it requires among them."""
    required = (name for other in check.requires for name in find(other).provides)
    return {*check.provides, *check.uses, *required}


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
    strings = tuple(dict.fromkeys(_strings(statement)))
    seen = {ast.unparse(statement)}
    places: dict[str, list[Path]] = {}  # of each text that stands for a place
    for path, node, line in _places(statement):
        if line not in answer:
            continue
        wide = _widened(statement, path)
        before = _text(_at(statement, wide))
        alike = places.setdefault(before, [])
        if wide not in alike:
            alike.append(wide)
        number = f" #{alike.index(wide) + 1}" if alike.index(wide) else ""
        scope = Scope(_variables(statement, path, line), functions, strings)
        for slip, new in changes(node, scope):
            mutated = _replaced(statement, path, new)
            text = ast.unparse(mutated)
            if text in seen:
                continue
            seen.add(text)
            after = "" if new is None and path == wide else _text(_at(mutated, wide))
            old, after = _shortened(before, after)
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
    stored = (n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and _is_stored(n))
    return str(name or next(stored, "statement"))


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _text(node: ast.AST) -> str:
    """The node as one line; of a block its first and its last line."""
    lines = [line.strip() for line in ast.unparse(node).strip().splitlines()]
    return lines[0] if len(lines) < 2 else f"{lines[0]} … {lines[-1]}"


# --- places in a syntax tree: a path of (field, index in the field's list or None) ---------------


def _places(node: ast.AST, path: Path = (), line: int = 0) -> Iterator[tuple[Path, ast.AST, int]]:
    """Every node that may be mutated, with its path and line, parents first."""
    line = getattr(node, "lineno", line)
    yield path, node, line
    for field, value in ast.iter_fields(node):
        if field in NOT_MUTATED:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _says_only(child):
                yield from _places(child, (*path, (field, index)), line)


def _says_only(node: ast.AST) -> bool:
    """Whether a node is for a reader: docstrings, printing, messages, signatures, imports."""
    if isinstance(node, ast.Expr):
        value = node.value
        called = value.func if isinstance(value, ast.Call) else None
        printing = isinstance(called, ast.Name) and called.id == "print"
        return printing or isinstance(value, ast.Constant)
    quiet = ast.Raise | ast.Assert | ast.JoinedStr | ast.arguments | ast.Import | ast.ImportFrom
    return isinstance(node, quiet | ast.operator | ast.cmpop | ast.boolop | ast.unaryop)


def _at(node: ast.AST, path: Path) -> ast.AST:
    for field, index in path:
        value = getattr(node, field)
        node = value if index is None else value[index]
    return node


def _replaced(node: ast.AST, path: Path, new: ast.AST | None) -> ast.AST:
    """A tree with another node at this path, or without it; what is beside it is shared."""
    if not path:
        return ast.Pass() if new is None else new
    (field, index), rest = path[0], path[1:]
    value = getattr(node, field)
    child = value if index is None else value[index]
    below = _replaced(child, rest, new) if rest or new is not None else None
    if index is None:
        changed: object = below
    else:
        inside = [below] if below is not None else []
        changed = [*value[:index], *inside, *value[index + 1 :]] or [ast.Pass()]
    fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
    return ast.copy_location(type(node)(**{**fields, field: changed}), node)


def _widened(statement: ast.stmt, path: Path) -> Path:
    """The path of the smallest part around a node whose text tells where one is."""
    while path and not isinstance(_at(statement, path), ast.stmt):
        around = len(_text(_at(statement, path[:-1])))
        if len(_text(_at(statement, path))) >= LEAST or around > MOST:
            break
        path = path[:-1]
    return path


def _shortened(before: str, after: str) -> tuple[str, str]:
    """Two long texts without the parts that both begin and end with."""
    if max(len(before), len(after)) <= MOST:
        return before, after
    one, other, begin, end = before.split(", "), after.split(", "), 0, 0
    shorter = min(len(one), len(other))
    while begin < shorter - 1 and one[begin] == other[begin]:
        begin += 1
    while end < shorter - 1 - begin and one[-1 - end] == other[-1 - end]:
        end += 1
    first, last = ["…"] if begin else [], ["…"] if end else []
    return (
        ", ".join([*first, *one[begin : len(one) - end], *last]),
        ", ".join([*first, *other[begin : len(other) - end], *last]),
    )


def _strings(node: ast.AST) -> Iterator[str]:
    for path, inner, _ in _places(node):
        if path and isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def _variables(statement: ast.stmt, path: Path, line: int) -> tuple[str, ...]:
    """Names bound before this line in the functions around a place, in their order."""
    around = [_at(statement, path[:depth]) for depth in range(len(path))]
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    names: dict[str, None] = {}
    for function in functions:
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        names |= dict.fromkeys(argument.arg for argument in every if argument.arg != "self")
        for inner_path, inner, at in _places(function):
            stored = isinstance(inner, ast.Name) and _is_stored(inner)
            if stored and at < line and not _in_comprehension(function, inner_path):
                names[inner.id] = None  # type: ignore[attr-defined]
    return tuple(names)


def _in_comprehension(node: ast.AST, path: Path) -> bool:
    return any(isinstance(_at(node, path[:depth]), ast.comprehension) for depth in range(len(path)))
