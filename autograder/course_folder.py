"""A course folder: nbgrader's folders and gradebook, with our step in nbgrader's pipeline.

my-course/
  course.toml           language, secret seed of the hidden cases, limits of the sandbox, late days
  nbgrader_config.py    the course's id; our steps in `nbgrader autograde` and formgrader
  source/gru/gru.ipynb  the instructor's notebook   release/gru/gru.ipynb  the students'
  submitted/<student>/gru/gru.ipynb    autograded/...    feedback/...    gradebook.db
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import tomllib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .late_rules import LateRules
from .pages import environment
from .problem import Problem
from .sandbox.limits import Limits

if TYPE_CHECKING:
    from .marking import Marker

LANGUAGES = ("en", "zh")
ISOLATIONS = ("bubblewrap", "process")


class CourseError(Problem):
    """The course folder is not as it should be; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    """What course.toml says.

    seed: of the hidden cases, secret. isolation: "bubblewrap", or "process" where that cannot
    be had. limits: of one student's process; what [limits] leaves out keeps its default.
    seed_per_student: each student's hidden cases are drawn from a seed of their own.
    late: what late work costs, and the deadlines.
    """

    seed: int
    language: str = "en"
    isolation: str = "bubblewrap"
    limits: Limits = field(default_factory=Limits)
    seed_per_student: bool = False
    late: LateRules = field(default_factory=LateRules)

    @classmethod
    def read(cls, path: Path) -> Settings:
        """The settings in a course.toml; CourseError says which line to mend."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CourseError(
                f"no course here: {path} is missing; go to the course folder, or make one"
            ) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise CourseError(f"{path} is not TOML: {problem}; mend that line") from None
        course = data.get("course", {})
        found = cls(
            seed=course.get("seed"),
            language=course.get("language", "en"),
            isolation=course.get("isolation", "bubblewrap"),
            limits=limits_of(data.get("limits", {}), path),
            seed_per_student=course.get("seed_per_student", False),
            late=late_rules_of(data, path),
        )
        found._complain(path)
        return found

    def marker(self, root: Path, isolation: str | None = None) -> Marker:
        """The marker that grades by these settings; reports are kept in the folder's .cache."""
        from .marking import Marker

        return Marker(
            isolation or self.isolation,
            seed=self.seed,
            per_student=self.seed_per_student,
            cache=root / ".cache",
            limits=self.limits,
            private=(root.resolve(),),
        )

    def _complain(self, path: Path) -> None:
        def wrong(what: str, expected: str, got: object) -> CourseError:
            return CourseError(f"{path}: {what} must be {expected}; got {got!r}")

        if type(self.seed) is not int or self.seed < 0:
            raise wrong("course.seed", "a whole number, 0 or more", self.seed)
        if self.language not in LANGUAGES:
            raise wrong("course.language", "one of en, zh", self.language)
        if self.isolation not in ISOLATIONS:
            raise wrong("course.isolation", "one of bubblewrap, process", self.isolation)
        if type(self.seed_per_student) is not bool:
            raise wrong("course.seed_per_student", "true or false", self.seed_per_student)


def limits_of(table: dict[str, Any], path: Path) -> Limits:
    """The limits of a [limits] table; CourseError for a name or a value that is none."""
    names = [entry.name for entry in fields(Limits)]
    for name in table:
        if name not in names:
            raise CourseError(
                f"{path}: a name under [limits] must be one of {', '.join(names)}; got {name!r}"
            )
    try:
        return Limits(**table)
    except ValueError as problem:
        raise CourseError(f"{path}: {problem}") from None


def late_rules_of(data: dict[str, Any], path: Path) -> LateRules:
    """The rules in [late] and [deadlines]; CourseError for a name or a value that is none."""
    zone = data.get("course", {}).get("timezone", "UTC")
    try:
        return LateRules.read(data.get("late", {}), data.get("deadlines", {}), zone)
    except ValueError as problem:
        raise CourseError(f"{path}: {problem}") from None


@dataclass(frozen=True)
class CourseFolder:
    """A course folder that exists, and where things lie in it."""

    root: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(self.root).resolve())

    @property
    def settings(self) -> Settings:
        """What course.toml says now."""
        return Settings.read(self.root / "course.toml")

    @property
    def database(self) -> str:
        """URL of the gradebook: nbgrader_config.py's, or SQLite in this folder."""
        return str(self.coursedir().db_url)

    def notebook(self, step: str, student: str, unit: str) -> Path:
        """Path of a unit's notebook in one of nbgrader's steps; source and release: student "."."""
        return self.root / step / student / unit / f"{unit}.ipynb"

    def submissions(self, unit: str) -> dict[str, Path]:
        """Student -> the submitted notebook, in the order of the students' ids."""
        folders = sorted((self.root / "submitted").glob(f"*/{unit}"))
        found = [folder / f"{unit}.ipynb" for folder in folders]
        return {path.parts[-3]: path for path in found if os.path.lexists(path)}

    def config(self) -> Any:
        """nbgrader_config.py as traitlets' Config, with this folder as the course's root."""
        from traitlets.config import Config, PyFileConfigLoader

        config = Config()
        if (self.root / "nbgrader_config.py").is_file():
            config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
        config.CourseDirectory.root = str(self.root)
        return config

    def coursedir(self, **ids: str) -> Any:
        """nbgrader's CourseDirectory; ids: assignment_id, student_id."""
        from nbgrader.coursedir import CourseDirectory

        return CourseDirectory(config=self.config(), **ids)

    def generate_assignment(self, unit: str) -> Path:
        """Run nbgrader's generate_assignment; returns the released notebook.

        Writes the unit's cells and points into the gradebook. CourseError if nbgrader refuses.
        """
        from nbgrader.converters import GenerateAssignment
        from nbgrader.converters.base import NbGraderException

        if not self.notebook("source", ".", unit).is_file():
            raise CourseError(
                f"no source notebook {self.notebook('source', '.', unit)}; "
                f"expected a unit that this course was made with"
            )
        config = self.config()
        converter = GenerateAssignment(
            coursedir=self.coursedir(assignment_id=unit), config=config, log=quiet_log()
        )
        converter.force = True
        with nbgrader_at_work():
            try:
                converter.start()
            except (NbGraderException, SystemExit) as problem:
                raise CourseError(f"nbgrader could not release {unit!r}: {problem}") from problem
        return self.notebook("release", ".", unit)


def create(
    root: Path,
    units: Sequence[str],
    language: str = "en",
    seed: int | None = None,
    course_id: str = "",
    exchange: Path | None = None,
) -> CourseFolder:
    """Make a course folder with these units, released: ready for submissions.

    What is there already stays: course.toml (and so the secret seed), nbgrader_config.py and the
    source notebooks are written once, so that an instructor can change them.
    seed: for a course that must come out the same again; random by default.
    course_id: nbgrader's name of the course; by default the folder's.
    exchange: the folder through which nbgrader passes files to and from students' accounts.
    """
    from .build import CODE_STUB, TEXT_STUB, source_notebook, to_bytes

    if language not in LANGUAGES:
        raise CourseError(f"language must be one of en, zh; got {language!r}")
    sources = {unit: to_bytes(source_notebook(unit, language)) for unit in units}
    folder = CourseFolder(root)
    folder.root.mkdir(parents=True, exist_ok=True)
    (folder.root / "submitted").mkdir(exist_ok=True)
    seed = secrets.randbits(62) if seed is None else seed
    once(folder.root / "course.toml", page("course.toml", language=language, seed=seed), 0o600)
    settings = {
        "course_id": checked_id(course_id or folder.root.name),
        "exchange": str(exchange.resolve()) if exchange else None,
        "code_stub": {"python": CODE_STUB},
        "text_stub": TEXT_STUB,
    }
    once(folder.root / "nbgrader_config.py", page("nbgrader_config.py.txt", **settings), 0o644)
    for unit, source in sources.items():
        path = folder.notebook("source", ".", unit)
        path.parent.mkdir(parents=True, exist_ok=True)
        once(path, source.decode(), 0o644)
        folder.generate_assignment(unit)
    return folder


def checked_id(name: str) -> str:
    """A course's name as the exchange can have it: a folder, and a part of a file's name."""
    found = re.sub(r"[^\w.-]+", "-", name).strip("-.")
    if not found:
        raise CourseError(f"no course id can be made of {name!r}; name one: --course-id rnn-2027")
    return found


def page(template: str, **values: object) -> str:
    """A text file from our templates (no HTML in it, so nothing is escaped)."""
    return environment().overlay(autoescape=False).get_template(template).render(**values) + "\n"


def once(path: Path, text: str, mode: int) -> None:
    """Write a file that is not there yet, readable by whom `mode` says from the first byte on."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def nbgrader_at_work() -> Iterator[None]:
    """What nbgrader needs around it while it works in this process.

    It starts `alembic` by name, so this Python's own programs come first on PATH; and it builds
    rows in an order that SQLAlchemy 2.1 warns about, harmlessly, once a submission. nbformat says
    so whenever it mends the cell ids of a student's notebook.
    """
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Object of type .* not in session")
            warnings.filterwarnings("ignore", "Non-unique cell id|Cell is missing an id field")
            yield
    finally:
        os.environ["PATH"] = before


def quiet_log() -> logging.Logger:
    """nbgrader logs each cell that it touches; here only what failed is passed on."""
    log = logging.getLogger("autograder.nbgrader")
    log.setLevel(logging.ERROR)
    return log
