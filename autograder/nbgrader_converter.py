"""nbgrader's Autograde converter, made so that nothing is lost.

One grader at a time; a half-made folder is made again; a submission that fails stops nobody else;
a full disk or a locked gradebook is said in one line.

nbgrader offers no setting for its converter, but one for what reads the notebooks
(`c.Autograde.exporter_class`): a Reader that is made for nbgrader's Autograde makes it ours.
"""

from __future__ import annotations

import glob
import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.utils import rmtree

from . import late_days, recorded
from .course_folder import CourseError, CourseFolder, nbgrader_at_work
from .nbgrader_reader import SubmissionReader
from .notebook_file import SubmissionError, sayable
from .problem import Problem
from .recorded import Move, Place
from .storage import clear_errors, refusal, single_writer
from .verdict import Report


class Reader(SubmissionReader):
    """The exporter that nbgrader_config.py names: with it comes the converter."""

    def __init__(self, *, parent: Any = None, **more: Any) -> None:
        super().__init__(parent=parent, **more)
        if type(parent) is Autograde:
            parent.__class__ = SafeAutograde


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
                late_days.set_deadlines(folder)
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
        digest.update(str(self.due(student)).encode())
        digest.update(self.basis(student).encode())
        return digest.hexdigest()

    def basis(self, student: str) -> str:
        """What a penalty depends on beside due date and timestamp."""
        late = CourseFolder(Path(self.coursedir.root)).settings.late
        if not late.percent_per_day:
            return ""
        with Gradebook(self.coursedir.db_url) as gradebook:
            return late_days.basis(gradebook, late, self.coursedir.assignment_id, student)

    def due(self, student: str) -> datetime | None:
        """When the student has to hand in, with an extension that was given."""
        name = self.coursedir.assignment_id
        due: datetime | None = None
        with Gradebook(self.coursedir.db_url) as gradebook, suppress(MissingEntry):
            due = gradebook.find_assignment(name).duedate
            due = gradebook.find_submission(name, student).duedate
        return due

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
