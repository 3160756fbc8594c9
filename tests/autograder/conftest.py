"""A small course with the real gru unit, and reports about made-up students."""

from __future__ import annotations

import base64
import copy
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder import check, course_folder
from autograder.course_folder import CourseFolder
from autograder.verdict import Report, Verdict

MakeReport = Callable[..., Report]
Submit = Callable[..., Path]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    """A course folder with gru released; tests work on copies."""
    return course_folder.create(tmp_path_factory.mktemp("pristine"), ["gru"], "en", seed=7)


@pytest.fixture
def course(pristine: CourseFolder, tmp_path: Path) -> CourseFolder:
    """A course folder of one's own."""
    shutil.copytree(pristine.root, tmp_path / "course")
    return CourseFolder(tmp_path / "course")


@pytest.fixture(scope="session")
def released(pristine: CourseFolder) -> Any:
    """The notebook that students get; `copy.deepcopy` it before changing it."""
    return nbformat.read(pristine.notebook("release", ".", "gru"), 4)


@pytest.fixture
def submit(course: CourseFolder, released: Any) -> Submit:
    """submit(student, change) puts a notebook under submitted/; change(notebook) edits it."""

    def submit(student: str, change: Callable[[Any], None] = lambda notebook: None) -> Path:
        notebook = copy.deepcopy(released)
        change(notebook)
        path = course.notebook("submitted", student, "gru")
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return submit


@pytest.fixture(scope="session")
def make_report() -> MakeReport:
    """make_report(student, reset_gate=Verdict-fields): every other check passes."""

    def make(
        student: str = "ada", *, language: str = "en", notes: Any = (), **changes: Any
    ) -> Report:
        verdicts = []
        for one in check.registry("gru"):
            fields = {"status": "pass", "points": one.points, **changes.get(one.name, {})}
            verdicts.append(Verdict(check=one.id, max_points=one.points, **fields))
        return Report(
            unit="gru",
            student=student,
            submission="ab" * 32,
            points=sum(v.points for v in verdicts),
            max_points=sum(v.max_points for v in verdicts),
            checks=tuple(verdicts),
            notes=tuple(notes),
            language=language,
        )

    return make


def make_png(width: int = 3, height: int = 2) -> bytes:
    """A grey PNG of this size, written by hand."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="session")
def png() -> Callable[..., str]:
    """png(width, height): a real PNG as base64 text."""
    return lambda *size: base64.b64encode(make_png(*size)).decode()
