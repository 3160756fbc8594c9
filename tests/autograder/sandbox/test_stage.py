"""What the sandbox is given to see: the stage, and the folders that bubblewrap shows and hides."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from autograder.answers import ANSWERS
from autograder.sandbox import bubblewrap, stage
from autograder.sandbox.bubblewrap import views


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage")
    stage.build(folder)
    return folder


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_stage_holds_no_answer_no_check_and_no_mistake(built: Path) -> None:
    held = names(built / "python")
    assert "autograder/observe/gru.py" in held
    assert "course_lib/__init__.py" in held
    for answers in ANSWERS.values():
        assert answers
        for name in answers:  # not even as an empty folder, which Python would import
            assert not (built / "python" / "course_lib" / name).exists()
    ours = {
        name.split("/")[1].removesuffix(".py") for name in held if name.startswith("autograder/")
    }
    assert ours == {"__init__", "case", "loader", "observe", "sandbox", "student", "withheld"}


def test_every_answer_that_is_named_exists_in_the_library(root: Path) -> None:
    for answers in ANSWERS.values():
        assert all((root / "course_lib" / name).exists() for name in answers)


def test_no_line_of_the_grader_that_decides_is_on_the_stage(built: Path) -> None:
    text = "".join(p.read_text() for p in (built / "python" / "autograder").rglob("*.py"))
    for word in ("autograder.checks", "from .checks", "from ..checks", "reference", "mistakes"):
        assert f"import {word}" not in text
        assert f"from {word}" not in text


def test_everybody_may_read_the_stage_and_nobody_but_us_write(built: Path) -> None:
    for path in (built, *built.rglob("*")):
        mode = stat.S_IMODE(os.stat(path).st_mode)
        assert mode == (0o755 if path.is_dir() else 0o644)


ENV, BASE = Path("/home/ada/course/.venv"), Path("/home/ada/.pyenv/versions/3.12.1")


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every folder exists."""
    monkeypatch.setattr(Path, "is_dir", lambda self: True)


@pytest.mark.parametrize(
    ("shown", "hidden", "seen"),
    [
        # a virtual environment inside the checkout: itself, and not what is around it
        ([ENV, BASE], [ENV.parent], [(ENV, True), (BASE, True)]),
        # a checkout inside a conda environment, with a virtual environment inside
        (
            [Path("/opt/conda"), Path("/opt/conda/src/course/.venv")],
            [Path("/opt/conda/src/course")],
            [
                (Path("/opt/conda"), True),
                (Path("/opt/conda/src/course"), False),
                (Path("/opt/conda/src/course/.venv"), True),
            ],
        ),
        # the system's Python, and the course in /usr/local
        ([Path("/usr")], [Path("/usr/local/course")], [(Path("/usr/local/course"), False)]),
        # installed as packages
        (
            [ENV],
            [ENV / "lib/python3.12/site-packages/autograder"],
            [(ENV, True), (ENV / "lib/python3.12/site-packages/autograder", False)],
        ),
        ([ENV, ENV / "lib"], [], [(ENV, True)]),
        ([], [Path("/srv/marks")], []),
    ],
)
def test_of_nested_folders_the_innermost_wish_counts(
    everywhere: None, shown: list[Path], hidden: list[Path], seen: list[tuple[Path, bool]]
) -> None:
    found = views(shown, hidden)
    assert sorted(found) == sorted(seen)
    depths = [len(path.parts) for path, _ in found]
    assert depths == sorted(depths)  # the order in which bubblewrap must mount them


def test_this_python_and_its_libraries_are_shown() -> None:
    folders = bubblewrap.python_folders()
    for needed in (sys.prefix, sys.base_prefix, os.path.realpath(sys.executable), os.__file__):
        assert any(Path(needed).is_relative_to(folder) for folder in folders)


def test_the_checkout_is_hidden(root: Path) -> None:
    assert root in bubblewrap.course_folders()


def test_root_of_a_container_is_not_taken_for_root_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "read_text", lambda self: "0 100000 65536\n")
    assert not bubblewrap.is_root()
    monkeypatch.setattr(Path, "read_text", lambda self: "         0          0 4294967295\n")
    assert bubblewrap.is_root()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not bubblewrap.is_root()
