"""The same program with other statements: what a copier does who knows that names are seen through.

Loops over ranges become `while`, comprehensions become loops, `a += b` becomes `a = a + b`, the
branches of an `if` change places, and what is returned gets a name first.
"""

import ast


def rewritten(tree):
    """The tree with other control flow; it computes the same."""
    _inside(tree)
    return ast.parse(ast.unparse(ast.fix_missing_locations(tree)))


def _inside(node):
    """Rewrite a node's blocks, the inner ones first."""
    for child in ast.iter_child_nodes(node):
        _inside(child)
    for name in ("body", "orelse"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            setattr(node, name, [new for old in block for new in _other(old)])


def _other(statement):
    """What stands in a statement's place."""
    if isinstance(statement, ast.For) and _counts(statement):
        return _while(statement)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        value = ast.BinOp(ast.Name(statement.target.id), statement.op, statement.value)
        return [_assign(statement.target, value)]
    if isinstance(statement, ast.If) and statement.orelse:
        test = ast.UnaryOp(ast.Not(), statement.test)
        return [ast.If(test, statement.orelse, statement.body)]
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.ListComp):
        return _loop(statement)
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.BinOp | ast.Call):
        return [_assign(ast.Name("answer_"), statement.value), ast.Return(ast.Name("answer_"))]
    return [statement]


def _counts(loop):
    """Whether a loop goes through range(n) or range(a, n) and nothing jumps in it."""
    calls = loop.iter
    simple = isinstance(calls, ast.Call) and getattr(calls.func, "id", "") == "range"
    jumps = any(isinstance(node, ast.Continue) for node in ast.walk(loop))
    return simple and len(calls.args) < 3 and isinstance(loop.target, ast.Name) and not jumps


def _while(loop):
    first, last = ([ast.Constant(0)] + loop.iter.args)[-2:]
    name = loop.target.id
    step = ast.AugAssign(ast.Name(name), ast.Add(), ast.Constant(1))
    test = ast.Compare(ast.Name(name), [ast.Lt()], [last])
    return [_assign(ast.Name(name), first), ast.While(test, [*loop.body, step], [])]


def _loop(statement):
    """A list that is filled step by step; more than one `for` stays a comprehension."""
    (target,), made = statement.targets, statement.value
    if len(made.generators) > 1 or not isinstance(target, ast.Name):
        return [statement]
    (each,) = made.generators
    append = ast.Call(ast.Attribute(ast.Name(target.id), "append"), [made.elt], [])
    body = [ast.Expr(append)]
    for test in each.ifs:
        body = [ast.If(test, body, [])]
    filled = ast.Assign([ast.Name(target.id)], ast.List([]), lineno=0)
    return [filled, ast.For(each.target, each.iter, body, [], lineno=0)]


def _assign(target, value):
    return ast.Assign([target], value, lineno=0)
