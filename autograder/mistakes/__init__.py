"""Known mistakes: wrong implementations that test the grader, recognise a student's, and explain.

A mistake is a class whose functions (and classes) replace the reference's of the same name, in
the student's vocabulary: NumPy as np, TensorFlow as tf, keras, ops and sigmoid are there. Its
docstring is the hint in English, `zh` the hint in Chinese, `caught_by` the check that catches it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from functools import lru_cache
from typing import ClassVar

from ..verdict import Text


class Mistake:
    """Base of all mistakes."""

    caught_by: ClassVar[str]
    zh: ClassVar[str]
    explains: ClassVar[bool] = True
    """False where training noise leaves no arrays to compare: caught, explained by the message."""

    @classmethod
    def id(cls) -> str:
        """Unit and class name: "gru.ResetAfterProduct"."""
        return f"{cls.caught_by.split('.')[0]}.{cls.__name__}"

    @classmethod
    def hint(cls) -> Text:
        """The hint in both languages."""
        return Text(inspect.cleandoc(cls.__doc__ or ""), cls.zh)

    @classmethod
    def source(cls) -> str:
        """Source of the replacing definitions, as a student would have written them."""
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
        body = tree.body[0].body  # type: ignore[attr-defined]
        kept = [
            node
            for node in body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            or (isinstance(node, ast.Assign) and _name(node) not in ("caught_by", "zh", "explains"))
        ]
        return "\n\n".join(ast.unparse(node) for node in kept if not _is_docstring(node)) + "\n"


def _name(node: ast.Assign) -> str:
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr)


@lru_cache(maxsize=8)
def bank(unit: str) -> tuple[type[Mistake], ...]:
    """All mistakes of the unit, in the order of its module; empty for a unit without any."""
    name = f"autograder.mistakes.{unit}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as problem:
        if problem.name == name:
            return ()
        raise
    return tuple(
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing)
        and issubclass(thing, Mistake)
        and thing.__module__ == name
        and hasattr(thing, "caught_by")
    )
