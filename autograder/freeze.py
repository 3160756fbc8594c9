"""Public cases, what is expected, and what mistakes give, written as plain arrays for students.

Nothing of a hidden case is drawn here, and no code is written: `frozen.py` reads it back.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from . import alternatives, reference
from .case import PUBLIC_SEED, Case
from .check import Check, registry
from .diagnose import arrays_of
from .mistakes import Mistake, bank
from .observe import observer
from .strip import judges_itself
from .student import Student, run_observe


class Arrays:
    """Arrays under short names; equal ones once."""

    def __init__(self) -> None:
        self.kept: dict[str, np.ndarray] = {}
        self._names: dict[str, str] = {}

    def keep(self, arrays: Mapping[str, Any]) -> dict[str, str]:
        """Name -> under which name the array lies."""
        return {name: self._keep(np.asarray(array)) for name, array in arrays.items()}

    def _keep(self, array: np.ndarray) -> str:
        text = f"{array.dtype} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes()
        name = self._names.setdefault(hashlib.sha256(text).hexdigest(), f"a{len(self._names)}")
        self.kept[name] = array
        return name


def frozen(unit: str) -> dict[str, bytes]:
    """File name -> content: <unit>.json and <unit>.npz."""
    arrays = Arrays()
    data = {
        "unit": unit,
        "provided": list(reference.provided(unit)),
        "checks": {check.id: _check(check, arrays) for check in registry(unit)},
    }
    text = json.dumps(data, ensure_ascii=False, indent=1, default=_plain)
    return {f"{unit}.json": text.encode(), f"{unit}.npz": npz(arrays.kept)}


def npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The arrays as an .npz file; the same arrays give the same bytes."""
    file = io.BytesIO()
    np.savez_compressed(file, **dict(arrays))  # type: ignore[arg-type]
    return file.getvalue()


def _plain(value: object) -> object:
    """A NumPy number as JSON has it."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be frozen; expected an array or plain data")


def _check(check: Check, arrays: Arrays) -> dict[str, Any]:
    case, expected = check.cases(PUBLIC_SEED, hidden=False)[0]
    compared = expected if judges_itself(check) else check.at_home(case)
    given = {name: value for name, value in case.values.items() if isinstance(value, np.ndarray)}
    return {
        "values": {name: value for name, value in case.values.items() if name not in given},
        "arrays": arrays.keep(given),
        "expected": arrays.keep(compared),
        "mistakes": [
            entry
            for mistake in bank(check.unit)
            if mistake.caught_by == check.id and mistake.explains
            for entry in _mistake(mistake, check, case, arrays)
        ],
    }


def _mistake(
    mistake: type[Mistake], check: Check, case: Case, arrays: Arrays
) -> list[dict[str, Any]]:
    """The hint of a mistake, and how it shows; nothing for one that shows in no array."""
    hint = mistake.hint()
    entry = {"name": mistake.id(), "en": hint.en, "zh": hint.zh}
    if check.trains:
        return [{**entry, "part": mistake.part, "arrays": {}}]
    seen = arrays_of(mistake, check, case)
    if seen is None:
        return []
    own = judges_itself(check, ("signature",))
    shown = check.signature(seen, case) if own else seen
    return [{**entry, "part": mistake.part, "arrays": arrays.keep(shown)}]


@lru_cache(maxsize=256)
def only_runs(check: Check) -> bool:
    """Whether a students' copy can say no more of a check than that the answer runs.

    So it is where its judge cannot go along, and right answers do not all give the arrays that
    there are to compare: the reference's own, or those of an answer written differently.
    """
    if judges_itself(check) or check.trains:
        return False
    case, _ = check.cases(PUBLIC_SEED, hidden=False)[0]
    expected = check.at_home(case)
    names = [*check.provides, *check.uses]
    names += [name for c in registry(check.unit) if c.id in check.requires for name in c.provides]
    others = [a.source for a in alternatives.bank(check.unit) if a.defines & set(names)]
    for source in ("", *others):
        student = Student(reference.namespace(check.unit, names, source), Path())
        seen, failure = run_observe(observer(check.id), student, case)
        if failure or any(f.problem for f in Check.judge(check, seen, expected, case)):
            return True
    return False
