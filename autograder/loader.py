"""The student's definitions out of the student's cells, without running the rest of the notebook.

A notebook trains, plots and prints; a grader needs none of that. From the names that the checks
ask for, follow what each top-level statement binds and what it reads, and run only the statements
that those names need, in the notebook's order. Standard library only: the sandbox, the notebook
front and the reference all load through this file.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import symtable
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

SETTINGS = (
    "set", "seed", "enable_", "disable_", "register", "run_functions_eagerly",
    "append", "extend", "insert", "add", "update", "pop", "remove", "clear", "sort", "reverse",
    "fill",
)  # fmt: skip
"""How methods begin that change what they are called on, as `keras.utils.set_random_seed` does."""
MAGICS_AT_MOST = 200  # magic lines of one cell that are looked at one by one
BUILTINS = frozenset(dir(builtins))
Statement = tuple[str, ast.stmt, frozenset[str], frozenset[str], str]  # cell, node, binds, reads


_one_at_a_time = threading.Lock()


def parse(source: str, file: str = "<unknown>") -> ast.Module:
    """`ast.parse` for many threads: CPython 3.11 keeps one count of a tree's depth for all."""
    with _one_at_a_time:
        return ast.parse(source, file)


def load(
    cells: Sequence[Mapping[str, str]], names: Iterable[str], namespace: dict[str, Any]
) -> list[dict[str, Any]]:
    """Run in `namespace` the statements of `cells` that `names` need; return what went wrong.

    cells: {"id", "source"} in the notebook's order. A later definition replaces an earlier one.
    Returns problems as {"cell", "line", "text", "message", "binds"}: a syntax error loses its
    cell, an exception loses its statement, and everything else is still loaded.
    Errors: none; a KeyboardInterrupt or SystemExit of a statement is a problem as well.
    """
    statements, problems = _statements(cells)
    for cell, node, binds, _, source in _needed(statements, set(names)):
        module = ast.Module(body=[node], type_ignores=[])
        try:
            exec(compile(module, f"<cell {cell}>", "exec", dont_inherit=True), namespace)
        except BaseException as error:
            line = _line_of(error, f"<cell {cell}>") or node.lineno
            problems.append(_problem(cell, line, source, _says(error), binds))
    return problems


def sources(cells: Sequence[Mapping[str, str]], names: Iterable[str]) -> str:
    """The source text of the statements that `names` need: a slice of the notebook."""
    statements, _ = _statements(cells)
    kept = _needed(statements, set(names))
    return "\n\n".join(_text(source, node) for _, node, _, _, source in kept)


def needed(
    cells: Sequence[Mapping[str, str]], names: Iterable[str]
) -> list[tuple[str, ast.stmt, frozenset[str]]]:
    """The statements that `names` need: (cell's id, syntax tree, names bound), in order."""
    statements, _ = _statements(cells)
    return [(cell, node, binds) for cell, node, binds, _, _ in _needed(statements, set(names))]


def definition(cells: Sequence[Mapping[str, str]], name: str) -> str:
    """The source text of the last statement that binds `name`; KeyError if none does."""
    statements, _ = _statements(cells)
    for _, node, binds, _, source in reversed(statements):
        if name in binds:
            return _text(source, node)
    raise KeyError(f"no statement binds {name!r}")


def _text(source: str, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def _statements(
    cells: Sequence[Mapping[str, str]],
) -> tuple[list[Statement], list[dict[str, Any]]]:
    found: list[Statement] = []
    problems: list[dict[str, Any]] = []
    for cell in cells:
        statements, source, problem = _cell(cell["id"], cell["source"])
        file = f"<cell {cell['id']}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        found += statements
        problems += [dict(problem)] if problem else []
    return found, problems


@lru_cache(maxsize=256)
def _cell(name: str, text: str) -> tuple[list[Statement], str, dict[str, Any]]:
    """The statements of a cell, its source as plain Python, and what is wrong with it, if anything.

    Kept, because a grader asks for slices of the same reference for every mistake it knows.
    """
    source = plain_python(text)
    try:
        found: list[Statement] = []
        for node in parse(source, f"<cell {name}>").body:
            binds, reads = _binds(node), _reads(_text(source, node), node)
            found.append((name, node, frozenset(binds), frozenset(reads), source))
        return found, source, {}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        return [], source, _problem(name, line, source, _says(error), _guess_binds(source))


def plain_python(source: str) -> str:
    """The cell without IPython's magics and shell lines (blanked, so that line numbers stay).

    A cell that is Python already stays as it is: `% 7` may go on with the line before. Of cell
    magics, those that run the cell's Python in the notebook keep it, the others take it away.
    """
    lines = source.splitlines()
    first = lines[0].lstrip() if lines else ""
    if first.startswith("%%"):
        if first[2:].split(" ")[0] not in ("time", "capture", "prun"):
            return ""
        lines[0] = ""
    placed: set[int] = set()
    for _ in range(MAGICS_AT_MOST):
        try:
            parse("\n".join(lines))
        except SyntaxError as error:
            line = (error.lineno or 0) - 1
            if line in placed:
                lines[line] = ""
            elif 0 <= line < len(lines) and _is_magic(lines[line]):
                lines[line] = _indent(lines[line]) + "pass"  # a block may need it
            else:
                break
            placed.add(line)
        except (ValueError, RecursionError, MemoryError):
            break
        else:
            return "\n".join(lines)
    return "\n".join("" if _is_magic(line) else line for line in lines)


def _is_magic(line: str) -> bool:
    """Whether IPython, not Python, understands this line: %magic, !command, name?, x = !command."""
    text = line.strip()
    value = text.partition("=")[2].lstrip()
    return text[:1] in ("%", "!", "?") or text.endswith("?") or value[:1] in ("%", "!")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _needed(statements: list[Statement], names: set[str]) -> list[Statement]:
    needed, kept = set(names), [False] * len(statements)
    shadowed = {name for _, node, binds, _, _ in statements if _is_lasting(node) for name in binds}
    changed = True
    while changed:
        changed = False
        for index, (_, node, binds, reads, _) in enumerate(statements):
            if not kept[index] and (binds & needed or _is_setting(node, binds, needed)):
                kept[index] = changed = True
                needed |= reads - (BUILTINS - shadowed)
    return [statement for statement, keep in zip(statements, kept, strict=True) if keep]


def _is_lasting(node: ast.stmt) -> bool:
    """Whether a statement gives a builtin's name another meaning on purpose, as `def sum` does.

    `sum = 0` further down is an accident that the functions above it need not suffer from.
    """
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Lambda | ast.Name | ast.Attribute)
    return isinstance(
        node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
    )


def _is_setting(node: ast.stmt, binds: frozenset[str], needed: set[str]) -> bool:
    """`from m import *` may bind anything; `keras.config.set_floatx(...)` changes its module."""
    if "*" in binds:
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        root, called = node.value.func, ""
        while isinstance(root, ast.Attribute | ast.Subscript):
            called = called or (root.attr if isinstance(root, ast.Attribute) else "")
            root = root.value
        return isinstance(root, ast.Name) and root.id in needed and called.startswith(SETTINGS)
    return False


class _Binder(ast.NodeVisitor):
    """Names that a statement binds or changes at the top level of the module."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.names.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names.add(node.name)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A lambda binds nothing outside itself."""

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            self.names.add(alias.asname or alias.name.split(".")[0])

    visit_ImportFrom = visit_Import

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store | ast.Del):
            self.names.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._changed(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._changed(node)

    def _changed(self, node: ast.Attribute | ast.Subscript) -> None:
        """`params["b"] = 1` and `GRUCell.step = f` change what the root name stands for."""
        root: ast.expr = node
        if isinstance(node.ctx, ast.Store | ast.Del):
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if isinstance(root, ast.Name):
                self.names.add(root.id)
        self.generic_visit(node)


def _binds(node: ast.stmt) -> set[str]:
    binder = _Binder()
    binder.visit(node)
    return binder.names


def _reads(text: str, node: ast.stmt) -> set[str]:
    """Global names that the statement may read, also from inside its functions and classes."""
    import textwrap

    table = symtable.symtable(textwrap.dedent(text), "<statement>", "exec")
    names: set[str] = set()
    pending = [table]
    while pending:
        table = pending.pop()
        pending += table.get_children()
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (top or symbol.is_global()):
                names.add(symbol.get_name())
    return names


def _guess_binds(source: str) -> set[str]:
    """What a cell with a syntax error meant to define: names after `def` and `class`."""
    names: set[str] = set()
    for line in source.splitlines():
        words = line.replace("(", " ").replace(":", " ").split()
        if len(words) >= 2 and words[0] in ("def", "class"):
            names.add(words[1])
    return names


def _line_of(error: BaseException, file: str) -> int | None:
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _says(error: BaseException) -> str:
    try:
        text = str(error) if not isinstance(error, SyntaxError) else str(error.msg)
    except Exception:  # the student's own exception, whose __str__ is wrong
        text = ""
    name = type(error).__name__
    return f"{name}: {text[:500]}" if text else name


def _problem(
    cell: str, line: int, source: str, message: str, binds: Iterable[str]
) -> dict[str, Any]:
    lines = source.splitlines()
    text = lines[line - 1].strip()[:200] if 0 < line <= len(lines) else ""
    return {
        "cell": cell,
        "line": line,
        "text": text,
        "message": message,
        "binds": sorted(binds),
    }
