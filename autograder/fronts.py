"""What the grading fronts share: which seed, isolation and limits apply to a file."""

from __future__ import annotations

from pathlib import Path

from .course_folder import Settings
from .marking import Marker

DEFAULT_SEED = 0
"""Seed of the hidden cases outside a course folder."""


def settings_above(path: Path) -> Settings:
    """What the nearest course.toml above `path` says; the defaults where there is none."""
    for folder in path.absolute().parents:
        if (folder / "course.toml").is_file():
            return Settings.read(folder / "course.toml")
    return Settings(seed=DEFAULT_SEED)


def marker_for(
    path: Path,
    *,
    hidden: bool,
    seed: int | None = None,
    isolation: str | None = None,
    language: str | None = None,
) -> Marker:
    """A marker for one file, with the settings of the course folder that it lies in, if any."""
    settings = settings_above(path)
    return Marker(
        isolation or settings.isolation,
        seed=settings.seed if seed is None else seed,
        hidden=hidden,
        language=language,
        limits=settings.limits,
    )
