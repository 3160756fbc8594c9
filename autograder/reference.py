"""The reference solution of a unit, read from `solutions/<unit>.py`; never in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import loader

SOLUTIONS = Path(__file__).parents[1] / "solutions"
LOADS_TENSORFLOW = re.compile("^(import|from) (keras|tensorflow)", re.MULTILINE)


def parse(text: str) -> Mapping[str, Any]:
    """A py:percent script as a notebook (nbformat 4)."""
    import jupytext

    notebook: Mapping[str, Any] = jupytext.reads(text, fmt="py:percent")
    return notebook


@lru_cache(maxsize=8)
def notebook(unit: str) -> Mapping[str, Any]:
    """The solution notebook of the unit; FileNotFoundError if there is none."""
    return parse((SOLUTIONS / f"{unit}.py").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def cells(unit: str) -> tuple[dict[str, str], ...]:
    """All code cells of the solution that are not tests, as {"id", "source"}."""
    found = []
    for number, cell in enumerate(notebook(unit)["cells"]):
        marks = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and not _is_test(marks):
            name = marks.get("grade_id", f"solution cell {number}")
            found.append({"id": name, "source": cell["source"]})
    return tuple(found)


@lru_cache(maxsize=8)
def provided(unit: str) -> tuple[dict[str, str], ...]:
    """The locked code cells that every student is given (imports, sigmoid)."""
    locked = {
        marks["grade_id"]
        for cell in notebook(unit)["cells"]
        if cell["cell_type"] == "code"
        and (marks := cell["metadata"].get("nbgrader", {})).get("locked")
        and not _is_test(marks)
    }
    return tuple(cell for cell in cells(unit) if cell["id"] in locked)


def _is_test(marks: Mapping[str, Any]) -> bool:
    return bool(marks.get("grade")) and not marks.get("solution")


@lru_cache(maxsize=64)
def source(unit: str, names: tuple[str, ...]) -> str:
    """The reference's statements for these names and all that they need."""
    return loader.sources(cells(unit), names)


@lru_cache(maxsize=64)
def stand_in(unit: str, names: tuple[str, ...]) -> str:
    """`source`, with functions that take whatever a student's own code hands them.

    The reference is NumPy; the student's later parts may be TensorFlow or lists.
    """
    fronts = [f"{name} = taking_anything({name})" for name in names]
    return "\n\n\n".join([source(unit, names), TAKING_ANYTHING, *fronts]) + "\n"


TAKING_ANYTHING = '''
def taking_anything(function):
    """The function of arrays as a function of tensors, lists and arrays; a class as it is."""
    import functools
    import sys

    import numpy as np

    tf = sys.modules.get("tensorflow")  # where nobody has imported it there are no tensors
    tensors = () if tf is None else (tf.Tensor, tf.Variable)

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        if isinstance(value, list):
            try:
                return np.asarray(value)
            except ValueError:  # sequences of different lengths
                return value
        return np.asarray(value) if isinstance(value, tensors) else value

    @functools.wraps(function)
    def front(*args, **kwargs):
        return function(*map(plain, args), **plain(kwargs))

    return function if isinstance(function, type) else front
'''.strip()


@lru_cache(maxsize=64)
def definition(unit: str, name: str) -> str:
    """The reference's own definition of one name, without what it needs."""
    return loader.definition(cells(unit), name)


def namespace(unit: str, names: Iterable[str], override: str = "") -> dict[str, Any]:
    """The reference's definitions, with `override` run after them; a fresh namespace each time."""
    space: dict[str, Any] = {"__name__": f"reference.{unit}"}
    extra = [{"id": "override", "source": override}] if override else []
    problems = loader.load([*cells(unit), *extra], names, space)
    if problems:
        first = problems[0]
        raise RuntimeError(
            f"the reference of unit {unit!r} does not load: {first['message']} "
            f"({first['cell']}, line {first['line']}: {first['text']})"
        )
    return space
