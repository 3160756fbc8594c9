"""A class that handed in damaged notebooks, through the real commands: everybody is on record."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from killed import finish, first_tasks, state_of

from autograder import course_folder, demo, gradebook
from autograder.course_folder import CourseFolder

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

ODD: list[Any] = [None, True, -1, 1e308, "", "\ud800", "<script>", [], [[]], {}, {"source": 3}]
DAMAGE = ("flip", "cut", "insert", "end", "replace", "delete", "copy", "type")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The notebook with some of its bytes, or some of its JSON, changed."""
    for _ in range(chance.randint(1, 6)):
        kind = chance.choice(DAMAGE)
        place = chance.randrange(len(content))
        if kind == "flip":
            content = content[:place] + bytes([chance.randrange(256)]) + content[place + 1 :]
        elif kind == "cut":
            content = content[:place] + content[place + chance.randrange(300) :]
        elif kind == "insert":
            content = content[:place] + chance.randbytes(3) + content[place:]
        elif kind == "end" and chance.random() < 0.3:
            content = content[: place + 1]
        else:
            content = _changed(content, kind, chance)
    return content


def _changed(content: bytes, kind: str, chance: random.Random) -> bytes:
    try:
        notebook = json.loads(content)
        cells = notebook["cells"]
        cell = chance.choice(cells)
        if kind == "copy":
            cells.insert(chance.randrange(len(cells)), cell)
        elif kind == "type":
            cell["cell_type"] = chance.choice(["code", "markdown", "raw", "heading", 3])
        elif kind == "delete":
            cell.pop(chance.choice(list(cell)))
        else:
            holder = chance.choice([cell, cell["metadata"], notebook, notebook["metadata"]])
            holder[chance.choice([*holder, "attachments"])] = chance.choice(ODD)
        return json.dumps(notebook).encode()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return content


def damaged_class(root: Path, students: int, seed: int) -> CourseFolder:
    """Students whose notebooks were damaged after the first four tasks had been answered."""
    folder = course_folder.create(root, ["gru"], "en", seed=5)
    chance = random.Random(seed)
    content = json.dumps(first_tasks(), indent=1).encode()
    for number in range(students):
        path = demo.hand_in(folder, f"student{number:03}", {})
        path.write_bytes(damaged(content, chance))
    return folder


def everybody_is_on_record(place: Path, students: int, seed: int) -> None:
    folder = damaged_class(place / "course", students, seed)
    shutil.copytree(folder.root, place / "before")
    code, said = finish(folder, "course")
    assert code in (0, 2) and "Traceback" not in said, said
    names = {f"student{number:03}" for number in range(students)}
    state = state_of(folder)
    assert set(state["marks"]) == set(state["reports"]) == set(state["pages"]) == names
    assert state["rows"]["submitted_assignment"] == students
    for student, report in state["reports"].items():
        mark = state["marks"][student]
        assert mark.score == report.points, student
        assert bool(report.needs_human) <= bool(mark.open), student
    for notebook in state["notebooks"].values():
        nbformat.validate(nbformat.from_dict(notebook))
    unread = sum(report.needs_human for report in state["reports"].values())
    assert 0 < unread < students  # some of each kind, or the damage is no test

    shutil.copytree(folder.root / ".cache", place / "before" / ".cache")
    shutil.rmtree(folder.root)
    shutil.move(place / "before", folder.root)
    code, said = finish(folder, "nbgrader")
    assert code == 0 and "Traceback" not in said, said
    assert gradebook.marks(folder, "gru") == state["marks"]
    assert state_of(folder)["notebooks"] == state["notebooks"]


def test_every_damaged_notebook_is_on_record(tmp_path: Path) -> None:
    everybody_is_on_record(tmp_path, 16, seed=1)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(2, 7))
def test_three_hundred_damaged_notebooks_are_on_record(tmp_path: Path, seed: int) -> None:
    everybody_is_on_record(tmp_path, 60, seed)
