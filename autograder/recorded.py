"""What has been recorded of each submission, so that a run does what is missing and no more.

    reports/<unit>/<student>.json        the report whose points the gradebook holds
    reports/<unit>/changes.tsv           every change of a check's points: when, who, from, to
    reports/<unit>/.recorded/<student>   "half HASH RULES" while rows are written, then "done ..."

HASH is of the files that were handed in, RULES of what the lateness depends on. Each file but
changes.tsv lands by atomic rename, the last one after the rows and the autograded notebook: a
submission whose recording was cut off is known by it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .verdict import Report

LONGEST_NAME = 200  # bytes; most file systems take 255 with what is put around it


@dataclass(frozen=True)
class Move:
    """A check whose points changed: of a student, from what to what. None: nothing was decided."""

    student: str
    check: str
    before: float | None
    after: float | None

    def __str__(self) -> str:
        return f"{self.student} {self.check}: {_points(self.before)} -> {_points(self.after)}"


@dataclass(frozen=True)
class Place:
    """Where a course keeps what it has recorded of one unit."""

    root: Path
    unit: str

    @property
    def folder(self) -> Path:
        """The folder of the unit's reports."""
        return self.root / "reports" / self.unit

    def report(self, student: str) -> Path:
        """Where a student's report lies."""
        return self.folder / f"{file_name(student)}.json"

    def stage(self, student: str) -> tuple[str, str, str]:
        """("done" or "half", hash of what was handed in, of the rules); empty where unknown."""
        try:
            words = self._stage(student).read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError):
            return "", "", ""
        return (words[0], words[1], words[2]) if len(words) == 3 else ("", "", "")

    def begin(self, student: str) -> None:
        """From now on this student's rows may be half written."""
        _, handed_in, rules = self.stage(student)
        write(self._stage(student), f"half {handed_in or '-'} {rules or '-'}\n")

    def finish(self, student: str, handed_in: str, rules: str) -> None:
        """Rows and notebook are complete."""
        write(self._stage(student), f"done {handed_in} {rules}\n")

    def known(self, student: str) -> Report | None:
        """The report that was recorded last; None if there is none, or it is broken."""
        try:
            return Report.from_json(self.report(student).read_bytes())
        except (OSError, ValueError):
            return None

    def reports(self) -> Iterator[Report]:
        """Every report recorded so far; a broken file counts as missing."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                yield Report.from_json(path.read_bytes())
            except (OSError, ValueError):
                continue

    def save(self, report: Report) -> list[Move]:
        """Keep a report in place of the student's last one; returns what moved."""
        known = self.known(report.student)
        moved = moves(known, report) if known else []
        if moved:
            self._note(moved)
        write(self.report(report.student), report.to_json() + "\n")
        return moved

    def _note(self, moved: list[Move]) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines = "".join(
            f"{now}\t{move.student}\t{move.check}\t{_points(move.before)}\t{_points(move.after)}\n"
            for move in moved
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "changes.tsv", "a", encoding="utf-8") as file:
            file.write(lines)

    def _stage(self, student: str) -> Path:
        return self.folder / ".recorded" / file_name(student)


def moves(before: Report, after: Report) -> list[Move]:
    """The checks whose points, or whether they are decided, differ between two reports."""
    old = {verdict.check: _decided(verdict.status, verdict.points) for verdict in before.checks}
    new = {verdict.check: _decided(verdict.status, verdict.points) for verdict in after.checks}
    return [
        Move(after.student, check, old.get(check), new.get(check))
        for check in {**new, **old}
        if old.get(check) != new.get(check)
    ]


def _decided(status: str, points: float) -> float | None:
    return None if status == "error" else points


def _points(value: float | None) -> str:
    return "open" if value is None else f"{value:g}"


def handed_in(folder: Path) -> str:
    """Hash of the files that a student handed in: their names and bytes, links left out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest.update(os.fsencode(path.relative_to(folder)) + b"\0")
            with contextlib.suppress(PermissionError), open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def file_name(student: str) -> str:
    """A name for a student's files: the id, cut where a file system would not take it whole."""
    if len(os.fsencode(student)) <= LONGEST_NAME:
        return student
    digest = hashlib.sha256(os.fsencode(student)).hexdigest()[:16]
    return f"{os.fsencode(student)[:150].decode('utf-8', 'ignore')}-{digest}"


def write(path: Path, text: str) -> None:
    """Write a file by atomic rename: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
