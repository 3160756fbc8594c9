"""Our feedback page, delivered by nbgrader: `generate_feedback`, formgrader's button, the exchange.

nbgrader_config.py names Page as GenerateFeedback's exporter. With it comes a converter that makes
every page anew, as the gradebook may have moved on since the last one: a mark given by hand, a
comment, an extension.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback

from . import feedback, gradebook, late_days
from .course_folder import CourseFolder
from .recorded import Place


class Page(HTMLExporter):  # type: ignore[misc]
    """A recorded submission as our page; what was graded without us, as nbgrader's own."""

    def __init__(self, *, parent: Any = None, **more: Any) -> None:
        super().__init__(parent=parent, **more)
        if type(parent) is GenerateFeedback:
            parent.__class__ = Feedback

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> tuple[str, Any]:
        where = resources["nbgrader"]
        html = self.parent.page_of(where["assignment"], where["student"], where["notebook"])
        if html is None:
            return super().from_filename(filename, resources, **more)  # type: ignore[no-any-return]
        return html, {**resources, "output_extension": self.file_extension}


class Feedback(GenerateFeedback):  # type: ignore[misc]
    """GenerateFeedback of a course folder: see the module."""

    def convert_notebooks(self) -> None:
        """Every page that nbgrader was asked for, as the gradebook is now."""
        unit = self.coursedir.assignment_id
        self.folder = CourseFolder(Path(self.coursedir.root))
        self.marks = gradebook.marks(self.folder, unit)
        self.late = late_days.of_class(self.folder, unit)
        super().convert_notebooks()

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        return student_id not in self.coursedir.student_id_exclude.split(",")

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        feedback.ready_for_release(self.folder, assignment_id, student_id)

    def page_of(self, unit: str, student: str, notebook: str) -> str | None:
        """A student's page; None where no report was recorded."""
        report = Place(self.folder.root, unit).known(student)
        if report is None or notebook != unit:
            return None
        return feedback.page(self.folder, report, self.marks.get(student), self.late.get(student))
