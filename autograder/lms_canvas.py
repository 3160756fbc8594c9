"""Marks as a file that Canvas imports (Grades > Import).

    Student,ID,SIS User ID,SIS Login ID,Section,<Title> (<id>)
        Points Possible,,,,,100.00

Canvas finds a student by ID, then SIS User ID, SIS Login ID, name. Without the assignment's id in
its column's header Canvas makes a new assignment, so a worksheet (the gradebook that the teacher
exported) is the safe way: its student columns and its header are used as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from .lms import Entry, LmsError, matched, number, safe, settled, written
from .lms_downloads import canvas_ids

STUDENT_COLUMNS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
POSSIBLE = "Points Possible"


def without_worksheet(found: Sequence[Entry], title: str, with_open: bool = False) -> bytes:
    """A file from what the gradebook knows. Who waits for a human has no row.

    title: the column's header, best "<Title> (<id>)" as Canvas shows it.
    """
    rows = [[*STUDENT_COLUMNS, safe(title)]]
    rows.append([f"    {POSSIBLE}", "", "", "", "", number(found[0].mark.max_score)])
    rows += [
        [safe(e.name), safe(e.lms_id), "", safe(e.student), "", number(e.mark.points)]
        for e in found
        if settled(e, with_open)
    ]
    return written(rows).encode()


def in_worksheet(
    data: bytes, found: Sequence[Entry], title: str, with_open: bool = False
) -> tuple[bytes, list[str]]:
    """(the file, students who are not in the worksheet).

    data: the gradebook as Canvas exports it; its student columns, its points row and the header
    of the assignment go out as they came in. Who has no settled mark keeps what Canvas has.
    Errors: LmsError for a file that is none, an assignment that is not in it, or other points.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise LmsError(f"the worksheet is no CSV in UTF-8: {problem}; export it again") from None
    head = rows[0] if rows else []
    if head[:1] != ["Student"] or "Section" not in head:
        raise LmsError(
            f"the worksheet's first line is {head[:6]}; expected {STUDENT_COLUMNS} and assignments "
            "(Canvas: Grades > Export)"
        )
    first = head.index("Section") + 1
    column = _column(head, first, title)
    width = max(first, column + 1)
    body = [row + [""] * (width - len(row)) for row in rows[1:] if row]
    possible = next((n for n, row in enumerate(body) if POSSIBLE in row[0]), None)
    if possible is None:
        raise LmsError(f"the worksheet has no row {POSSIBLE!r}; export it again from Canvas")
    _same_points(body[possible][column], found[0].mark.max_score, head[column])
    people = body[possible + 1 :]
    kept = [[*head[:first], head[column]], [*body[possible][:first], body[possible][column]]]
    known = head.index("ID") if "ID" in head[:first] else 0
    cells = ([*row[:first], *canvas_ids(row[0], row[known] if known else "")] for row in people)
    whose = list(matched(cells, found))
    for row, entry in zip(people, whose, strict=True):
        use = entry is not None and settled(entry, with_open)
        kept.append([*row[:first], number(entry.mark.points) if entry and use else row[column]])
    there = {entry.student for entry in whose if entry}
    return written(kept).encode(), [e.student for e in found if e.student not in there]


def _column(head: Sequence[str], first: int, title: str) -> int:
    """Where the assignment is: its header without the id, or with it."""
    fits = [
        index
        for index in range(first, len(head))
        if title in (head[index], re.sub(r"\s*\(\d+\)$", "", head[index]))
    ]
    if len(fits) == 1:
        return fits[0]
    have = ", ".join(repr(name) for name in head[first:] if re.search(r"\(\d+\)$", name)) or "none"
    raise LmsError(
        f"{len(fits)} columns of the worksheet are called {title!r}; expected one. "
        f"Name one with --assignment; there are: {have}"
    )


def _same_points(there: str, ours: float, title: str) -> None:
    try:
        same = abs(float(there.split()[0]) - ours) < 0.005
    except (ValueError, IndexError):
        same = False
    if not same:
        raise LmsError(
            f"{title} has {there or 'no'} points in Canvas, and {number(ours)} here; "
            "set the same points in Canvas and export again"
        )
