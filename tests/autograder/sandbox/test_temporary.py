"""What a killed grader leaves in /tmp goes with the next one; what is in use stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.sandbox.temporary import Folder, sweep

HOLD = """
import sys, time
from autograder.sandbox.temporary import Folder
folder = Folder("course-test-")
print(folder.path, flush=True)
time.sleep(600)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def old(path: Path) -> None:
    os.utime(path, (0, 0))


def test_a_folder_is_removed_with_its_files(place: Path) -> None:
    folder = Folder("course-test-")
    (folder.path / "file").write_text("x")
    folder.close()
    assert list(place.iterdir()) == []


def test_a_killed_process_leaves_a_folder_that_the_next_removes(place: Path) -> None:
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        old(left)
        sweep("course-test-")
        assert left.is_dir()  # it is in use
        process.send_signal(signal.SIGKILL)
    sweep("course-test-")
    assert not left.exists()


def test_what_is_young_or_a_link_or_another_name_stays(place: Path) -> None:
    young, target, other = place / "course-test-young", place / "target", place / "course-other"
    for path in (young, target, other):
        path.mkdir()
    (place / "course-test-link").symlink_to(target)
    old(target), old(other)
    sweep("course-test-")
    assert {path.name for path in place.iterdir()} == {
        *("course-test-young", "target", "course-other", "course-test-link"),
    }
