"""Our feedback page, delivered by nbgrader: `generate_feedback`, formgrader's button, the exchange.

nbgrader_config.py names Page as GenerateFeedback's exporter. With it comes a converter that makes
every page anew, as the gradebook may have moved on since the last one: a mark given by hand, a
comment, an extension.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback

from . import feedback, gradebook, late_days
from .course_folder import CourseFolder, nbgrader_at_work
from .recorded import Place


class Page(HTMLExporter):  # type: ignore[misc]
    """A recorded submission as our page; what was graded without us, as nbgrader's own."""

    def __init__(self, *, parent: Any = None, **more: Any) -> None:
        super().__init__(parent=parent, **more)
        if type(parent) is GenerateFeedback:
            parent.__class__ = Feedback

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> tuple[str, Any]:
        where = resources["nbgrader"]
        folder = CourseFolder(Path(self.parent.coursedir.root))
        html = page_of(folder, where["assignment"], where["student"])
        if html is None or where["notebook"] != where["assignment"]:
            return super().from_filename(filename, resources, **more)  # type: ignore[no-any-return]
        return html, {**resources, "output_extension": self.file_extension}


class Feedback(GenerateFeedback):  # type: ignore[misc]
    """GenerateFeedback of a course folder: see the module."""

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        return student_id not in self.coursedir.student_id_exclude.split(",")

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        folder = CourseFolder(Path(self.coursedir.root))
        feedback.ready_for_release(folder, assignment_id, student_id)


def page_of(folder: CourseFolder, unit: str, student: str) -> str | None:
    """A student's page as the gradebook is now; None where no report was recorded."""
    report = Place(folder.root, unit).known(student)
    if report is None:
        return None
    with nbgrader_at_work(), Gradebook(folder.database) as book:
        row = book.find_submission(unit, student)
        late = late_days.lateness(book, folder.settings.late, row)
        return feedback.page(folder, report, gradebook.mark(row), late)
