"""Ready reports -> `autograded/` notebooks and rows, as `nbgrader autograde` would write them.

A Recorder is nbgrader's converter with ready reports in place of a grader. QuickRecorder writes the
same notebook and the same rows in one pass and one transaction, some twenty times as fast; it
stands in where the course's nbgrader_config.py names the steps that it knows. Steps of the
instructor's behind ours, and a plugin for late work, run as they are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import find_all_files
from traitlets.utils.importstring import import_item

from . import late_days, recorded
from .course_folder import CourseError, CourseFolder, quiet_log
from .nbgrader_cells import decided, disarm, remarks, restore_all, write_verdicts, written
from .nbgrader_converter import PlainFiles, Reader, SafeAutograde, never_released
from .notebook_file import SubmissionError
from .recorded import Move, Place
from .rows import Rows, Scores
from .verdict import Report

SANITIZE = [
    "autograder.nbgrader_step.Restore",
    "autograder.nbgrader_step.Disarm",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
]
AUTOGRADE = [
    "autograder.nbgrader_step.Grade",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.nbgrader_step.SaveVerdicts",
]
CHECK = "nbgrader.preprocessors.CheckCellMetadata"
"""The steps that QuickRecorder does in its own way: behind Restore and Disarm OverwriteCells finds
all in order, LimitOutput no output but ours, CheckCellMetadata no cell but the released ones."""


class Recorder(SafeAutograde):
    """Records the reports of one unit; close it at the end. One at a time: see `single_writer`.

    points: grade_id -> points that this course's notebook gives.
    """

    ready: Report

    def __init__(
        self, folder: CourseFolder, unit: str, config: Any, points: Mapping[str, float]
    ) -> None:
        config.Grade.grader = lambda notebook, where: self.ready
        super().__init__(
            coursedir=folder.coursedir(assignment_id=unit), config=config, log=quiet_log()
        )
        self.folder, self.unit, self.points = folder, unit, points
        self.force = True
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = Reader(parent=self, config=self.config)
        self.open = ExitStack()

    def close(self) -> None:
        """End the connection to the gradebook."""
        self.open.close()

    def record(self, report: Report) -> list[Move]:
        """Write one report; returns what moved. SubmissionError where nothing was handed in."""
        place = self.folder.notebook("submitted", report.student, self.unit).parent
        if not place.is_dir():
            raise SubmissionError(f"no {place}: nothing was handed in")
        self.ready = report
        return self.convert(self.folder, report.student)

    def holds(self, report: Report) -> bool:
        """Whether files and notebook of this very report were recorded to the end."""
        place, student = Place(self.folder.root, self.unit), report.student
        known = place.known(student)
        if known is None or known.without_times() != report.without_times():
            return False
        handed_in = recorded.handed_in(self.folder.notebook("submitted", student, self.unit).parent)
        done = place.stage(student) == ("done", handed_in, self.rules(student))
        return done and self.folder.notebook("autograded", student, self.unit).is_file()


class QuickRecorder(Recorder):
    """The same rows and notebooks in one pass."""

    def __init__(
        self, folder: CourseFolder, unit: str, config: Any, points: Mapping[str, float]
    ) -> None:
        super().__init__(folder, unit, config, points)
        self.rows = Rows(self.coursedir.db_url, self.coursedir.course_id, unit)
        self.open.callback(self.rows.close)
        self.late = folder.settings.late
        steps = config.Autograde.autograde_preprocessors[len(AUTOGRADE) :]
        self.further = [import_item(s)(parent=self.exporter) for s in steps if s != CHECK]

    def expected(self) -> list[str]:
        return self.rows.notebooks

    def due(self, student: str) -> Any:
        return self.rows.due(student)

    def basis(self, student: str) -> str:
        return late_days.basis(self.rows.gradebook, self.late, self.unit, student)

    def convert(self, folder: CourseFolder, student: str) -> list[Move]:
        try:
            return super().convert(folder, student)
        finally:
            self.rows.end()

    def holds(self, report: Report) -> bool:
        try:
            return super().holds(report)
        finally:
            self.rows.end()

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """The files: those that were handed in, under those of the source assignment."""
        PlainFiles.init_assignment(self, assignment_id, student_id)
        dest = Path(self._format_dest(assignment_id, student_id))
        directory = self.coursedir.source_directory
        source = self.coursedir.format_path(directory, ".", assignment_id)
        kept = {os.path.join(source, each) for each in self.exclude_overwriting.get(self.unit, [])}
        for path in set(find_all_files(source, [*self.coursedir.ignore, "*.ipynb"])) - kept:
            copy = dest / os.path.relpath(path, source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            shutil.copy(path, copy)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        resources = self.init_single_notebook_resources(notebook_filename)
        where = resources["nbgrader"]
        notebook = self.exporter.submitted(notebook_filename, resources)
        restore_all(notebook, self.rows.released)
        disarm(notebook, where.get("unreadable", ""))
        if self.rows.kernelspec:
            notebook.metadata["kernelspec"] = self.rows.kernelspec
        write_verdicts(notebook, self.ready)
        where["report"] = self.ready
        late = self.rows.write(where["student"], self.scores(notebook, notebook_filename))
        self.rows.end()
        for step in self.further:
            if step.enabled and (late or type(step) is not AssignLatePenalties):
                notebook, resources = step.preprocess(notebook, resources)
        resources["output_extension"] = ".ipynb"
        self.write_single_notebook(written(notebook), resources)

    def scores(self, notebook: Any, path: str) -> Scores:
        """What the rows get. A missing file is no file that a human has seen."""
        same_files = self.same_files and os.path.exists(path)
        handed_in = self.coursedir.get_existing_timestamp(os.path.dirname(path))
        return Scores(decided(notebook, self.ready), remarks(notebook), handed_in, same_files)


def recorder(folder: CourseFolder, unit: str) -> Recorder:
    """The recorder for a unit, by the deadlines that course.toml says now.

    CourseError if the gradebook does not know the unit's cells.
    """
    config = folder.config()
    late_days.set_deadlines(folder)
    notebooks, points = released(folder, unit)
    kind = QuickRecorder if is_usual(config.Autograde) and notebooks == [unit] else Recorder
    return kind(folder, unit, config, points)


def released(folder: CourseFolder, unit: str) -> tuple[list[str], dict[str, float]]:
    """(the unit's notebooks in the gradebook, points by grade_id); CourseError for no release."""
    with Gradebook(folder.database) as gradebook, suppress(MissingEntry):
        found = gradebook.find_assignment(unit).notebooks
        points = {cell.name: float(cell.max_score) for each in found for cell in each.grade_cells}
        return [each.name for each in found], points
    raise CourseError(never_released(folder.root, unit))


def is_usual(settings: Any) -> bool:
    """Whether the steps are the course template's, perhaps with more of them behind."""
    return bool(
        settings.get("create_student", True)
        and settings.get("sanitize_preprocessors") == SANITIZE
        and settings.get("autograde_preprocessors", [])[: len(AUTOGRADE)] == AUTOGRADE
    )
