"""A wrong array beside the expected one, along its time axis: what a small drawing shows.

For the public case only, whose expected values every student has: a hidden case is never drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .check import Arrays
from .compare import AXES_ZH, ONE_OF, axis_names, differs

LONGEST = 40
"""Steps that are drawn at most: those around the first difference."""
ORDINARY = 1e6
"""Numbers that are this much larger than the expected ones are left out of the drawing."""


@dataclass(frozen=True)
class Difference:
    """Two rows of numbers along one axis of an array: what was expected, and what came.

    row: (axis, index) of the others. first: where along the axis they begin to differ.
    start: the index in the whole array of the first number that is here.
    """

    name: str
    axis: str
    row: tuple[tuple[str, int], ...]
    expected: tuple[float, ...]
    got: tuple[float, ...]
    first: int
    start: int = 0

    def axis_in(self, language: str) -> str:
        """The word for one step along the axis."""
        return _one_of(self.axis, language)

    def where(self, language: str) -> str:
        """The array and the row in it: "hs, batch 1, unit 3"."""
        row = (f"{_one_of(axis, language)} {index}" for axis, index in self.row)
        return ", ".join((self.name, *row))

    @property
    def shown(self) -> tuple[float, float]:
        """The least and the greatest number that is drawn."""
        values = [*self.expected, *(value for _, value in self.dots)]
        return min(values), max(values)

    @property
    def dots(self) -> list[tuple[int, float]]:
        """What came, with its place: finite numbers of ordinary size."""
        limit = ORDINARY * max(1.0, *map(abs, self.expected))
        return [(i, v) for i, v in enumerate(self.got) if abs(v) <= limit]


def _one_of(axis: str, language: str) -> str:
    if language == "zh":
        return AXES_ZH.get(axis, axis)
    return "step" if axis == "time" else ONE_OF.get(axis, axis)


def first_difference(
    seen: Arrays, expected: Arrays, outputs: Mapping[str, str]
) -> Difference | None:
    """The first array with the expected shape and other numbers; None where there is none.

    Along time where it has such an axis, else along its last one; of the rows, the one that is
    worst where they first differ. outputs: names of the axes, by array, as a check gives them.
    """
    for name, wanted in expected.items():
        got = np.asarray(seen.get(name))
        if name not in outputs or got.shape != wanted.shape or got.dtype.kind not in "iufb":
            continue
        names, wrong = axis_names(outputs[name], wanted.ndim), differs(got, wanted)
        long = [axis for axis, size in enumerate(wanted.shape) if size > 1]
        if wrong.any() and long:
            axis = names.index("time") if "time" in names else long[-1]
            return _worst_row(name, got, wanted, wrong, axis, names)
    return None


def _worst_row(
    name: str,
    got: np.ndarray,
    wanted: np.ndarray,
    wrong: np.ndarray,
    axis: int,
    names: tuple[str, ...],
) -> Difference:
    gap = np.where(wrong, np.nan_to_num(np.abs(got - wanted), nan=np.inf), -1.0)
    if names[axis] == "time":
        others = tuple(place for place in range(wanted.ndim) if place != axis)
        gap = gap.take([int(np.argmax(wrong.any(axis=others)))], axis)
    row = [int(index) for index in np.unravel_index(int(gap.argmax()), gap.shape)]
    here = tuple(slice(None) if place == axis else index for place, index in enumerate(row))
    first = int(np.argmax(wrong[here]))
    start = max(0, min(first - LONGEST // 2, wanted.shape[axis] - LONGEST))
    return Difference(
        name,
        names[axis],
        tuple((names[place], index) for place, index in enumerate(row) if place != axis),
        tuple(map(float, wanted[here][start : start + LONGEST])),
        tuple(map(float, got[here][start : start + LONGEST])),
        first,
        start,
    )
