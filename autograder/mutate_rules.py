"""The slips that a mutant makes: rules from a syntax node to wrong nodes in its place.

A rule gets a node and its scope and yields (slip, node in its place); None in its place takes the
node away. What comes out need not run: a mutant that raises is caught like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Change = tuple[str, ast.AST | None]


@dataclass(frozen=True)
class Scope:
    """What may stand in a node's place.

    variables: names bound in the function before this line. functions: the unit's definitions.
    strings: the string constants of the definition.
    """

    variables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()


OTHER_OPERATOR: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mod,
    ast.Mod: ast.FloorDiv,
}
OTHER_COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
NOT_COMMUTATIVE = ast.Sub | ast.Div | ast.MatMult | ast.Pow | ast.FloorDiv | ast.Mod | ast.BitOr
OTHER_FUNCTION = {
    "tanh": "sigmoid",
    "sigmoid": "tanh",
    "softmax": "log_softmax",
    "log_softmax": "softmax",
    "exp": "expm1",
    "log": "log1p",
    "log2": "log",
    "logaddexp": "maximum",
    "sum": "mean",
    "mean": "sum",
    "cumsum": "cumprod",
    "argmax": "argmin",
    "max": "min",
    "min": "max",
    "maximum": "minimum",
    "minimum": "maximum",
    "zeros": "ones",
    "ones": "zeros",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "floor": "ceil",
    "ceil": "floor",
    "append": "extend",
    "prod": "sum",
    "outer": "multiply",
    "vstack": "hstack",
    "hstack": "vstack",
}
NUMPY_HAS_NOT = {"sigmoid": "arctan", "log_softmax": "exp", "softmax": "exp"}
PASSED_THROUGH = frozenset(
    ["tanh", "sigmoid", "softmax", "log_softmax", "relu", "exp", "log", "log2", "sqrt", "square"]
    + ["abs", "reversed", "sorted", "floor", "ceil", "flip", "transpose", "norm", "copy"]
)
"""Functions that a student forgets to apply."""


def changes(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """Every wrong node that may stand in place of this one, in a fixed order."""
    for kinds, rule in RULES:
        if isinstance(node, kinds):
            yield from rule(node, scope)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of the node with other fields; its children are shared."""
    kept = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
    return ast.copy_location(type(node)(**{**kept, **fields}), node)


def _negative(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.USub(), node)


def _plus(node: ast.expr, number: int) -> ast.expr:
    operator = ast.Add() if number > 0 else ast.Sub()
    return ast.BinOp(node, operator, ast.Constant(abs(number)))


def _transposed(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def _operation(node: ast.BinOp, scope: Scope) -> Iterator[Change]:
    other = OTHER_OPERATOR.get(type(node.op))
    if other is not None:
        yield "other operator", _with(node, op=other())
    if isinstance(node.op, NOT_COMMUTATIVE):
        yield "swapped operands", _with(node, left=node.right, right=node.left)
    if isinstance(node.op, ast.MatMult):
        yield "transpose", _with(node, left=_transposed(node.left))
        yield "transpose", _with(node, right=_transposed(node.right))
    yield "dropped term", node.left
    if not isinstance(node.op, ast.Pow):
        yield "dropped term", node.right


def _sign(node: ast.UnaryOp, scope: Scope) -> Iterator[Change]:
    yield "wrong sign" if isinstance(node.op, ast.USub) else "not forgotten", node.operand


def _comparison(node: ast.Compare, scope: Scope) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        operators = list(node.ops)
        operators[place] = OTHER_COMPARISON[type(operator)]()
        yield "other comparison", _with(node, ops=operators)


def _condition(node: ast.BoolOp, scope: Scope) -> Iterator[Change]:
    yield "and for or", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    if len(node.values) == 2:
        yield from (("dropped condition", value) for value in node.values)


def _constant(node: ast.Constant, scope: Scope) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "other flag", ast.Constant(not value)
    elif isinstance(value, int):
        yield "off by one", ast.Constant(value + 1)
        yield "off by one", ast.Constant(value - 1)
    elif isinstance(value, float):
        yield "other number", ast.Constant(2 * value if value else 1.0)
    elif isinstance(value, str):
        alike = [text for text in scope.strings if len(text) == len(value)]
        nearest = closest(value, alike)
        if nearest:
            yield "other name", ast.Constant(nearest)


def _call(node: ast.Call, scope: Scope) -> Iterator[Change]:
    arguments, name = node.args, _called(node.func)
    for first in range(len(arguments) - 1):
        pair = arguments[first : first + 2]
        if not any(isinstance(argument, ast.Starred) for argument in pair):
            swapped = [*arguments[:first], pair[1], pair[0], *arguments[first + 2 :]]
            yield "swapped arguments", _with(node, args=swapped)
    for place, keyword in enumerate(node.keywords):
        others = [*node.keywords[:place], *node.keywords[place + 1 :]]
        yield f"without {keyword.arg or '**'}", _with(node, keywords=others)
    if name in PASSED_THROUGH and len(arguments) == 1:
        yield f"{name} forgotten", arguments[0]
    elif name in PASSED_THROUGH and not arguments and isinstance(node.func, ast.Attribute):
        yield f"{name} forgotten", node.func.value
    if name == "range" and len(arguments) == 1:
        yield "first left out", _with(node, args=[ast.Constant(1), *arguments])
        yield "last left out", _with(node, args=[_plus(arguments[0], -1)])
    if isinstance(node.func, ast.Name):
        nearest = closest(name, scope.functions) if name in scope.functions else ""
        if nearest:
            yield "other function", _with(node, func=ast.Name(nearest, ast.Load()))
    other = OTHER_FUNCTION.get(name)
    if other is not None and name not in scope.functions:
        yield "other function", _with(node, func=_renamed(node.func, other))


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Name):
        return ast.Attribute(ast.Name("np", ast.Load()), NUMPY_HAS_NOT.get(name, name), ast.Load())
    assert isinstance(function, ast.Attribute)
    numpy = isinstance(function.value, ast.Name) and function.value.id == "np"
    known = NUMPY_HAS_NOT.get(name, name) if numpy else name
    return ast.Attribute(function.value, known, ast.Load())


def _attribute(node: ast.Attribute, scope: Scope) -> Iterator[Change]:
    if node.attr == "T":
        yield "transpose", node.value


def _slice(node: ast.Slice, scope: Scope) -> Iterator[Change]:
    bounds = {"lower": node.lower, "upper": node.upper, "step": node.step}
    if not any(bounds.values()):
        return  # a whole axis
    yield from (("other slice", _with(node, **{at: None})) for at, bound in bounds.items() if bound)
    if node.step is not None:
        return
    for at, start in (("lower", 1), ("upper", -1)):
        bound = bounds[at]
        if bound is None:
            yield "off by one", _with(node, **{at: ast.Constant(start)})
        elif not _is_number(bound):  # a number has rules of its own
            yield "off by one", _with(node, **{at: _plus(bound, 1)})
            yield "off by one", _with(node, **{at: _plus(bound, -1)})


def _is_number(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant)


def _parts(node: ast.Tuple | ast.List, scope: Scope) -> Iterator[Change]:
    for first in range(len(node.elts) - 1):
        pair = node.elts[first : first + 2]
        swapped = [*node.elts[:first], pair[1], pair[0], *node.elts[first + 2 :]]
        yield "swapped parts", _with(node, elts=swapped)


def _entries(node: ast.Dict, scope: Scope) -> Iterator[Change]:
    keys, values = node.keys, node.values
    for first in range(len(values) - 1):
        if keys[first] is not None and keys[first + 1] is not None:
            swapped = [*values[:first], values[first + 1], values[first], *values[first + 2 :]]
            yield "swapped values", _with(node, values=swapped)
    for place in range(len(keys)):
        fewer = [keys[:place] + keys[place + 1 :], values[:place] + values[place + 1 :]]
        yield "dropped entry", _with(node, keys=fewer[0], values=fewer[1])


def _either(node: ast.IfExp, scope: Scope) -> Iterator[Change]:
    yield "swapped branches", _with(node, body=node.orelse, orelse=node.body)
    yield "one branch", node.body
    yield "one branch", node.orelse


def _variable(node: ast.Name, scope: Scope) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load) and node.id in scope.variables:
        nearest = closest(node.id, scope.variables)
        if nearest:
            yield "other variable", ast.Name(nearest, ast.Load())


def _filter(node: ast.comprehension, scope: Scope) -> Iterator[Change]:
    for place in range(len(node.ifs)):
        yield "dropped condition", _with(node, ifs=[*node.ifs[:place], *node.ifs[place + 1 :]])


def _returned(node: ast.Return, scope: Scope) -> Iterator[Change]:
    numbers = ast.BinOp | ast.Name | ast.Call | ast.Subscript | ast.Attribute
    if isinstance(node.value, numbers):
        yield "wrong sign", _with(node, value=_negative(node.value))


def _added(node: ast.AugAssign, scope: Scope) -> Iterator[Change]:
    yield "replaced, not added", ast.Assign([node.target], node.value, lineno=node.lineno)
    other = OTHER_OPERATOR.get(type(node.op))
    if other is not None:
        yield "other operator", _with(node, op=other())
    yield "dropped statement", None


def _assigned(node: ast.Assign, scope: Scope) -> Iterator[Change]:
    target = node.targets[0]
    again = isinstance(target, ast.Name) and target.id in scope.variables
    if again or isinstance(target, ast.Subscript | ast.Attribute):
        yield "dropped statement", None


def _done(node: ast.Expr, scope: Scope) -> Iterator[Change]:
    yield "dropped statement", None


def _branch(node: ast.If | ast.While, scope: Scope) -> Iterator[Change]:
    if not isinstance(node.test, ast.Compare | ast.UnaryOp):
        yield "not added", _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.If):
        yield "dropped statement", None


def _loop(node: ast.For | ast.While, scope: Scope) -> Iterator[Change]:
    yield "stops after one", _with(node, body=[*node.body, ast.Break()])


def _jump(node: ast.Break | ast.Continue, scope: Scope) -> Iterator[Change]:
    yield "other jump", ast.Continue() if isinstance(node, ast.Break) else ast.Break()


Rule = Callable[..., Iterator[Change]]
RULES: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Rule], ...] = (
    (ast.BinOp, _operation),
    (ast.UnaryOp, _sign),
    (ast.Compare, _comparison),
    (ast.BoolOp, _condition),
    (ast.Constant, _constant),
    (ast.Call, _call),
    (ast.Attribute, _attribute),
    (ast.Slice, _slice),
    ((ast.Tuple, ast.List), _parts),
    (ast.Dict, _entries),
    (ast.IfExp, _either),
    (ast.Name, _variable),
    (ast.comprehension, _filter),
    (ast.Return, _returned),
    (ast.AugAssign, _added),
    (ast.Assign, _assigned),
    (ast.Expr, _done),
    ((ast.If, ast.While), _branch),
    ((ast.For, ast.While), _loop),
    ((ast.Break, ast.Continue), _jump),
)


def closest(name: str, others: Sequence[str]) -> str:
    """The name that is most easily taken for `name`; empty if there is no other."""
    candidates = [other for other in others if other != name]
    likeness = [SequenceMatcher(None, name, other).ratio() for other in candidates]
    return candidates[likeness.index(max(likeness))] if candidates else ""
