"""Submissions as Moodle and Canvas hand them out, for `nbgrader zip_collect`.

    Moodle   Ada Lovelace_123456_assignsubmission_file_gru.ipynb; or a folder, ..._file/gru.ipynb
    Canvas   lovelaceada_LATE_12345_67890_gru-1.ipynb

The student's id is made of the name and the system's number, "Ada-Lovelace-123456", by which
`course export` finds the row of the worksheet again. Other systems: FileNameCollectorPlugin's
named_regexp, in nbgrader_config.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.plugins import FileNameCollectorPlugin
from traitlets import default

INSIDE = r"(?:[^/]*/(?:.*/)?)?(?P<file>[^/]+)$"
"""A file, or one in a folder or a zip that was handed in; its own name says nothing then."""
MOODLE = re.compile(
    rf"(?:^|/)(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_file(?:_|(?=/)){INSIDE}"
)
CANVAS = re.compile(rf"(?:^|/)(?P<name>[^/_]+)(?:_LATE)?_(?P<number>\d+)_\d+_{INSIDE}")
AGAIN = re.compile(r"(?:-\d+| ?\(\d+\))(?=\.)")
"""What a browser or Canvas adds to a file that is there already: gru-1.ipynb, gru (1).ipynb."""


class LmsDownloads(FileNameCollectorPlugin):  # type: ignore[misc]
    """Whose file it is, and which; notebooks and trained weights are taken, one of a name."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.seen: set[tuple[str, str]] = set()

    @default("valid_ext")  # type: ignore[untyped-decorator]
    def _notebooks_and_weights(self) -> list[str]:
        return [".ipynb", ".h5", ".npz"]

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        path = Path(submitted_file)
        if path.suffix not in self.valid_ext:
            return None
        app = self.parent  # what lies above the download is nobody's name
        top = app._format_collect_path(app.extracted_directory) if app else path.parent
        inside = path.relative_to(top).as_posix()
        found = [match for match in (MOODLE.search(inside), CANVAS.search(inside)) if match]
        if not found:
            if self.named_regexp:
                return super().collect(submitted_file)  # type: ignore[no-any-return]
            self.log.warning(
                "%s is named neither as by Moodle nor as by Canvas; for another system set "
                "c.FileNameCollectorPlugin.named_regexp",
                inside,
            )
            return None
        # The outermost name is the system's; a student chooses the names inside a zip.
        first = min(found, key=lambda match: match.start())
        whose = student_id(first["name"], first["number"])
        file = AGAIN.sub("", first["file"], count=1)
        if (whose, file) in self.seen:  # nbgrader would collect nobody's work then
            self.log.warning("%s is left out: %s has handed in another %s", inside, whose, file)
            return None
        self.seen.add((whose, file))
        return {"student_id": whose, "file_id": file}


def student_id(name: str, number: str) -> str:
    """The id of somebody whom another system knows by this name and number."""
    return "-".join([re.sub(r"[^\w.]+", "-", name).strip("-"), number])


def moodle_ids(cells: Sequence[str]) -> list[str]:
    """The ids that the row of a Moodle worksheet may have here; its first cell is the number's."""
    found = re.search(r"(.*?)\s*(\d+)$", cells[0]) if cells else None
    return [student_id(name, found[2]) for name in (found[1], *cells[1:])] if found else []


def canvas_ids(student: str, number: str) -> list[str]:
    """The id that the row of a Canvas gradebook may have here: "Lovelace, Ada" is lovelaceada."""
    return [student_id(re.sub(r"\W+", "", student).lower(), number)] if number else []
