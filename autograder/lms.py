"""Marks of a class for a learning management system: whose they are, and which are settled.

Canvas and Moodle have a module each, `lms_canvas.py` and `lms_moodle.py`; the CSV file is here.
Text that we write never starts a formula: a spreadsheet shows it, and does not run it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbgrader.api import Gradebook

from . import gradebook
from .course_folder import CourseFolder, nbgrader_at_work
from .gradebook import Mark
from .problem import Problem

if TYPE_CHECKING:
    from .verdict import Report

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; Excel reads the wide ones as well."""


class LmsError(Problem):
    """An export cannot be made; the message says what to mend."""


@dataclass(frozen=True)
class Entry:
    """One student's mark, with what the gradebook knows of the student."""

    student: str
    mark: Mark
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""

    @property
    def name(self) -> str:
        """Last, First, as Canvas writes it; the id where there is no name."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part) or self.student

    @property
    def ids(self) -> frozenset[str]:
        """By what another system knows the student surely; upper and lower case are alike."""
        return _keys(self.student, self.email, self.lms_id)

    @property
    def names(self) -> frozenset[str]:
        """The full name in the orders that are usual; two students may have the same."""
        first, last = self.first_name.strip(), self.last_name.strip()
        if not first or not last:
            return frozenset()
        return _keys(f"{last}, {first}", f"{first} {last}", f"{last}{first}")


def _keys(*texts: str) -> frozenset[str]:
    return frozenset(text.strip().casefold() for text in texts if text.strip())


def entries(folder: CourseFolder, unit: str) -> list[Entry]:
    """Everybody with a mark of the unit, by id. LmsError where there is nobody."""
    marks = gradebook.marks(folder, unit)
    if not marks:
        raise LmsError(f"no marks of {unit!r} in {folder.root}; run `course grade {unit}` first")
    with nbgrader_at_work(), Gradebook(folder.database) as book:
        people = {person.id: person for person in book.students}
        return [
            Entry(
                student,
                mark,
                people[student].first_name or "",
                people[student].last_name or "",
                people[student].email or "",
                people[student].lms_user_id or "",
            )
            for student, mark in marks.items()
        ]


def settled(entry: Entry, with_open: bool) -> bool:
    """Whether a mark goes out: nothing in it waits for a human, or the teacher wants it anyway."""
    return with_open or not entry.mark.open


def waiting(found: Sequence[Entry]) -> dict[str, tuple[str, ...]]:
    """Student -> cells that still need a human."""
    return {entry.student: entry.mark.open for entry in found if entry.mark.open}


def matched(rows: Iterable[Sequence[str]], found: Sequence[Entry]) -> Iterator[Entry | None]:
    """For each row of a worksheet's cells, the student whom it is about.

    Errors: LmsError where two students fit one row, or one student two rows.
    """
    by_id, by_name = _index(found, "ids"), _index(found, "names")
    taken: dict[int, Sequence[str]] = {}
    for cells in rows:
        keys = _keys(*cells)
        fits = {n for key in keys for n in by_id.get(key, ())}
        fits = fits or {n for key in keys for n in by_name.get(key, ())}
        if not fits:
            yield None
            continue
        if len(fits) > 1:
            names = ", ".join(sorted(found[index].student for index in fits))
            raise LmsError(f"the row {list(cells)} fits {names}; expected one student a row")
        (index,) = fits
        if index in taken:
            raise LmsError(
                f"the rows {list(taken[index])} and {list(cells)} both fit "
                f"{found[index].student}; expected one row a student"
            )
        taken[index] = cells
        yield found[index]


def _index(found: Sequence[Entry], what: str) -> dict[str, set[int]]:
    known: dict[str, set[int]] = {}
    for number, entry in enumerate(found):
        for key in getattr(entry, what):
            known.setdefault(key, set()).add(number)
    return known


def number(value: float) -> str:
    """Points with two decimals."""
    return f"{value:.2f}"


def safe(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA) or text.strip().startswith(FORMULA) else text


def written(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV, quoted where that is needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def as_csv(found: Sequence[Entry], reports: Mapping[str, Report]) -> bytes:
    """A table for spreadsheets and scripts: one row a student, one column a check.

    It starts with a byte order mark, by which Excel knows UTF-8. open: cells that need a human.
    """
    checks = list(dict.fromkeys(v.check for report in reports.values() for v in report.checks))
    head = ["student", "first name", "last name", "email", "points", "max points"]
    rows = [[*head, "taken off for lateness", "open", *checks]]
    for entry in found:
        mark, report = entry.mark, reports.get(entry.student)
        scored = {v.check: number(v.points) for v in report.checks} if report else {}
        texts = (entry.student, entry.first_name, entry.last_name, entry.email)
        rows.append(
            [
                *map(safe, texts),
                *map(number, (mark.points, mark.max_score, mark.late_penalty)),
                " ".join(mark.open),
                *(scored.get(check, "") for check in checks),
            ]
        )
    return b"\xef\xbb\xbf" + written(rows).encode()
