"""What a unit's reports depend on beside the submission: our code and data, and the libraries."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from .units import UNITS

HERE = Path(__file__).parent
CODE = (HERE, HERE.parent / "course_lib", HERE.parent / "solutions")
BY_UNIT = ("checks", "mistakes", "observe", "alternatives", "equivalents", "data")
"""Folders of the autograder whose files are named after units."""
LIBRARIES = ("numpy", "tensorflow", "keras", "sympy")


@lru_cache(maxsize=len(UNITS))
def code_hash(unit: str) -> str:
    """Hash of all code and data that a unit's report depends on, and of the libraries' versions.

    Files of other units (`checks/lstm_text.py` for gru) are left out: no unit imports another's.
    """
    digest = hashlib.sha256()
    for name in LIBRARIES:
        digest.update(f"{name}=={version(name)}\n".encode())
    others = tuple(other for other in UNITS if other != unit)
    for root in CODE:
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if any(re.split(r"[_.]", part)[0] in others for part in _of_a_unit(root, inside)):
                continue
            if path.suffix in (".py", ".json", ".npz", ".txt") and path.is_file():
                digest.update(f"{inside}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _of_a_unit(root: Path, inside: Path) -> tuple[str, ...]:
    """The parts of a path that name a unit where a file belongs to one."""
    if root.name == "solutions":
        return inside.parts
    return inside.parts[1:] if inside.parts[0] in BY_UNIT and root == HERE else ()
