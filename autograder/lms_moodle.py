"""Marks filled into Moodle's offline grading worksheet, which the teacher has downloaded.

Moodle compares the worksheet with its own records in the site's language, so nothing is written
anew: in the rows of our students the grade and the feedback change, every other byte stays.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import pages
from .lms import Entry, LmsError, matched, number, safe, settled
from .lms_downloads import moodle_ids
from .verdict import Report

GRADE = ("Grade", "成绩", "成績")
MAXIMUM = ("Maximum grade", "Maximum Grade", "最高分", "最高成绩", "最高成績")
FEEDBACK = ("Feedback comments", "反馈评论", "反馈意见", "評語")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Field:
    """One cell of a CSV file: where it lies (quotes included), and its text."""

    start: int
    end: int
    text: str


def in_worksheet(
    data: bytes,
    found: Sequence[Entry],
    reports: Mapping[str, Report],
    with_open: bool = False,
    grade_column: str = "",
    feedback_column: str = "",
) -> tuple[bytes, list[str]]:
    """(the worksheet filled in, students who are not in it).

    A row is a student's where a cell before the grade is the id, the email, the LMS id or the
    name that the gradebook knows. grade_column, feedback_column: headers, where the site's
    language is neither English nor Chinese. A worksheet without feedback gets grades only.
    Errors: LmsError for a file that is no worksheet, or whose maximum grade is another.
    """
    rows = fields(data)
    head = [field.text.strip() for field in rows[0]] if rows else []
    grade = _column(head, (grade_column,) if grade_column else GRADE, "--grade-column")
    comments = None
    if feedback_column or set(head) & set(FEEDBACK):
        names = (feedback_column,) if feedback_column else FEEDBACK
        comments = _column(head, names, "--feedback-column")
    people = [row for row in rows[1:] if len(row) == len(head)]
    maximum = next((head.index(name) for name in MAXIMUM if name in head), None)
    if maximum is not None:
        _same_points({row[maximum].text for row in people}, found[0].mark.max_score)
    texts = ([field.text for field in row[:grade]] for row in people)
    whose = list(matched(([*cells, *moodle_ids(cells)] for cells in texts), found))
    changes: dict[Field, str] = {}
    for row, entry in zip(people, whose, strict=True):
        if entry is not None and settled(entry, with_open):
            changes[row[grade]] = number(entry.mark.points)
            said = feedback(reports[entry.student]) if entry.student in reports else ""
            if comments is not None and said:
                changes[row[comments]] = said
    there = {entry.student for entry in whose if entry}
    return _changed(data, changes), [e.student for e in found if e.student not in there]


def feedback(report: Report) -> str:
    """What Moodle shows beside the grade: each check that lost points, with its hint. HTML."""
    lines = [
        f"{html.escape(item.sentence)} "
        f"({pages.points(item.verdict.points)} / {pages.points(item.verdict.max_points)})"
        + (f" {html.escape(item.verdict.hint)}" if item.verdict.hint else "")
        for item in pages.items(report)
        if item.kind in ("fail", "part")
    ]
    return safe("<br>".join(lines).replace("\n", " "))


def fields(data: bytes) -> list[list[Field]]:
    """The cells of a CSV file, each with its place in the bytes; LmsError for what is none."""
    try:
        data.decode()
    except UnicodeDecodeError as problem:
        raise LmsError(
            f"the worksheet is not UTF-8 (byte {problem.start}); download it again and do not "
            "open it in a spreadsheet first"
        ) from None
    at = len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK) else 0
    comma = _delimiter(data[at:].split(b"\n", 1)[0])
    rows: list[list[Field]] = [[]]
    while at < len(data):
        end = _end(data, at, comma)
        raw = data[at:end].decode()
        quoted = len(raw) > 1 and raw[0] == raw[-1] == '"'
        rows[-1].append(Field(at, end, raw[1:-1].replace('""', '"') if quoted else raw))
        at = end + 1
        if end >= len(data) or data[end : end + 1] == comma:
            if end == len(data) - 1 and data[end : end + 1] == comma:
                rows[-1].append(Field(at, at, ""))
            continue
        at += data[end : end + 2] == b"\r\n"
        rows.append([])
    return [row for row in rows if len(row) > 1 or any(field.text for field in row)]


def _end(data: bytes, at: int, comma: bytes) -> int:
    """Where the cell that starts here ends; a quoted one may hold commas and line ends."""
    if data[at : at + 1] == b'"':
        while True:
            at = data.find(b'"', at + 1)
            if at < 0:
                raise LmsError("the worksheet has a quote that nothing closes; download it again")
            if data[at + 1 : at + 2] != b'"':
                break
            at += 1
    places = (data.find(mark, at) for mark in (comma, b"\n", b"\r"))
    return min((place for place in places if place >= 0), default=len(data))


def _delimiter(line: bytes) -> bytes:
    return max((b",", b";", b"\t"), key=line.count)


def _column(head: Sequence[str], names: Sequence[str], option: str) -> int:
    for name in names:
        if head.count(name) == 1:
            return head.index(name)
    raise LmsError(
        f"the worksheet has no column {' or '.join(map(repr, names))}; it has "
        f"{', '.join(map(repr, head))}: name one with {option}"
    )


def _same_points(there: set[str], ours: float) -> None:
    for text in there:
        try:
            same = abs(float(text.replace(",", ".")) - ours) < 0.005
        except ValueError:
            same = False
        if not same:
            raise LmsError(
                f"the worksheet's maximum grade is {text or 'empty'}, and {number(ours)} here; "
                "set the same maximum in Moodle and download the worksheet again"
            )


def _changed(data: bytes, changes: Mapping[Field, str]) -> bytes:
    """The bytes with some cells replaced; a number stays bare where it was bare."""
    parts, at = [], 0
    for field, text in sorted(changes.items(), key=lambda change: change[0].start):
        bare = data[field.start : field.start + 1] != b'"' and not set(text) & set(',;\t"\r\n<')
        new = text if bare else '"' + text.replace('"', '""') + '"'
        parts += [data[at : field.start], new.encode()]
        at = field.end
    return b"".join([*parts, data[at:]])
