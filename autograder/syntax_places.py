"""Places in a syntax tree: which may be mutated, how they read as text, trees with one changed.

A place is a path of (field, index in the field's list or None) from a top-level statement down.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

NOT_MUTATED = frozenset(["decorator_list", "annotation", "returns", "ctx"])
LEAST, MOST = 14, 100
"""Characters of a text that says where in a definition one is: `z * h_prev`, not `1`."""
Path = tuple[tuple[str, int | None], ...]


def places(node: ast.AST, path: Path = (), line: int = 0) -> Iterator[tuple[Path, ast.AST, int]]:
    """Every node that may be mutated, with its path and line, parents first."""
    line = getattr(node, "lineno", line)
    yield path, node, line
    for field, value in ast.iter_fields(node):
        if field in NOT_MUTATED:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _says_only(child):
                yield from places(child, (*path, (field, index)), line)


def _says_only(node: ast.AST) -> bool:
    """Whether a node is for a reader: docstrings, printing, messages, signatures, imports."""
    if isinstance(node, ast.Expr):
        value = node.value
        called = value.func if isinstance(value, ast.Call) else None
        printing = isinstance(called, ast.Name) and called.id == "print"
        return printing or isinstance(value, ast.Constant)
    quiet = ast.Raise | ast.Assert | ast.JoinedStr | ast.arguments | ast.Import | ast.ImportFrom
    return isinstance(node, quiet | ast.operator | ast.cmpop | ast.boolop | ast.unaryop)


def at(node: ast.AST, path: Path) -> ast.AST:
    """The node at this path."""
    for field, index in path:
        value = getattr(node, field)
        node = value if index is None else value[index]
    return node


def replaced(node: ast.AST, path: Path, new: ast.AST | None) -> ast.AST:
    """A tree with another node at this path, or without it; what is beside it is shared."""
    if not path:
        return ast.Pass() if new is None else new
    (field, index), rest = path[0], path[1:]
    value = getattr(node, field)
    child = value if index is None else value[index]
    below = replaced(child, rest, new) if rest or new is not None else None
    if index is None:
        changed: object = below
    else:
        inside = [below] if below is not None else []
        changed = [*value[:index], *inside, *value[index + 1 :]] or [ast.Pass()]
    fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
    return ast.copy_location(type(node)(**{**fields, field: changed}), node)


def widened(statement: ast.stmt, path: Path) -> Path:
    """The path of the smallest part around a node whose text tells where one is."""
    while path and not isinstance(at(statement, path), ast.stmt):
        around = len(text(at(statement, path[:-1])))
        if len(text(at(statement, path))) >= LEAST or around > MOST:
            break
        path = path[:-1]
    return path


def shortened(before: str, after: str) -> tuple[str, str]:
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


def strings(node: ast.AST) -> Iterator[str]:
    """The string constants of a definition, without those that are for a reader."""
    for path, inner, _ in places(node):
        if path and isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def variables(statement: ast.stmt, path: Path, line: int) -> tuple[str, ...]:
    """Names bound before this line in the functions around a place, in their order."""
    around = [at(statement, path[:depth]) for depth in range(len(path))]
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    names: dict[str, None] = {}
    for function in functions:
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        names |= dict.fromkeys(argument.arg for argument in every if argument.arg != "self")
        for inner_path, inner, number in places(function):
            stored = isinstance(inner, ast.Name) and is_stored(inner)
            if stored and number < line and not _in_comprehension(function, inner_path):
                names[inner.id] = None  # type: ignore[attr-defined]
    return tuple(names)


def _in_comprehension(node: ast.AST, path: Path) -> bool:
    return any(isinstance(at(node, path[:depth]), ast.comprehension) for depth in range(len(path)))


def text(node: ast.AST) -> str:
    """The node as one line; of a block its first and its last line."""
    lines = [line.strip() for line in ast.unparse(node).strip().splitlines()]
    return lines[0] if len(lines) < 2 else f"{lines[0]} … {lines[-1]}"


def is_stored(node: ast.Name) -> bool:
    """Whether a name is bound here, not read."""
    return isinstance(node.ctx, ast.Store)
