"""Correct answers written differently: each must get full marks, or the grader is wrong.

An alternative is a plain Python module, `<unit>/<name>.py`, as a student could have written it. It
is graded as the reference's cells followed by this one, so it may replace all definitions or a
few. Its docstring's first line says what is different about it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .. import loader

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Alternative:
    """One correct way to write a unit's answers.

    id: unit and file name, as in "gru.einsum". sentence: what is different. source: the module.
    """

    id: str
    sentence: str
    source: str

    @property
    def defines(self) -> frozenset[str]:
        """Names of the functions and classes, and of the assigned values, at the top level."""
        names: set[str] = set()
        for node in loader.parse(self.source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Assign):
                names |= {
                    n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)
                }
        return frozenset(names)


@lru_cache(maxsize=8)
def bank(unit: str) -> tuple[Alternative, ...]:
    """The alternatives of a unit, by name; empty for a unit without any."""
    return tuple(_read(unit, path) for path in sorted((HERE / unit).glob("*.py")))


def _read(unit: str, path: Path) -> Alternative:
    source = path.read_text(encoding="utf-8")
    sentence = (ast.get_docstring(loader.parse(source)) or "").split("\n\n")[0].replace("\n", " ")
    return Alternative(f"{unit}.{path.stem}", sentence, source)
