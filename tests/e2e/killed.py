"""A small class, a grader that is killed while it works, and what has to be the same afterwards."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import surroundings

from autograder import course_folder, demo, gradebook
from autograder.course_folder import CourseFolder

FIRST = ("reset_gate", "update_gate", "candidate", "new_state")
WRONG_CANDIDATE = """def candidate(x, h_prev, r, W_xh, W_hh, b_h):
    return np.tanh(x @ W_xh + r * (h_prev @ W_hh) + b_h)
"""
COMMANDS = {
    "course": ("autograder.cli", "grade", "gru"),
    "nbgrader": ("nbgrader", "autograde", "gru"),
}
TABLES = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")


def first_tasks(**changed: str) -> dict[str, Any]:
    """A notebook with tasks 1 to 4 answered, so that nothing trains; `changed` by task."""
    answers = demo.reference_answers()
    done = {f"gru-{name}-answer": answers[f"gru-{name}-answer"] for name in FIRST}
    done |= {f"gru-{name}-answer": source for name, source in changed.items()}
    return demo.answered(demo.released("en"), done)


def small_class(root: Path) -> CourseFolder:
    """Right, wrong, untouched, no JSON at all, and handed in under another name."""
    folder = course_folder.create(root, ["gru"], "en", seed=5)
    demo.hand_in(folder, "ada", first_tasks())
    demo.hand_in(folder, "dana", first_tasks(candidate=WRONG_CANDIDATE))
    demo.hand_in(folder, "王小明 🙂", first_tasks(reset_gate="reset_gate = None"))
    demo.hand_in(folder, "broken", first_tasks()).write_text('{"cells": [')
    other = demo.hand_in(folder, "renamed", first_tasks())
    other.rename(other.with_name("final (2).ipynb"))
    return folder


def start(folder: CourseFolder, command: str, *more: str) -> subprocess.Popen[str]:
    """The command at work in the course folder."""
    return subprocess.Popen(
        [sys.executable, "-m", *COMMANDS[command], *more],
        cwd=folder.root,
        env=surroundings(COLUMNS="200"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(folder: CourseFolder, command: str, *more: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    running = start(folder, command, *more)
    said, _ = running.communicate(timeout=1200)
    return running.returncode, said


@dataclass(frozen=True)
class Unbroken:
    """A course before and after a run that nobody disturbed, and how long its parts took."""

    before: Path
    state: dict[str, Any]
    preparing: float
    recording: float


def unbroken(folder: CourseFolder, command: str, kept: Path) -> Unbroken:
    """Run the command to its end; the folder as it was is kept for `again`."""
    shutil.copytree(folder.root, kept)
    began = time.monotonic()
    running = start(folder, command)
    _wait(running, lambda: _recording(folder), 240)
    first = time.monotonic()
    said, _ = running.communicate(timeout=1200)
    assert running.returncode == (2 if command == "course" else 0), said
    state = state_of(folder)
    return Unbroken(kept, state, first - began, time.monotonic() - first)


def kill_one(folder: CourseFolder, command: str, known: Unbroken, chance: random.Random) -> bool:
    """Start the command and kill -9 it at a random moment; False if it was done before that."""
    early = chance.random() < 0.2
    running = start(folder, command)
    if early:
        time.sleep(chance.uniform(0.0, known.preparing))
    else:
        recorded = _recording(folder)
        _wait(running, lambda: _recording(folder) != recorded, 240)
        time.sleep(chance.uniform(0.0, known.recording))
    done = running.poll() is not None
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)
    return not done


def again(folder: CourseFolder, known: Unbroken, *, cache: bool) -> None:
    """The course as it was before it was graded; cache: with the finished reports of that run."""
    kept = folder.root / ".cache"
    if cache:
        shutil.move(kept, folder.root.with_name("cache"))
    shutil.rmtree(folder.root)
    shutil.copytree(known.before, folder.root)
    if cache:
        shutil.move(folder.root.with_name("cache"), kept)


def state_of(folder: CourseFolder) -> dict[str, Any]:
    """Marks, pages, notebooks, reports and the number of rows; the database is looked through."""
    with contextlib.closing(sqlite3.connect(folder.root / "gradebook.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in TABLES
        }
    notebooks = {
        str(path.relative_to(folder.root)): json.loads(path.read_bytes())
        for path in sorted(folder.root.glob("autograded/**/*.ipynb"))
    }
    return {
        "rows": rows,
        "marks": gradebook.marks(folder, "gru"),
        "notebooks": notebooks,
        "reports": {s: r.without_times() for s, r in gradebook.reports(folder, "gru").items()},
        "pages": {p.parts[-3]: p.read_text("utf-8") for p in folder.root.glob("feedback/*/*/*")},
    }


def _recording(folder: CourseFolder) -> list[tuple[str, float]]:
    """What changes with every student whose rows are begun or done."""
    found = []
    for path in sorted(folder.root.glob("reports/gru/.recorded/*")):
        with contextlib.suppress(FileNotFoundError):
            found.append((path.name, path.stat().st_mtime))
    return found


def _wait(running: subprocess.Popen[str], until: Callable[[], Any], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until() and running.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
