"""The read-only folder that the sandbox sees of the course: what a student has, and no more."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from ..answers import ANSWERS

PACKAGE = Path(__file__).parents[1]
SEEN = (
    "case.py",
    "loader.py",
    "student.py",
    "withheld.py",
    "observe",
    "sandbox/__init__.py",
    "sandbox/child.py",
    "sandbox/confine.py",
    "sandbox/init.py",
    "sandbox/landlock.py",
    "sandbox/limits.py",
    "sandbox/meter.py",
    "sandbox/notice.py",
    "sandbox/observation.py",
    "sandbox/seccomp.py",
    "sandbox/supervise.py",
    "sandbox/warm.py",
    "sandbox/wire.py",
)
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc")
USERS = "course:x:65534:65534:a student's code:/tmp:/bin/false\n"
GROUPS = "course:x:65534:\n"


def build(folder: Path) -> None:
    """Fill `folder` with `python/` (the import path) and `etc/`, readable by everybody.

    The answers of every unit are left out: neither a check, nor a mistake, nor a solved cell.
    """
    python, etc = folder / "python", folder / "etc"
    for name in SEEN:
        _copy(PACKAGE / name, python / "autograder" / name)
    (python / "autograder" / "__init__.py").write_text('"""What the sandbox needs."""\n')
    library = course_lib()
    if library is not None:
        _copy(library, python / "course_lib")
        for name in (name for answers in ANSWERS.values() for name in answers):
            path = python / "course_lib" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    etc.mkdir(parents=True)
    (etc / "passwd").write_text(USERS)
    (etc / "group").write_text(GROUPS)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def course_lib() -> Path | None:
    """The folder of the course's library, not imported; None where it is not installed."""
    found = importlib.util.find_spec("course_lib")
    return Path(found.origin).parent if found is not None and found.origin else None


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=NOT_COPIED)
    else:
        shutil.copy(source, target)
