"""The public cases of the students' copy: what is expected and what mistakes give, as plain arrays.

The full package has none: it draws its cases. `freeze.py` writes them into a student bundle, where
there is nothing that could draw a case or compute an answer: JSON and .npz, and no pickle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .case import Case
from .verdict import Text

FOLDER = Path(__file__).parent / "frozen"
STUDENTS: ContextVar[Mapping[str, Any]] = ContextVar("the student's definitions")
"""In a students' copy: what the judges may call; see `at_home/stand_ins.py`."""


@dataclass(frozen=True)
class FrozenMistake:
    """A known mistake without its code: what it gives on the public case, and its hint.

    part: for checks that train, the finding that gives it away in place of arrays.
    """

    name: str
    en: str
    zh: str
    part: str = ""
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)

    def id(self) -> str:
        """As the full package calls it: "gru.UpdateSwapped"."""
        return self.name

    def hint(self) -> Text:
        """The hint in both languages."""
        return Text(self.en, self.zh)


@dataclass(frozen=True)
class Frozen:
    """What a students' copy knows of one unit. Arrays are named in `data`, and lie in `arrays`."""

    data: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]

    @property
    def provided(self) -> tuple[dict[str, str], ...]:
        """The locked cells that every student is given, as {"id", "source"}."""
        return tuple(self.data["provided"])

    def case(self, check: str) -> tuple[Case, dict[str, np.ndarray]]:
        """The public case of a check, and what is expected on it."""
        found = self.data["checks"][check]
        values = {**found["values"], **self._named(found["arrays"])}
        return Case("public", values), self._named(found["expected"])

    def mistakes(self, check: str) -> tuple[FrozenMistake, ...]:
        """The mistakes that a check can name, in the order of the bank."""
        return tuple(
            FrozenMistake(**{**entry, "arrays": self._named(entry["arrays"])})
            for entry in self.data["checks"][check]["mistakes"]
        )

    def _named(self, names: Mapping[str, str]) -> dict[str, np.ndarray]:
        return {name: self.arrays[key] for name, key in names.items()}


@lru_cache(maxsize=8)
def of(unit: str) -> Frozen | None:
    """The frozen cases of a unit; None in the full package, and for a unit not in the bundle."""
    if not (FOLDER / f"{unit}.json").is_file():
        return None
    data = json.loads((FOLDER / f"{unit}.json").read_text(encoding="utf-8"))
    return Frozen(data, arrays(unit))


@lru_cache(maxsize=8)
def arrays(name: str) -> dict[str, np.ndarray]:
    """The arrays of FOLDER/NAME.npz."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as found:
        return {key: found[key] for key in found.files}


def own(name: str) -> Any:
    """The student's own definition of a name."""
    return STUDENTS.get()[name]
