"""A class for `similarity.py`: honest students who write by hand, and copies in disguise.

An honest student answers each definition as the reference, as one of the correct alternatives or
with one of the known mistakes, and writes it down in their own way: values named on the way,
operands in another order, loops and operators as they like them. A copy is somebody's notebook
with other names, other comments, and everything reordered that may be.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import control_flow

from autograder import alternatives, mistakes
from autograder.demo import UNIT, answered, reference_answers, released
from autograder.submission import Submission, from_notebook

WORDS = "acc all back buf cache chunk col cur dat diff down fwd g hid inner item keep left new old "
WORDS += "out part piece prod q rest row run s seq side state sum0 tmp tot u up v val vec w y"
NAMES = [f"{word}{end}" for word in WORDS.split() for end in ("", "_", "1", "2", "s", "_t")]
USUAL = ("names", "comments", "order")
"""How a copy is disguised; "control flow" is a fourth way."""
REMARKS = ("equation from the lecture", "shapes are fine", "done", "as in the notes", "check later")


@dataclass
class Handwriting:
    """How one student writes: how likely each habit is, and which operator for a product."""

    rng: random.Random
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        self.names = rng.sample(NAMES, len(NAMES))
        self.named_on_the_way = rng.choice((0.05, 0.2, 0.4, 0.6))
        self.swapped = rng.choice((0.0, 0.15, 0.4))
        self.result_named = rng.choice((0.0, 0.3, 0.9))
        self.product = rng.choice(("@", "@", "np.dot", "np.matmul"))
        self.remarks = rng.choice((0.0, 0.1, 0.4))

    def of(self, source: str) -> str:
        """The source as this student would have written it."""
        tree = ast.parse(source)
        for function in _functions(tree):
            function.body = self._body(_without_docstring(function.body))
            _rename(function, self.names)
        return _with_remarks(ast.unparse(ast.fix_missing_locations(tree)), self.remarks, self.rng)

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        written: list[ast.stmt] = []
        for statement in body:
            for name in ("body", "orelse"):
                inner = getattr(statement, name, None)
                if inner and isinstance(statement, ast.For | ast.If | ast.While | ast.With):
                    setattr(statement, name, self._body(inner))
            statement = _Operators(self).visit(statement)
            if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
                written += self._named(statement)
            if (
                isinstance(statement, ast.Return)
                and statement.value is not None
                and not isinstance(statement.value, ast.Name)
                and self.rng.random() < self.result_named
            ):
                written.append(_assign("_result", statement.value))
                statement.value = _name("_result")
            written.append(statement)
        return written

    def _named(self, statement: Any) -> list[ast.stmt]:
        """Parts of the statement's value as assignments that come before it."""
        before: list[ast.stmt] = []
        rng, chance = self.rng, self.named_on_the_way

        class Parts(ast.NodeTransformer):
            def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
                return node

            visit_ListComp = visit_DictComp = visit_GeneratorExp = visit_SetComp = visit_Lambda
            visit_IfExp = visit_BoolOp = visit_Starred = visit_Lambda

            def generic_visit(self, node: ast.AST) -> ast.AST:
                super().generic_visit(node)
                if isinstance(node, ast.BinOp | ast.Call) and rng.random() < chance:
                    name = f"_part{len(before)}_{rng.randrange(10**6)}"
                    before.append(_assign(name, node))
                    return _name(name)
                return node

        if statement.value is not None and not isinstance(statement.value, ast.Name | ast.Constant):
            top = statement.value
            for name, value in ast.iter_fields(top):
                if isinstance(value, ast.expr):
                    setattr(top, name, Parts().visit(value))
                elif isinstance(value, list):
                    changed = [Parts().visit(v) if isinstance(v, ast.expr) else v for v in value]
                    setattr(top, name, changed)
        return before


class _Operators(ast.NodeTransformer):
    """Sums and products in the student's order, matrix products with the student's operator."""

    def __init__(self, hand: Handwriting):
        self.hand = hand

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult) and self.hand.product != "@":
            module, name = self.hand.product.split(".")
            return ast.Call(ast.Attribute(_name(module), name), [node.left, node.right], [])
        if isinstance(node.op, ast.Add | ast.Mult) and self.hand.rng.random() < self.hand.swapped:
            node.left, node.right = node.right, node.left
        return node


def disguised(source: str, rng: random.Random, how: Collection[str] = USUAL) -> str:
    """A copy: renamed, docstrings gone, other comments, definitions and free lines reordered."""
    tree = ast.parse(source)
    names = rng.sample(NAMES, len(NAMES))
    if "control flow" in how:
        tree = control_flow.rewritten(tree)
    for function in _functions(tree):
        if "comments" in how:
            function.body = _without_docstring(function.body)
        if "order" in how:
            function.body = _reordered(function.body, rng)
        if "names" in how:
            _rename(function, names)
    if "order" in how:
        for thing in ast.walk(tree):
            if isinstance(thing, ast.ClassDef):
                thing.body = rng.sample(thing.body, len(thing.body))
        if all(isinstance(thing, ast.FunctionDef | ast.ClassDef) for thing in tree.body):
            tree.body = rng.sample(tree.body, len(tree.body))
    text = ast.unparse(ast.fix_missing_locations(tree))
    return _with_remarks(text, 0.3, rng) if "comments" in how else text


def _reordered(body: list[ast.stmt], rng: random.Random) -> list[ast.stmt]:
    """Neighbours that do not need each other, exchanged where the dice say so."""
    body = list(body)
    for index in range(len(body) - 1):
        one, two = body[index], body[index + 1]
        if not (isinstance(one, ast.Assign) and isinstance(two, ast.Assign)):
            continue
        needed = _used(one) & _bound(two) or _used(two) & _bound(one) or _bound(one) & _bound(two)
        if not needed and rng.random() < 0.7:
            body[index], body[index + 1] = two, one
    return body


def _used(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _bound(node: ast.AST) -> set[str]:
    return {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def _functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return body[1:] if text and len(body) > 1 else body


def _rename(function: ast.FunctionDef, names: list[str]) -> None:
    """Give the function's own variables the names of this hand; parameters keep theirs."""
    given = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    used = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)} | given
    free = iter(name for name in names if name not in used)
    new = {name: next(free) for name in sorted(_bound(function) - given)}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in new:
            node.id = new[node.id]


def _with_remarks(source: str, chance: float, rng: random.Random) -> str:
    lines = []
    for line in source.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        if line.strip() and rng.random() < chance:
            lines.append(f"{indent}# {rng.choice(REMARKS)} {rng.randrange(100)}")
        lines.append(line)
    return "\n".join(lines)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _assign(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=0)


@lru_cache(maxsize=1)
def ways() -> dict[str, list[list[str]]]:
    """Definition -> sources of it: [the reference's], the alternatives', the mistakes'."""
    found: dict[str, list[list[str]]] = {}
    for kind, sources in enumerate(
        (
            reference_answers().values(),
            [one.source for one in alternatives.bank(UNIT)],
            [one.source() for one in mistakes.bank(UNIT)],
        )
    ):
        for source in sources:
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    found.setdefault(node.name, [[], [], []])[kind].append(ast.unparse(node))
    return {name: kinds for name, kinds in found.items() if kinds[0]}


def honest(rng: random.Random, by_hand: bool = True) -> dict[str, str]:
    """One student's answers, by grade_id."""
    hand = Handwriting(rng)
    answers = {}
    for grade_id, source in reference_answers().items():
        tree = ast.parse(source)
        parts = []
        for node in tree.body:
            kinds = ways().get(getattr(node, "name", ""), [[], [], []])
            kind = rng.choices((0, 1, 2), (0.5, 0.3, 0.2))[0]
            text = rng.choice(kinds[kind]) if kinds[kind] else ast.unparse(node)
            parts.append(hand.of(text) if by_hand else text)
        answers[grade_id] = "\n\n\n".join(parts)
    return answers


def copied(
    answers: dict[str, str],
    rng: random.Random,
    share: float = 1.0,
    how: Collection[str] = USUAL,
) -> dict[str, str]:
    """A copy of (a share of) somebody's answers, in disguise; the rest is the copier's own."""
    own = honest(rng)
    taken = rng.sample(sorted(answers), max(1, round(share * len(answers))))
    return {
        grade_id: disguised(answers[grade_id], rng, how) if grade_id in taken else own[grade_id]
        for grade_id in answers
    }


def submission(student: str, answers: dict[str, str]) -> Submission:
    """The notebook with these answers, as it would be handed in."""
    return from_notebook(answered(copy.deepcopy(released("en")), answers), {}, student)


def made(
    size: int, copies: int, seed: int, share: float = 1.0, how: Collection[str] = USUAL
) -> tuple[list[Submission], set[frozenset[str]]]:
    """A class of `size`, of whom `copies` copied from one classmate each; and those pairs."""
    rng = random.Random(seed)
    answers = {f"s{n:03d}": honest(rng) for n in range(size - copies)}
    originals = rng.sample(sorted(answers), copies)
    pairs = set()
    for n, original in enumerate(originals, start=size - copies):
        answers[f"s{n:03d}"] = copied(answers[original], rng, share, how)
        pairs.add(frozenset((original, f"s{n:03d}")))
    return [submission(student, given) for student, given in answers.items()], pairs
