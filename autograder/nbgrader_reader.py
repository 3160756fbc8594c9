"""Reads whatever was handed in as a notebook that nbgrader's pipeline takes.

A file that is no notebook becomes a notebook that says so: it goes through the pipeline like the
others, so it has rows in the gradebook, open for a human, and a place in formgrader.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import from_dict

from . import notebook_file, pictures, submission
from .nbgrader_cells import output, shown
from .notebook_file import SubmissionError, sayable


class SubmissionReader(NotebookExporter):  # type: ignore[misc]
    """Reads a submitted notebook as our other fronts do; what cannot be read stays on record."""

    def from_filename(
        self, filename: str, resources: Any = None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        if not self.parent._sanitizing:  # the second pass, over what the first one wrote
            found: tuple[str, dict[str, Any]] = super().from_filename(filename, resources, **more)
            return found
        notebook = self.submitted(filename, resources)
        written: tuple[str, dict[str, Any]] = self.from_notebook_node(notebook, resources, **more)
        return written

    def submitted(self, filename: str, resources: Any) -> Any:
        """The notebook that was handed in; why it is none goes to `resources`."""
        path = Path(filename)
        where = resources["nbgrader"]
        resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
        try:
            if not os.path.lexists(path):
                raise SubmissionError(notebook_file.missing(path))
            text = notebook_file.text(path)
            data = notebook_file.parse(text, path)
            beside = submission.files_beside(path)
            submission.from_notebook(data, beside, where["student"], where["notebook"], path)
            return well_formed(data)
        except SubmissionError as problem:
            where["unreadable"] = str(problem)
            self.log.warning("Needs a human: %s", problem)
            said = {"cell_type": "markdown", "id": "cell-0", "metadata": {}, "source": str(problem)}
            return notebook_of([said], {})


def well_formed(data: Any) -> Any:
    """A valid notebook with a parsed one's cells: source, grade_id and PNG pictures."""
    cells: list[dict[str, Any]] = []
    for index, cell in enumerate(data["cells"]):
        if not isinstance(cell, dict):
            continue
        kind = cell.get("cell_type")
        kind = kind if kind in ("code", "markdown") else "raw"
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else source
        made = {
            "cell_type": kind,
            "id": f"cell-{index}",
            "metadata": _grade_id(cell.get("metadata")),
            "source": sayable(source) if isinstance(source, str) else "",
        }
        if kind == "code":
            kept = pictures.of_cell(cell, index)
            made["execution_count"] = None
            made["outputs"] = [output("display_data", shown(picture)) for picture in kept]
        cells.append(made)
    return notebook_of(cells, _course(data.get("metadata")))


def notebook_of(cells: list[dict[str, Any]], metadata: dict[str, Any]) -> Any:
    """A notebook of such cells. nbformat's own functions would look at each of them anew."""
    return from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def _grade_id(metadata: Any) -> dict[str, Any]:
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return {"nbgrader": {"grade_id": sayable(name)}} if isinstance(name, str) else {}


def _course(metadata: Any) -> dict[str, Any]:
    course = metadata.get("course") if isinstance(metadata, dict) else None
    texts = {
        key: sayable(value)
        for key in ("unit", "language")
        if isinstance(course, dict) and isinstance(value := course.get(key), str)
    }
    return {"course": texts}
