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
import math
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook, Notebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import determine_grade, is_grade
from traitlets import Any as AnyTrait

from . import pages, pictures, submission
from .course_folder import CourseFolder, Settings
from .grade import unreadable
from .verdict import Report

IDLE_SECONDS = 120.0

TAG = re.compile(r"<(?=[A-Za-z/!?])")
LINK = re.compile(r"\](?=[(:])(?!\(\s*(?:https?://|mailto:|#))")

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
        present: set[str] = set()
        for cell in reversed(notebook.cells):
            marks = cell.metadata.get("nbgrader")
            name = marks.get("grade_id") if isinstance(marks, Mapping) else None
            cell.metadata = {}
            if isinstance(name, str) and name in released and name not in present:
                restore(cell, released[name])
                present.add(name)
        for name, was in released.items():
            if was["nbgrader"]["grade"] and name not in present:
                if "unreadable" not in where:
                    self.log.warning("Cell '%s' was deleted; it is put back", name)
                put_back(notebook, was)
        return notebook, resources


class Disarm(NbGraderPreprocessor):  # type: ignore[misc]
    """Leaves of a student's notebook its text, its code and its pictures: nothing that can run.

    formgrader shows Markdown's raw HTML, links, attachments and widgets as they come, in the
    instructor's browser. Outputs keep PNG pictures only; a `<` that would open a tag gets a space
    behind it, which is text in HTML, and the same in a formula or a line of code; a link that
    leads neither to the web nor into the page (`javascript:`) is text as well.
    """

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        course = about_course(notebook.metadata)
        if reason := resources.get("nbgrader", {}).get("unreadable"):
            course["unreadable"] = reason
        notebook.metadata = {"course": course, "language_info": {"name": "python"}}
        for index, cell in enumerate(notebook.cells):
            cell.id = f"cell-{index}"
            if cell.cell_type == "code":
                kept = pictures.of_cell(cell, index)
                cell.outputs = [new_output("display_data", data=shown(each)) for each in kept]
                cell.execution_count = None
            else:
                cell.source = LINK.sub("] ", TAG.sub("< ", cell.source))
                cell.pop("attachments", None)
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
        report = grade(notebook, resources)
        verdicts = {verdict.check.replace(".", "-"): verdict for verdict in report.checks}
        for cell in notebook.cells:
            if not is_grade(cell) or cell.cell_type != "code":
                continue
            verdict = verdicts.get(cell.metadata.nbgrader.grade_id)
            if verdict is None:
                raise ValueError(
                    f"the report has no verdict for test cell {cell.metadata.nbgrader.grade_id!r}; "
                    f"expected one of {', '.join(verdicts)}: release {report.unit!r} again"
                )
            result = score(verdict.points, float(cell.metadata.nbgrader.points))
            explanation = {
                "text/html": pages.card(verdict, report.language),
                "text/plain": pages.plain(verdict, report.language),
            }
            cell.outputs = [
                new_output("display_data", data=explanation),
                new_output("execute_result", data={"text/plain": result}, execution_count=1),
            ]
            cell.execution_count = 1
        resources["nbgrader"]["report"] = report
        return notebook, resources


class SaveVerdicts(SaveAutoGrades):  # type: ignore[misc]
    """Saves scores as nbgrader does; what nobody could decide is left open, for a human.

    A score that a human gave is shown for review again only if the files or the points changed.
    """

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        report: Report | None = resources["nbgrader"].get("report")
        self.unreadable = bool(why_unreadable(notebook))
        self.same_files = bool(resources["nbgrader"].get("same_files"))
        self.undecided = {
            verdict.check.replace(".", "-")
            for verdict in (report.checks if report else ())
            if verdict.status == "error"
        }
        return super().preprocess(notebook, resources)  # type: ignore[no-any-return]

    def _add_score(self, cell: Any, resources: Any) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        decided = not self.unreadable and name not in self.undecided
        points = determine_grade(cell, self.log)[0] if decided else None
        settled = self.same_files and grade.manual_score is not None and points == grade.auto_score
        grade.auto_score = points
        if not settled:
            grade.needs_manual_grade = grade.manual_score is not None or points is None
        self.gradebook.db.commit()


def why_unreadable(notebook: Any) -> str:
    """What Reader said about a file that is no notebook; else an empty string."""
    course = notebook.metadata.get("course")
    return str(course.get("unreadable", "")) if isinstance(course, Mapping) else ""


def about_course(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The unit and language that a released notebook says it has."""
    course = metadata.get("course")
    course = course if isinstance(course, Mapping) else {}
    return {key: str(course[key]) for key in ("unit", "language") if key in course}


def shown(picture: pictures.Picture) -> dict[str, str]:
    """A picture as the data of an output."""
    return {"image/png": picture.base64}


def score(points: float, max_points: float) -> str:
    """The text of a test cell's result: a plain finite float from 0 to `max_points`.

    Anything that is no finite number is 0: nbgrader would give full marks for it.
    """
    if not math.isfinite(points):
        return "0.0"
    return repr(float(min(max(round(points, 6), 0.0), max_points)) + 0.0)


def released_cells(notebook: Notebook) -> dict[str, dict[str, Any]]:
    """grade_id -> type, source and nbgrader metadata of each cell, as the gradebook has them."""
    graded = {cell.name: cell for cell in [*notebook.grade_cells, *notebook.task_cells]}
    tasks = {cell.name for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    found: dict[str, dict[str, Any]] = {}
    for cell in notebook.source_cells:
        marks: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": cell.name,
            "grade": cell.name in graded and cell.name not in tasks,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
            "locked": bool(cell.locked),
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
        }
        if cell.name in graded:
            marks["points"] = float(graded[cell.name].max_score)
        found[cell.name] = {"type": cell.cell_type, "source": cell.source, "nbgrader": marks}
    return found


def restore(cell: Any, was: Mapping[str, Any]) -> None:
    """Set a cell's type and metadata to what was released; a locked cell's source too."""
    cell.cell_type = was["type"]
    if was["type"] == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    if was["nbgrader"]["locked"]:
        cell.source = was["source"]
    cell.metadata = {"nbgrader": dict(was["nbgrader"])}


def put_back(notebook: Any, was: Mapping[str, Any]) -> None:
    """Insert a deleted cell below the answer that it tests, or at the end."""
    new = new_code_cell if was["type"] == "code" else new_markdown_cell
    cell = new(source=was["source"], metadata={"nbgrader": dict(was["nbgrader"])})
    answer = f"{was['nbgrader']['grade_id']}-answer"
    for index, other in enumerate(notebook.cells):
        if other.metadata.get("nbgrader", {}).get("grade_id") == answer:
            notebook.cells.insert(index + 1, cell)
            return
    notebook.cells.append(cell)


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
