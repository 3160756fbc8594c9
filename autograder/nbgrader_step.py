"""Front 2: steps of ours in nbgrader's pipeline, so that `nbgrader autograde` and formgrader grade.

    Restore        in place of DeduplicateIds   released cells are what they were at release
    Disarm         in place of ClearOutput      only text, code and PNG pictures stay
    Grade          in place of Execute          one score and one explanation per test cell
    SaveVerdicts   in place of SaveAutoGrades   what the grader could not decide goes to a human

`nbgrader_converter.Reader` stands in front of them, in place of nbconvert's NotebookExporter.

No kernel is started and no line of the student's runs in this process: the sandbox observes,
the judges decide. nbgrader reads a test cell's score from its first execute_result, and takes
anything that is not a finite number from 0 to the maximum as full marks or loses the submission
over it, so Grade always writes one clamped plain float.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Any as AnyTrait

from . import submission
from .course_folder import CourseFolder, Settings
from .grade import unreadable
from .nbgrader_cells import (
    asks_a_human,
    decided,
    disarm,
    points_of,
    released_cells,
    restore_all,
    why_unreadable,
    write_verdicts,
)
from .verdict import Report

IDLE_SECONDS = 120.0

Grader = Callable[[Any, Mapping[str, Any]], Report]


class Restore(NbGraderPreprocessor):  # type: ignore[misc]
    """Gives every released cell its type and metadata back, and puts deleted test cells back in.

    A student cannot turn a test into an answer, change its points, tag it, or delete it. Of
    copies with one grade_id the last one keeps it; the others become ordinary cells.
    """

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        where = resources["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            released = released_cells(
                gradebook.find_notebook(where["notebook"], where["assignment"])
            )
        for name in restore_all(notebook, released):
            if "unreadable" not in where:
                self.log.warning("Cell '%s' was deleted; it is put back", name)
        return notebook, resources


class Disarm(NbGraderPreprocessor):  # type: ignore[misc]
    """Leaves of a student's notebook its text, its code and its pictures: nothing that can run.

    formgrader shows Markdown's raw HTML, links, attachments and widgets as they come, in the
    instructor's browser. Outputs keep PNG pictures only; a `<` that would open a tag gets a space
    behind it, which is text in HTML, and the same in a formula or a line of code; a link that
    leads neither to the web nor into the page (`javascript:`) is text as well.
    """

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        disarm(notebook, resources.get("nbgrader", {}).get("unreadable", ""))
        return notebook, resources


class Grade(NbGraderPreprocessor):  # type: ignore[misc]
    """Writes the report's score and explanation into each test cell.

    grader: (notebook, resources) -> Report. The default builds a submission from the notebook
    and the files beside it, and grades it in the sandbox with the course folder's settings.
    """

    grader = AnyTrait(None, allow_none=True, help="(notebook, resources) -> Report").tag(
        config=True
    )

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        grade: Grader = self.grader or grade_in_sandbox
        report = grade(notebook, resources).worth(points_of(notebook))
        write_verdicts(notebook, report)
        resources["nbgrader"]["report"] = report
        return notebook, resources


class SaveVerdicts(SaveAutoGrades):  # type: ignore[misc]
    """Saves scores as nbgrader does; what nobody could decide is left open, for a human."""

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        report: Report | None = resources["nbgrader"].get("report")
        self.decided = decided(notebook, report)
        self.same_files = bool(resources["nbgrader"].get("same_files"))
        return super().preprocess(notebook, resources)  # type: ignore[no-any-return]

    def _add_score(self, cell: Any, resources: Any) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        points = self.decided.get(name)
        asks = asks_a_human(points, grade, self.same_files)
        grade.auto_score, grade.needs_manual_grade = points, asks
        self.gradebook.db.commit()


def grade_in_sandbox(notebook: Any, resources: Mapping[str, Any]) -> Report:
    """The report about a notebook that nbgrader converts; its course folder is the cwd."""
    where = resources["nbgrader"]
    unit = where["notebook"]
    folder = CourseFolder(Path.cwd())
    if reason := why_unreadable(notebook):
        return unreadable(unit, where["student"], reason, folder.settings.language)
    files = submission.files_beside(Path(resources["metadata"]["path"]) / f"{unit}.ipynb")
    work = submission.from_notebook(notebook, files, where["student"], unit)
    return marker(folder).mark(work)


class WarmMarker:
    """A marker whose sandbox stays warm for the next submission, and ends when none comes."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.settings = settings
        self._marker = settings.marker(root)
        self._busy = threading.Lock()
        self._timer: threading.Timer | None = None

    def mark(self, work: submission.Submission) -> Report:
        """The report about one submission; one at a time."""
        with self._busy:
            self._stop_waiting()
            try:
                return self._marker.mark(work)
            finally:
                self._timer = threading.Timer(IDLE_SECONDS, self.close)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """End the sandbox; the next submission starts it again."""
        with self._busy:
            self._stop_waiting()
            self._marker.close()

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


_warm: dict[Path, WarmMarker] = {}


def marker(folder: CourseFolder) -> WarmMarker:
    """The marker of a course folder: one a process, as formgrader converts one notebook a click."""
    settings = folder.settings
    kept = _warm.get(folder.root)
    if kept is None or kept.settings != settings:
        if kept is not None:
            kept.close()
        kept = _warm[folder.root] = WarmMarker(folder.root, settings)
        atexit.register(kept.close)
    return kept
