"""Known mistakes: wrong implementations that test the grader, recognise a student's, and explain.

A mistake is a class whose functions (and classes) replace the reference's of the same name, in
the student's vocabulary: NumPy as np, TensorFlow as tf, keras, ops and sigmoid are there. Where
one line makes the mistake, `edit` names the definition, the reference's text and the wrong text.
The docstring is the hint in English, `zh` the hint in Chinese, `caught_by` the check that catches
it. A unit's mistakes live in <unit>.py and <unit>_*.py of this folder.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from functools import lru_cache
from typing import ClassVar

from .. import loader, reference
from ..verdict import Text

ATTRIBUTES = ("caught_by", "zh", "explains", "part", "edit")


class Mistake:
    """Base of all mistakes."""

    caught_by: ClassVar[str]
    zh: ClassVar[str]
    explains: ClassVar[bool] = True
    """False where there are no arrays to compare (the code raises): the message explains alone."""
    part: ClassVar[str] = ""
    """Where there are no arrays to compare, the finding that gives this mistake away: that of a check
    that trains, or "layer" for one of Keras's that is withheld."""
    edit: ClassVar[tuple[str, str, str] | None] = None
    """(name of a definition, the reference's text in it, the wrong text), in place of functions."""

    @classmethod
    def id(cls) -> str:
        """Unit and class name: "gru.ResetAfterProduct"."""
        return f"{cls.caught_by.split('.')[0]}.{cls.__name__}"

    @classmethod
    def hint(cls) -> Text:
        """The hint in both languages."""
        return Text(inspect.cleandoc(cls.__doc__ or ""), cls.zh)

    @classmethod
    @lru_cache(maxsize=1024)
    def source(cls) -> str:
        """Source of the replacing definitions, as a student would have written them."""
        if cls.edit is not None:
            name, old, new = cls.edit
            right = reference.definition(cls.caught_by.split(".")[0], name)
            if old not in right:
                raise ValueError(f"{cls.id()}: the reference's {name} has no {old!r} to edit")
            return right.replace(old, new)
        tree = loader.parse(textwrap.dedent(inspect.getsource(cls)))
        body = tree.body[0].body  # type: ignore[attr-defined]
        kept = [
            node
            for node in body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            or (isinstance(node, ast.Assign) and _name(node) not in ATTRIBUTES)
        ]
        return "\n\n".join(ast.unparse(node) for node in kept if not _is_docstring(node)) + "\n"


def _name(node: ast.Assign) -> str:
    target = node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr)


@lru_cache(maxsize=8)
def bank(unit: str) -> tuple[type[Mistake], ...]:
    """All mistakes of the unit, in the order of its modules; empty for a unit without any."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    found: list[type[Mistake]] = []
    for name in names:
        if name == unit or name.startswith(f"{unit}_"):
            module = importlib.import_module(f"{__name__}.{name}")
            found += [
                thing
                for thing in vars(module).values()
                if inspect.isclass(thing)
                and issubclass(thing, Mistake)
                and thing.__module__ == module.__name__
            ]
    return tuple(found)
