"""A notebook on its way through nbgrader, and what our steps do to its cells: nothing else.

The steps of `nbgrader_step` and `recorder`, which writes the same with fewer words, share this.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode, validate
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbformat.v4.rwbase import split_lines, strip_transient
from nbgrader.api import Notebook
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from . import pages, pictures
from .verdict import Report, Verdict

TAG = re.compile(r"<(?=[A-Za-z/!?])")
LINK = re.compile(r"\](?=[(:])(?!\(\s*(?:https?://|mailto:|#))")


def restore_all(notebook: Any, released: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What Restore does; returns the grade_ids of the test cells that had been deleted."""
    present: set[str] = set()
    for cell in reversed(notebook.cells):
        marks = cell.metadata.get("nbgrader")
        name = marks.get("grade_id") if isinstance(marks, Mapping) else None
        cell.metadata = {}
        if isinstance(name, str) and name in released and name not in present:
            restore(cell, released[name])
            present.add(name)
    tests = [name for name, was in released.items() if was["nbgrader"]["grade"]]
    deleted = [name for name in tests if name not in present]
    for name in deleted:
        put_back(notebook, released[name])
    return deleted


def disarm(notebook: Any, unreadable: str = "") -> None:
    """What Disarm does. unreadable: why the file that was handed in is no notebook."""
    course = about_course(notebook.metadata)
    if unreadable:
        course["unreadable"] = unreadable
    notebook.metadata = {"course": course, "language_info": {"name": "python"}}
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index}"
        if cell.cell_type == "code":
            kept = pictures.of_cell(cell, index)
            cell.outputs = [output("display_data", shown(picture)) for picture in kept]
            cell.execution_count = None
        else:
            cell.source = LINK.sub("] ", TAG.sub("< ", cell.source))
            cell.pop("attachments", None)


def points_of(notebook: Any) -> dict[str, float]:
    """Test cell -> points that the released notebook gives."""
    marks = (cell.metadata.nbgrader for cell in notebook.cells if is_grade(cell))
    return {each.grade_id: float(each.points) for each in marks}


def write_verdicts(notebook: Any, report: Report) -> None:
    """One explanation and one score into each test cell."""
    verdicts = {verdict.grade_id: verdict for verdict in report.checks}
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
        explanation = explained(dataclasses.replace(verdict, seconds=0.0), report.language)
        cell.outputs = [
            output("display_data", dict(explanation)),
            output("execute_result", {"text/plain": result}, execution_count=1),
        ]
        cell.execution_count = 1


@functools.lru_cache(maxsize=1024)
def explained(verdict: Verdict, language: str) -> Mapping[str, str]:
    """A verdict as the data of an output. Most of a class share most of them, so they are kept."""
    return {
        "text/html": pages.card(verdict, language),
        "text/plain": pages.plain(verdict, language),
    }


def output(kind: str, data: dict[str, str], **more: Any) -> Any:
    """An output of ours; nbformat's own `new_output` looks at each for a third of a millisecond."""
    return NotebookNode(output_type=kind, metadata=NotebookNode(), data=NotebookNode(data), **more)


def written(notebook: Any) -> str:
    """The text of the notebook's file, as `nbformat.writes` has it; the notebook is used up."""
    validate(notebook)
    lines = strip_transient(split_lines(notebook))
    how: dict[str, Any] = {"indent": 1, "sort_keys": True, "ensure_ascii": False}
    return json.dumps(lines, separators=(",", ": "), **how) + "\n"


def decided(notebook: Any, report: Report | None) -> dict[str, float | None]:
    """Graded cell -> points; None for what nobody could decide."""
    verdicts = report.checks if report else ()
    undecided = {v.grade_id for v in verdicts if v.status == "error"}
    unreadable = bool(why_unreadable(notebook))
    graded = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if is_grade(cell)}
    return {
        name: None if unreadable or name in undecided else determine_grade(cell)[0]
        for name, cell in graded.items()
    }


def asks_a_human(points: float | None, before: Any, same_files: bool) -> bool:
    """Whether a grade needs a human now. before: the row as it was.

    A score that a human gave is shown for review again only if the files or the points changed.
    """
    if same_files and before.manual_score is not None and points == before.auto_score:
        return bool(before.needs_manual_grade)
    return before.manual_score is not None or points is None


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


def remarks(notebook: Any) -> dict[str, str | None]:
    """Answer cell -> what nbgrader remarks on it by itself: that it was left as released."""
    return {
        cell.metadata.nbgrader.grade_id: "No response." if _as_released(cell) else None
        for cell in notebook.cells
        if is_solution(cell) or is_task(cell)
    }


def _as_released(cell: Any) -> bool:
    return cell.metadata.nbgrader.checksum == compute_checksum(cell) and not is_task(cell)
