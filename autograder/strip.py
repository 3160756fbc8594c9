"""The checks of a unit without its answers: what judges stays, what draws and expects goes.

A students' copy compares with frozen arrays (`frozen.py`), so of a check it needs the sentence, the
points and `judge`, `context` and `signature` with all that these call. A check's expected values
come from second implementations, which are answers. Where its judge calls one as well, the
student's own definition stands in (`at_home/stand_ins.py`), or else the copy compares the arrays
that have one right value (`Check.judge` with `Check.at_home`).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType

from .at_home.stand_ins import STAND_INS
from .check import Check, registry

PACKAGE = "autograder.checks"
REPLACED = frozenset(["held_out_text"])
"""Modules that a students' copy has in another form (`at_home/`): nothing in them gives away."""
NO_ANSWER = re.compile(
    r"language_model\.Model\.(calibration|ladder_text)|\w+\.within|drawn_tokens\.\w+"
    r"|markov_tables\.all_ngrams|rnn_generation\.(_beginnings|_probabilities)"
    r"|rnn_network\.parameters_of"
)
"""What drawing and judging share and no student is asked for: thresholds, tolerances, statistics
of drawn tokens, and what only puts together the results of others."""
JUDGING = ("judge", "context")
ANSWERING = ("draw", "expect", "at_home")
Place = tuple[str, str]
"""Module of the checks and name in it: "gru", "step"; of a method "gru", "_Limit.judge"."""


@dataclass
class Module:
    """The syntax of one module of the checks: its definitions, and what its names stand for."""

    name: str
    tree: ast.Module
    defined: dict[str, ast.stmt] = field(default_factory=dict)
    imported: dict[str, Place] = field(default_factory=dict)
    """Name -> what it is in another module of the checks; with an empty name the module itself."""

    def method(self, kind: str, name: str) -> ast.stmt | None:
        """A method or property of one of the module's classes."""
        owner = self.defined.get(kind)
        body = owner.body if isinstance(owner, ast.ClassDef) else []
        return next((n for n in body if getattr(n, "name", "") == name), None)


@lru_cache(maxsize=64)
def module_of(name: str) -> Module:
    """A module of the checks, parsed."""
    tree = ast.parse(inspect.getsource(_import(name)))
    found = Module(name, tree)
    for statement in tree.body:
        found.imported |= dict(_imports(statement))
        for bound in _bound(statement):
            found.defined[bound] = statement
    return found


def _import(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
        yield from (name.id for name in stored if isinstance(name.ctx, ast.Store))


def _imports(node: ast.AST) -> Iterator[tuple[str, Place]]:
    """Names that a node's imports take from the checks."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.ImportFrom) and inner.level == 1:
            for alias in inner.names:
                place = (inner.module, alias.name) if inner.module else (alias.name, "")
                yield alias.asname or alias.name, place


class _Reach:
    """All that is reached from some places. check: whose methods `self` has, in its own classes."""

    def __init__(self, check: type[Check] | None = None) -> None:
        self.check = check
        self.places: set[Place] = set()

    def follow(self, places: Iterable[Place]) -> set[Place]:
        """The places, and all that they name, directly or not."""
        pending = list(places)
        while pending:
            place = pending.pop()
            if place in self.places or place[0] in REPLACED:
                continue
            self.places.add(place)
            if ".".join(place) not in STAND_INS:
                pending += self._named_by(place)
        return self.places

    def _named_by(self, place: Place) -> Iterator[Place]:
        module, kind, name = module_of(place[0]), *_split(place[1])
        node = module.method(kind, name) if kind else module.defined.get(name)
        if isinstance(node, ast.ClassDef):
            for part in _of_class(node):
                yield from self._names(module, part, node.name)
        elif node is not None:
            yield from self._names(module, node, kind)

    def _names(self, module: Module, node: ast.AST, kind: str) -> Iterator[Place]:
        known, local = {**module.imported, **dict(_imports(node))}, _local(node)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id not in local:
                if inner.id in module.defined:
                    yield module.name, inner.id
                elif known.get(inner.id, ("", ""))[1]:
                    yield known[inner.id]
            elif isinstance(inner, ast.Attribute):
                yield from self._attribute(module, inner, kind, known)

    def _attribute(
        self, module: Module, node: ast.Attribute, kind: str, known: dict[str, Place]
    ) -> Iterator[Place]:
        value = node.value
        if isinstance(value, ast.Name) and known.get(value.id, ("", "-"))[1] == "":
            yield known[value.id][0], node.attr
        elif isinstance(value, ast.Name) and value.id == "self":
            own = vars(_import(module.name)).get(kind)
            of_check = self.check is not None and own is not None and issubclass(self.check, own)
            yield from resolved(self.check if of_check else own, node.attr)
        elif isinstance(value, ast.Call) and _is_super(value):
            above = vars(_import(module.name))[kind].__mro__[1:]
            yield from next((found for c in above if (found := [*_own(c, node.attr)])), [])
        else:  # of another object: one of our plain classes may have it
            for other in (module.name, *(place[0] for place in known.values())):
                for name in module_of(other).defined:
                    has = module_of(other).method(name, node.attr) is not None
                    if has and not _is_check(other, name):
                        yield other, f"{name}.{node.attr}"


def _local(node: ast.AST) -> set[str]:
    """Names that a function binds itself, so that they mean nothing outside."""
    if not isinstance(node, ast.FunctionDef):
        return set()
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_stored(n)}
    return stored | {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _split(name: str) -> tuple[str, str]:
    kind, _, method = name.rpartition(".")
    return kind, method


def _of_class(node: ast.ClassDef) -> Iterator[ast.AST]:
    """What a class is without its methods: bases, decorators, attributes, special methods."""
    yield from (*node.bases, *node.decorator_list)
    for part in node.body:
        special = getattr(part, "name", "").startswith("__")
        if special or not isinstance(part, ast.FunctionDef):
            yield part


def _is_super(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_check(module: str, name: str) -> bool:
    kind = vars(_import(module)).get(name)
    return isinstance(kind, type) and issubclass(kind, Check)


def _own(kind: type, name: str) -> Iterator[Place]:
    """Where a class of the checks itself defines a method."""
    if kind.__module__.startswith(f"{PACKAGE}.") and name in vars(kind):
        module = kind.__module__.removeprefix(f"{PACKAGE}.")
        if module_of(module).method(kind.__name__, name) is not None:
            yield module, f"{kind.__name__}.{name}"


def resolved(kind: type | None, name: str) -> Iterator[Place]:
    """Where Python finds a method of a class, if that is in the checks."""
    for base in kind.__mro__ if kind is not None else ():
        if name in vars(base):
            yield from _own(base, name)
            return


@lru_cache(maxsize=8)
def answers_of(unit: str) -> frozenset[Place]:
    """The functions and methods that draw a unit's cases and compute what is expected."""
    found: set[Place] = set()
    for kind in map(type, registry(unit)):
        start = [place for name in ANSWERING for place in resolved(kind, name)]
        found |= {place for place in _Reach(kind).follow(start) if _computes(place)}
    return frozenset(found)


def _computes(place: Place) -> bool:
    """Whether a place is code that may be an answer: neither a constant nor a class as such."""
    module, (kind, name) = module_of(place[0]), _split(place[1])
    node = module.method(kind, name) if kind else module.defined.get(name)
    known = ".".join(place)
    answer = isinstance(node, ast.FunctionDef) and known not in STAND_INS
    return answer and not NO_ANSWER.fullmatch(known)


def judges_itself(check: Check, methods: tuple[str, ...] = JUDGING) -> bool:
    """Whether a check's judging calls none of the code that answers its unit."""
    kind = type(check)
    start = [place for name in methods for place in resolved(kind, name)]
    return not _Reach(kind).follow(start) & answers_of(check.unit)


def stripped(unit: str, only_run: Collection[str] = ()) -> dict[str, str]:
    """File name -> text of the modules of the checks that a students' copy of the unit has.

    only_run: ids of checks of which such a copy can say no more than that the answer runs.
    """
    kept: set[Place] = set()
    overrides: dict[Place, list[str]] = {}
    start = [(unit, "CHECKS")]
    for check in registry(unit):
        kind = type(check)
        place = (kind.__module__.removeprefix(f"{PACKAGE}."), kind.__name__)
        methods = [*JUDGING] if judges_itself(check) else []
        methods += ["signature"] if judges_itself(check, ("signature",)) else []
        kept |= _Reach(kind).follow(p for name in methods for p in resolved(kind, name))
        lost = {*JUDGING, "signature"} - set(methods)
        own = [name for name in sorted(lost) if [*resolved(kind, name)]]
        overrides[place] = [f"{name} = Check.{name}" for name in own]
        overrides[place].append(f"requires = {needed_at_home(check)!r}")
        if check.id in only_run:
            overrides[place].append("def judge(self, seen, expected, case): return []")
    kept |= _Reach().follow([*start, *((m, k.split(".")[0]) for m, k in kept)])
    names = sorted({module for module, _ in kept})
    return {f"{name}.py": _text(module_of(name), kept, overrides) for name in names}


def needed_at_home(check: Check) -> tuple[str, ...]:
    """Ids of the checks that have to pass first where no reference can stand in for their parts."""
    if check.files:
        return check.requires
    checks, kind = registry(check.unit), type(check)
    start = [place for name in JUDGING for place in resolved(kind, name)]
    reached = {".".join(place) for place in _Reach(kind).follow(start)}
    names = {name for place in reached & set(STAND_INS) for name in STAND_INS[place].by}
    names |= set(check.uses)
    used = [c.id for c in checks if set(c.provides) & names and c.id != check.id]
    return tuple(c.id for c in checks if c.id in {*check.requires, *used})


def _text(module: Module, kept: set[Place], overrides: Mapping[Place, list[str]]) -> str:
    """The module's text with the kept definitions only; comments and what is not used are gone."""
    body: list[ast.stmt] = []
    for place, statement in enumerate(module.tree.body):
        names = list(_bound(statement))
        if names and not any((module.name, name) in kept for name in names):
            continue
        stand_in = STAND_INS.get(f"{module.name}.{names[0]}") if names else None
        if stand_in is not None:
            line = f"from ..stand_ins import {stand_in.function} as {names[0]}"
            body.insert(2, ast.parse(line).body[0])
            continue
        if isinstance(statement, ast.Expr) and place:
            continue  # the docstring of a constant
        if isinstance(statement, ast.ClassDef):
            statement = _class(module.name, statement, kept, overrides)
        body.append(statement)
    used = {node.id for each in body for node in ast.walk(each) if isinstance(node, ast.Name)}
    imports = [each for each in body if isinstance(each, ast.ImportFrom)]
    if "Check" in used and not any(a.name == "Check" for each in imports for a in each.names):
        body.insert(2, ast.parse("from ..check import Check").body[0])
    text = [ast.unparse(each) for node in body if (each := _import_of(node, used)) is not None]
    return "\n\n".join(text) + "\n"


def _class(
    module: str, node: ast.ClassDef, kept: set[Place], overrides: Mapping[Place, list[str]]
) -> ast.ClassDef:
    """A class with the kept methods, and what a students' copy says otherwise at its end."""
    more = overrides.get((module, node.name), [])
    body = [
        part
        for part in node.body
        if not isinstance(part, ast.FunctionDef)
        or part.name.startswith("__")
        or (module, f"{node.name}.{part.name}") in kept
    ]
    body = [part for part in body if not (more and list(_bound(part)) == ["requires"])]
    body += [statement for line in more for statement in ast.parse(line).body]
    fields = {**{name: getattr(node, name) for name in node._fields}, "body": body or [ast.Pass()]}
    return ast.ClassDef(**fields)


def _import_of(node: ast.stmt, used: set[str]) -> ast.stmt | None:
    """An import of what is used only, None if nothing is; any other statement as it is."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return node
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return node
    names = [alias for alias in node.names if (alias.asname or alias.name).split(".")[0] in used]
    if not names:
        return None
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)
