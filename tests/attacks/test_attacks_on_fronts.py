"""Every attack gets the same mark from every front that grades, and harms nobody.

An ordinary run tries a sample, a nightly one all of them.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from attack import HONEST, SMALL, Attack, attacks, tree

from autograder import gradebook
from autograder.course_folder import CourseFolder, create

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

SAMPLE = (
    *("forging/channel_claims_a_fault", "forging/layer_in_the_language_model"),
    *("spying/read_the_gradebook", "hurting/fork_bomb", "hurting/script_in_messages"),
    *("hurting/terminal_escapes", "leaking/leave_files"),
)
SEED = 77
LIMITS = {**SMALL, "check_seconds": 8.0, "load_seconds": 4.0, "memory_mb": 600}
API = """
import os
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader
config = PyFileConfigLoader("nbgrader_config.py", path=os.getcwd()).load_config()
config.CourseDirectory.root = os.getcwd()
api = NbGraderAPI(CourseDirectory(config=config), config=config)
for student in sorted(api.get_submitted_students("gru")):
    result = api.autograde("gru", student, force=True)
    assert result["success"], result
"""


@dataclass(frozen=True)
class Course:
    """A course in which some attackers and an honest student have handed in."""

    folder: CourseFolder
    attacks: dict[str, Attack]
    """By student."""

    def expected(self) -> dict[str, float]:
        return {"ada": 31.0, **{who: one.points_beside_stubs for who, one in self.attacks.items()}}

    def scores(self) -> dict[str, float]:
        return {who: mark.score for who, mark in gradebook.marks(self.folder, "gru").items()}


@pytest.fixture(
    scope="module",
    params=["sample", pytest.param("all", marks=[pytest.mark.nightly, pytest.mark.timeout(5400)])],
)
def course(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Course:
    folder = create(tmp_path_factory.mktemp("attacked") / "course", ["gru"], seed=SEED)
    settings = folder.root / "course.toml"
    text = settings.read_text().split("[limits]")[0]
    settings.write_text(text + "[limits]\n" + "".join(f"{k} = {v}\n" for k, v in LIMITS.items()))
    released = nbformat.read(folder.notebook("release", ".", "gru"), 4)
    chosen = [one for one in attacks() if request.param == "all" or one.name in SAMPLE]
    named = {one.name.replace("/", "-"): one for one in chosen}
    for student, path in {"ada": HONEST, **{who: one.path for who, one in named.items()}}.items():
        notebook = copy.deepcopy(released)
        cell = nbformat.v4.new_code_cell(path.read_text(encoding="utf-8"))
        notebook.cells.append(cell)
        tamper(notebook)
        place = folder.notebook("submitted", student, "gru")
        place.parent.mkdir(parents=True)
        nbformat.write(notebook, place)
    return Course(folder, named)


def tamper(notebook: nbformat.NotebookNode) -> None:
    """What a student can write into the notebook's own fields, in hope of points or of a script."""
    notebook.metadata["kernelspec"] = {"name": "bash", "language": "bash", "display_name": "x"}
    notebook.metadata["language_info"] = {"name": "R"}
    script = "<script>alert(1)</script>"
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": script}}
    notebook.metadata["title"] = script
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        cell.metadata["tags"] = ["skip-execution", "hide-output", script]
        if marks.get("grade") and cell.cell_type == "code":
            marks.update(points=1000, solution=True, locked=False, grade=marks.get("points") != 5)
            cell.source = "100.0"
            result = nbformat.v4.new_output("execute_result", {"text/plain": "1000.0"})
            cell.outputs = [result, nbformat.v4.new_output("display_data", {"text/html": script})]
        if cell.cell_type == "markdown":
            cell["attachments"] = {"x.svg": {"image/svg+xml": "PHNjcmlwdC8+"}}
            cell.source += f"\n{script} [x](javascript:alert(1)) ![x](attachment:x.svg)"


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True
    )


RUNS = (
    *("<script>alert", "<img src=x", "](javascript:", 'href="javascript:'),
    *("\x1b", "\x9b", "\u202e"),
)


def harmless(course: Course) -> None:
    """Nothing that a person sees runs a script of a student's, or is obeyed by a terminal."""
    pages = [
        *course.folder.root.glob("feedback/**/*.html"),
        *course.folder.root.glob("reports/**/*.html"),
    ]
    shown = {str(path): path.read_text(encoding="utf-8") for path in pages}
    for path in course.folder.root.glob("autograded/**/*.ipynb"):
        notebook = nbformat.read(path, 4)
        assert set(notebook.metadata) <= {"course", "kernelspec", "language_info"}
        assert notebook.metadata.get("kernelspec", {}).get("name", "python3") == "python3"
        for cell in notebook.cells:
            assert "attachments" not in cell
            shown[f"{path} {cell.id}"] = cell.source if cell.cell_type == "markdown" else ""
            for output in cell.get("outputs", []):
                shown[f"{path} {cell.id} output"] = "\n".join(map(str, output.data.values()))
    assert len(shown) > len(course.attacks)
    for place, text in shown.items():
        assert [word for word in RUNS if word in text] == [], place


def test_course_grade(course: Course) -> None:
    root = course.folder.root
    before = tree(root / "submitted", root / "source", root / "release")
    done = run("-m", "autograder.cli", "grade", "gru", cwd=root)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    assert course.scores() == course.expected()
    assert "\x9b" not in done.stdout and "\x1b]0;" not in done.stdout
    reports = gradebook.reports(course.folder, "gru")
    page = (root / "reports" / "gru.html").read_text(encoding="utf-8")
    for who, one in course.attacks.items():
        told = " ".join(reports[who].notes)
        assert all(note in told for note in one.notes), (who, told)
        assert not one.notes or who in page
    harmless(course)
    assert tree(root / "submitted", root / "source", root / "release") == before


def test_course_check(course: Course) -> None:
    some = list(course.attacks)
    marks = {}
    for who in some if len(some) > len(SAMPLE) else some[:2]:
        path = course.folder.notebook("submitted", who, "gru")
        words = ("check", str(path), "--hidden", "--json")
        done = run("-m", "autograder.cli", *words, cwd=course.folder.root)
        assert done.returncode == 1, (who, done.stderr[-3000:])
        marks[who] = json.loads(done.stdout)["points"]
    assert marks == {who: course.expected()[who] for who in marks}


def test_nbgrader_autograde(course: Course) -> None:
    done = run("-m", "nbgrader", "autograde", "gru", "--force", cwd=course.folder.root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert course.scores() == course.expected()
    harmless(course)


def test_formgraders_autograde(course: Course) -> None:
    done = run("-c", API, cwd=course.folder.root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert course.scores() == course.expected()
    harmless(course)
