"""A failure on a hidden case, without words that could spell the case's values.

The name of an exception, what it says and the line that it names come from the student's process:
all of them may be made up. Kept is what comes from a closed list, or stands in the notebook.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import replace

from .sandbox.observation import Failure
from .submission import Submission
from .verdict import NOTHING, Text
from .withheld import LAYERS, RAW_OPS

TYPES = {
    *(name for name, kind in vars(builtins).items() if isinstance(kind, type)),
    *("AxisError", "LinAlgError", "UFuncTypeError"),  # NumPy's
    *("InvalidArgumentError", "ResourceExhaustedError", "OperatorNotAllowedInGraphError"),
}
"""Exceptions whose names are told."""
PHRASES = (
    *("matmul", "broadcast", "Matrix size-incompatible"),
    *(f"keras.layers.{name} is withheld" for name in LAYERS),
    *(f"tf.raw_ops.{name} is withheld" for name in RAW_OPS),
)
"""What the hints on shapes and on withheld layers look for."""


def hushed(failure: Failure, submission: Submission) -> Failure:
    """The failure as far as the author of the submission may read it."""
    kind, _, words = failure.message.partition(":")
    told = [kind if kind in TYPES else "an exception"]
    undefined = re.search(r"name '(\w+)' is not defined", words)
    if undefined and any(
        re.search(rf"\b{undefined[1]}\b", cell.source) for cell in submission.cells
    ):
        told.append(undefined[0])
    told += [phrase for phrase in PHRASES if phrase in words]
    message = ": ".join(told) if failure.kind in ("exception", "layer") else ""
    return replace(failure, message=message, where=_where(failure.where, submission))


def silence(failure: Failure) -> Text:
    """Why the student reads less than their code said."""
    if failure.kind != "exception":
        return NOTHING
    return Text(
        "\nWhat it says is not shown: on a hidden case it could tell the case.",
        "\n异常的内容不予显示：在隐藏用例上，它可能透露用例本身。",
    )


def _where(told: str, submission: Submission) -> str:
    """The student's lines, read from the notebook itself."""
    sources = {f"cell {cell.id}": cell.source.splitlines() for cell in submission.cells}
    found = []
    for cell, number in re.findall(r"^(cell .+?), line (\d{1,6})(?=:|$)", told, re.MULTILINE):
        lines = sources.get(cell, [])
        if 0 < int(number) <= len(lines):
            found.append(f"{cell}, line {int(number)}: {lines[int(number) - 1].strip()[:200]}")
    return "\n".join(found)
