"""What the grading fronts share: which seed, isolation and limits apply to a file."""

from __future__ import annotations

from pathlib import Path

from .course_folder import CourseError, Settings
from .marking import Marker

DEFAULT_SEED = 0
"""Seed of the hidden cases outside a course folder."""


STEPS = ("submitted", "autograded")
"""Folders of a course that hold <student>/<unit>/<notebook>."""


def course_above(path: Path) -> Path | None:
    """The nearest folder above `path` that holds a course.toml."""
    folders = path.absolute().parents
    return next((folder for folder in folders if (folder / "course.toml").is_file()), None)


def settings_above(path: Path) -> Settings:
    """What the nearest course.toml above `path` says; the defaults where there is none."""
    course = course_above(path)
    return Settings(seed=DEFAULT_SEED) if course is None else Settings.read(course / "course.toml")


def student_of(path: Path) -> str:
    """Whose work a file is, from its place in the course folder; empty where that does not tell."""
    course = course_above(path)
    parts = path.absolute().relative_to(course).parts if course is not None else ()
    return parts[1] if len(parts) == 4 and parts[0] in STEPS else ""


def marker_for(
    path: Path,
    *,
    hidden: bool,
    student: str = "",
    seed: int | None = None,
    isolation: str | None = None,
    language: str | None = None,
) -> Marker:
    """A marker for one file, with the settings of the course folder that it lies in, if any.

    seed: of the hidden cases, as it is. Errors: CourseError where the course has a seed for each
    student and neither a seed nor the student is known.
    """
    settings = settings_above(path)
    per_student = settings.seed_per_student and seed is None
    if per_student and hidden and not student:
        raise CourseError(
            f"{path}: in this course each student has hidden cases of their own; expected a file "
            "in submitted/<student>/<unit>/, or --student"
        )
    return Marker(
        isolation or settings.isolation,
        seed=settings.seed if seed is None else seed,
        per_student=per_student,
        hidden=hidden,
        language=language,
        limits=settings.limits,
    )
