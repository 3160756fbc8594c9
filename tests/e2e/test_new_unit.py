"""A course author adds a unit by the steps of autograder/README.md; it is released and graded."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

RIGHT = "return np.array([[np.mean(row[: t + 1]) for t in range(len(row))] for row in xs])"
WRONG = "return np.cumsum(xs, axis=1) / xs.shape[1]"


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository in which the README's blocks are the files that they name."""
    copy = tmp_path_factory.mktemp("author") / "course"
    unread = shutil.ignore_patterns(".*", "tests", "dist", "demo", "*.egg-info", "__pycache__")
    shutil.copytree(root, copy, ignore=unread)
    readme = (root / "autograder" / "README.md").read_text(encoding="utf-8")
    section = readme.split("## How to add a unit\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```python\n# (.+?)\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 5
    for name, text in blocks:
        if name.startswith("into TITLES of "):
            path = copy / name.removeprefix("into TITLES of ")
            titles = path.read_text(encoding="utf-8")
            assert titles.count("\n}\n") == 1
            path.write_text(titles.replace("\n}\n", f"\n    {text}}}\n"), encoding="utf-8")
        else:
            assert not (copy / name).exists()
            (copy / name).write_text(text, encoding="utf-8")
    for line in re.findall(r"^\$ course (.+)$", section, re.MULTILINE):
        said = course(copy, *line.split())
        if line.startswith("mistakes"):
            assert "caught 1 of 1, explained 1" in said
    return copy


def course(copy: Path, *words: str, fails: int = 0, cwd: Path | None = None) -> str:
    """Run the command of the copy; what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "120"}
    ran = subprocess.run(
        [sys.executable, "-m", "autograder.cli", *words],
        cwd=cwd or copy,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == fails, ran.stdout + ran.stderr
    return ran.stdout


def answered(copy: Path, language: str, answer: str) -> str:
    path = copy / "assignments" / language / "mean" / "mean.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        assert "np.cumsum" not in source
        cell["source"] = source.replace('raise NotImplementedError("not done yet")', answer)
    return json.dumps(notebook)


def test_its_release_is_checked_in_both_languages(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "right.ipynb").write_text(answered(checkout, "en", RIGHT), encoding="utf-8")
    (tmp_path / "wrong.ipynb").write_text(answered(checkout, "zh", WRONG), encoding="utf-8")
    right = course(checkout, "check", str(tmp_path / "right.ipynb"), "--hidden")
    assert "✓ mean.running_mean  10 of 10 points" in right and "A running mean" in right
    wrong = course(checkout, "check", str(tmp_path / "wrong.ipynb"), fails=1)
    assert "你把每个和都除以了 T" in wrong and "滑动平均" in wrong


def test_a_class_is_graded_in_it(checkout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rnn-2027"
    course(checkout, "new", str(folder), "--unit", "mean")
    for student, answer in (("ada", RIGHT), ("bo", WRONG)):
        place = folder / "submitted" / student / "mean"
        place.mkdir(parents=True)
        (place / "mean.ipynb").write_text(answered(checkout, "en", answer), encoding="utf-8")
    table = course(checkout, "grade", "mean", "--course", str(folder), "--jobs", "1")
    assert re.search(r"ada +10 / 10", table) and re.search(r"bo +0 / 10", table)
    assert "DividedByLength" in table
    assert (folder / "feedback" / "bo" / "mean").is_dir()


def test_a_students_copy_of_it_has_no_answer(checkout: Path) -> None:
    assert (checkout / "dist" / "recurrent-course-mean.zip").is_file()
