"""A course author edits a solution as a notebook in JupyterLab, and sees what students will get."""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from laboratory import browser, command, laboratory
from servers import surroundings

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GIVEN = "def sigmoid(x):"
SENTENCE = "Keep this cell as it is."


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the project in which an author may write."""
    for name in ("assignments", "autograder", "course_lib", "solutions"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(root / name, tmp_path / "checkout" / name, ignore=ignored)
    for name in ("pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        shutil.copy(root / name, tmp_path / "checkout" / name)
    yield tmp_path / "checkout"


def release_check(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "autograder.cli", "release", "gru", "--check"],
        cwd=checkout,
        env=surroundings(PYTHONPATH=str(checkout), COLUMNS="200"),
        capture_output=True,
        text=True,
    )


def test_a_solution_is_edited_as_a_notebook_and_the_change_for_students_is_shown(
    checkout: Path, tmp_path: Path, chromium_path: str
) -> None:
    solution = checkout / "solutions" / "gru.py"
    before = solution.read_text(encoding="utf-8")
    assert release_check(checkout).returncode == 0
    with laboratory(checkout, tmp_path / "home") as address, browser(chromium_path) as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        page.goto(f"{address}/lab/tree/solutions?reset")
        row = page.locator(".jp-DirListing-item", has_text="gru.py")
        row.wait_for(timeout=60_000)
        row.click(button="right")
        page.locator(".lm-Menu-itemLabel", has_text="Open With").hover()
        page.locator(".lm-Menu-itemLabel").get_by_text("Notebook", exact=True).click()
        cell = page.locator(".jp-CodeCell", has_text=GIVEN).first
        cell.wait_for(timeout=60_000)
        page.locator(".jp-MarkdownCell mjx-container").nth(10).wait_for(timeout=60_000)
        cell.locator(".cm-line", has_text=GIVEN).first.click()
        page.keyboard.press("Home")
        page.keyboard.type(f"# {SENTENCE}\n")
        command(page, "docmanager:save")
        page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')", timeout=30_000)
        for _ in range(60):
            if SENTENCE in solution.read_text(encoding="utf-8"):
                break
            page.wait_for_timeout(250)
    after = solution.read_text(encoding="utf-8")
    changed = [
        line
        for line in difflib.ndiff(before.splitlines(), after.splitlines())
        if line.startswith(("+ ", "- "))
    ]
    assert changed == [f"+ # {SENTENCE}"]
    shown = release_check(checkout)
    assert shown.returncode == 1
    for language in ("en", "zh"):
        part = shown.stdout.split(f"+++ {language}/gru/gru.ipynb")[1]
        assert f"\n+# {SENTENCE}" in part.split("\n--- ")[0]
        assert f"assignments/{language}/gru/gru.ipynb: differs" in shown.stderr
