"""nbgrader's Autograde converter, made so that nothing is lost.

    Reader             reads whatever was handed in; a file that is no notebook becomes a notebook
                       that says so, and goes through the pipeline like the others
    SafeAutograde      one grader at a time; a half-made folder is made again; a submission that
                       fails stops nobody else; a full disk or a locked gradebook is said in a line

`c.Autograde.exporter_class` in nbgrader_config.py names Reader. nbgrader offers no setting for the
converter itself, so a Reader that is made for nbgrader's own Autograde makes it a SafeAutograde.
"""

from __future__ import annotations

import glob
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.utils import rmtree

from . import notebook_file, pictures, recorded, submission
from .course_folder import CourseError, CourseFolder, nbgrader_at_work
from .notebook_file import SubmissionError, sayable
from .problem import Problem
from .recorded import Move, Place
from .storage import clear_errors, refusal, single_writer
from .verdict import Report


class Reader(NotebookExporter):  # type: ignore[misc]
    """Reads a submitted notebook as our other fronts do; what cannot be read stays on record."""

    def __init__(self, *, parent: Any = None, **more: Any) -> None:
        super().__init__(parent=parent, **more)
        if type(parent) is Autograde:
            parent.__class__ = SafeAutograde

    def from_filename(
        self, filename: str, resources: Any = None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        if not self.parent._sanitizing:  # the second pass, over what the first one wrote
            found: tuple[str, dict[str, Any]] = super().from_filename(filename, resources, **more)
            return found
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
            notebook = well_formed(data)
        except SubmissionError as problem:
            where["unreadable"] = str(problem)
            self.log.warning("Needs a human: %s", problem)
            notebook = new_notebook(cells=[new_markdown_cell(str(problem))])
        written: tuple[str, dict[str, Any]] = self.from_notebook_node(notebook, resources, **more)
        return written


def well_formed(data: Any) -> Any:
    """A valid notebook with a parsed one's cells: source, grade_id and PNG pictures."""
    make = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}
    cells = []
    for index, cell in enumerate(data["cells"]):
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if not isinstance(kind, str) or kind not in make:
            continue
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else source
        source = sayable(source) if isinstance(source, str) else ""
        made = make[kind](source=source, metadata=_grade_id(cell.get("metadata")))
        if kind == "code":
            made.outputs = [
                new_output("display_data", data={"image/png": picture.base64})
                for picture in pictures.of_cell(cell, index)
            ]
        cells.append(made)
    return new_notebook(cells=cells, metadata=_course(data.get("metadata")))


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


class PlainFiles(BaseConverter):  # type: ignore[misc]
    """Copies what was handed in beside the notebooks: ordinary files, of a size that is allowed."""

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        source = Path(self._format_source(assignment_id, student_id))
        dest = Path(self._format_dest(assignment_id, student_id))
        for path in sorted(source.rglob("*")):
            inside = path.relative_to(source)
            ignored = [*self.coursedir.ignore, "*.ipynb"]
            if any(fnmatch(part, each) for part in inside.parts for each in ignored):
                continue
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                self.log.warning("%s is no ordinary file and is left out", path)
            elif path.is_file() and path.stat().st_size > self.coursedir.max_file_size * 1000:
                self.log.warning("%s is too large and is left out", path)
            elif path.is_file():
                (dest / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, dest / inside)


class SafeAutograde(Autograde, PlainFiles):  # type: ignore[misc]
    """Autograde of a course folder: see the module."""

    def convert_notebooks(self) -> None:
        """Every submission that nbgrader was asked for; NbGraderException if one failed."""
        folder = CourseFolder(Path(self.coursedir.root))
        assignment = self.coursedir.assignment_id
        failed: list[str] = []
        try:
            with single_writer(folder), nbgrader_at_work():
                for student in self.students():
                    try:
                        for move in self.convert(folder, student):
                            self.log.warning("Moved: %s", move)
                    except SubmissionError as problem:
                        failed.append(sayable(student))
                        self.log.error("%s, %s: %s", sayable(student), assignment, problem)
        except Problem as problem:
            self.log.error("%s", problem)
            raise NbGraderException(str(problem)) from None
        if failed:
            raise NbGraderException(f"not recorded: {', '.join(failed)}; see above")

    def students(self) -> list[str]:
        """Students with a folder of the assignment that nbgrader was asked for."""
        pattern = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        regexp = self._format_source(
            re.escape(self.coursedir.assignment_id), "(?P<student>.*)", escape=True
        )
        paths = [path for path in glob.glob(pattern) if os.path.isdir(path)]
        found = [re.fullmatch(regexp, path, re.DOTALL) for path in paths]
        left_out = self.coursedir.student_id_exclude.split(",")
        return sorted(m["student"] for m in found if m and m["student"] not in left_out)

    def convert(self, folder: CourseFolder, student: str) -> list[Move]:
        """One submission into `autograded/` and the gradebook; returns what moved.

        SubmissionError for a folder that nobody could record. Any other Problem concerns all.
        """
        assignment = self.coursedir.assignment_id
        require_recordable(student)
        place = Place(folder.root, assignment)
        source = Path(self._format_source(assignment, student))
        dest = Path(os.path.normpath(self._format_dest(assignment, student)))
        now = (recorded.handed_in(source), self.rules(student))
        stage, *last = place.stage(student)
        self.report: Report | None = None
        self.same_files = last[:1] == [now[0]]
        if dest.exists() and not self.force and (stage, *last) != ("done", *now):
            self.log.warning("%s is half-made or of other files; it is made again", dest)
            rmtree(str(dest))
        if not self.init_destination(assignment, student):
            return []
        place.begin(student)
        with self.nothing_half_made(folder, dest), quiet_database():
            self.notebooks = [str(source / f"{name}.ipynb") for name in self.expected()]
            self.run_pre_convert_hook()
            self.init_assignment(assignment, student)
            for notebook in self.notebooks:
                self.convert_single_notebook(notebook)
            self.set_permissions(assignment, student)
            self.run_post_convert_hook()
        with clear_errors(folder):
            moved: list[Move] = place.save(self.report) if self.report is not None else []
            place.finish(student, *now)
        return moved

    def expected(self) -> list[str]:
        """The assignment's notebooks; CourseError if it was never released."""
        with Gradebook(self.coursedir.db_url) as gradebook:
            try:
                assignment = gradebook.find_assignment(self.coursedir.assignment_id)
                names = [notebook.name for notebook in assignment.notebooks]
            except MissingEntry:
                names = []
        if not names:
            raise CourseError(never_released(self.coursedir.root, self.coursedir.assignment_id))
        return names

    def rules(self, student: str) -> str:
        """Hash of what the lateness depends on beside the files: settings, dates, extensions."""
        config = Path(self.coursedir.root) / "nbgrader_config.py"
        digest = hashlib.sha256(config.read_bytes() if config.is_file() else b"")
        with Gradebook(self.coursedir.db_url) as gradebook:
            try:
                row = gradebook.find_submission(self.coursedir.assignment_id, student)
                digest.update(str(row.duedate).encode())
            except MissingEntry:
                try:
                    due = gradebook.find_assignment(self.coursedir.assignment_id).duedate
                    digest.update(str(due).encode())
                except MissingEntry:
                    digest.update(b"None")
        return digest.hexdigest()

    @contextmanager
    def nothing_half_made(self, folder: CourseFolder, dest: Path) -> Iterator[None]:
        """Removes the folder of a conversion that failed, and says why in one line."""
        try:
            yield
        except BaseException as problem:
            if dest.exists():
                rmtree(str(dest))
            if not isinstance(problem, Exception):
                raise
            if (found := refusal(problem, folder)) is not None:
                raise found from None
            if isinstance(problem, Problem):
                raise
            name = type(problem).__name__
            raise SubmissionError(f"nbgrader could not record it: {name}: {problem}") from problem

    def init_single_notebook_resources(self, notebook_filename: str) -> dict[str, Any]:
        found: dict[str, Any] = super().init_single_notebook_resources(notebook_filename)
        found["nbgrader"]["same_files"] = self.same_files
        return found

    def write_single_notebook(self, output: str, resources: Any) -> None:
        super().write_single_notebook(output, resources)
        self.report = resources["nbgrader"].get("report", self.report)


def require_recordable(student: str) -> None:
    """SubmissionError for a folder's name that no gradebook or terminal takes."""
    if not student.isprintable():  # lone surrogates, which stand for bytes, are not either
        raise SubmissionError(
            f"the folder submitted/{student!a} has a name with characters that cannot be shown; "
            "rename it to the student's id"
        )


def never_released(root: object, assignment: str) -> str:
    """What to do about a unit whose cells the gradebook does not know."""
    return (
        f"the gradebook of {root} does not know {assignment!r}; "
        f"release it first: nbgrader generate_assignment {assignment}"
    )


@contextmanager
def quiet_database() -> Iterator[None]:
    """nbgrader logs a traceback for what the database refuses; here it is said in one line."""
    log = logging.getLogger("tornado.application")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)
