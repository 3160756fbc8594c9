"""The attacks of a sample get the same marks from every front that grades, and harm nobody."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from attack import FOLDER, HONEST, attack, tree

from autograder import gradebook
from autograder.course_folder import CourseFolder, create

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

SAMPLE = (
    *("forging/channel_claims_a_fault", "forging/layer_in_the_language_model"),
    *("spying/read_the_gradebook", "hurting/fork_bomb", "hurting/script_in_messages"),
    *("hurting/terminal_escapes", "leaking/leave_files"),
)
SEED = 77
LIMITS = "[limits]\ncheck_seconds = 6.0\nprocesses = 40\noutput_kb = 32\n"
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


def name(one: str) -> str:
    """A student's id."""
    return one.replace("/", "-")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    """A course in which the sample and an honest student have handed in."""
    folder = create(tmp_path_factory.mktemp("attacked") / "course", ["gru"], seed=SEED)
    settings = folder.root / "course.toml"
    text = settings.read_text().split("[limits]")[0]
    settings.write_text(text + LIMITS)
    released = nbformat.read(folder.notebook("release", ".", "gru"), 4)
    for student, path in [("ada", HONEST), *((name(one), FOLDER / f"{one}.py") for one in SAMPLE)]:
        notebook = copy.deepcopy(released)
        cell = nbformat.v4.new_code_cell(path.read_text(encoding="utf-8"))
        notebook.cells.append(cell)
        tamper(notebook)
        place = folder.notebook("submitted", student, "gru")
        place.parent.mkdir(parents=True)
        nbformat.write(notebook, place)
    return folder


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


def expected() -> dict[str, float]:
    marks = {name(one): attack(FOLDER / f"{one}.py").points for one in SAMPLE}
    return {"ada": 31.0, **marks}


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True
    )


def scores(course: CourseFolder) -> dict[str, float]:
    return {student: mark.score for student, mark in gradebook.marks(course, "gru").items()}


RUNS = (
    *("<script>alert", "<img src=x", "](javascript:", 'href="javascript:'),
    *("\x1b", "\x9b", "\u202e"),
)


def harmless(course: CourseFolder) -> None:
    """Nothing that a person sees runs a script of a student's, or is obeyed by a terminal."""
    pages = [*course.root.glob("feedback/**/*.html"), *course.root.glob("reports/**/*.html")]
    shown = {str(path): path.read_text(encoding="utf-8") for path in pages}
    for path in course.root.glob("autograded/**/*.ipynb"):
        notebook = nbformat.read(path, 4)
        assert set(notebook.metadata) <= {"course", "kernelspec", "language_info"}
        assert notebook.metadata.get("kernelspec", {}).get("name", "python3") == "python3"
        for cell in notebook.cells:
            assert "attachments" not in cell
            shown[f"{path} {cell.id}"] = cell.source if cell.cell_type == "markdown" else ""
            for output in cell.get("outputs", []):
                shown[f"{path} {cell.id} output"] = "\n".join(map(str, output.data.values()))
    assert len(shown) > len(SAMPLE)
    for place, text in shown.items():
        assert [word for word in RUNS if word in text] == [], place


def test_course_grade(course: CourseFolder) -> None:
    before = tree(course.root / "submitted", course.root / "source", course.root / "release")
    done = run("-m", "autograder.cli", "grade", "gru", cwd=course.root)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    assert scores(course) == expected()
    assert "\x9b" not in done.stdout and "\x1b]0;" not in done.stdout
    for one in SAMPLE:
        notes = " ".join(gradebook.reports(course, "gru")[name(one)].notes)
        assert all(note in notes for note in attack(FOLDER / f"{one}.py").notes), (one, notes)
        assert name(one) in done.stdout
    harmless(course)
    after = tree(course.root / "submitted", course.root / "source", course.root / "release")
    assert after == before


@pytest.mark.parametrize("one", SAMPLE[:2])
def test_course_check(course: CourseFolder, one: str) -> None:
    path = course.notebook("submitted", name(one), "gru")
    done = run("-m", "autograder.cli", "check", str(path), "--hidden", "--json", cwd=course.root)
    assert done.returncode == 1, done.stderr[-3000:]
    assert json.loads(done.stdout)["points"] == expected()[name(one)]


def test_nbgrader_autograde(course: CourseFolder) -> None:
    done = run("-m", "nbgrader", "autograde", "gru", "--force", cwd=course.root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert scores(course) == expected()
    harmless(course)


def test_formgraders_autograde(course: CourseFolder) -> None:
    done = run("-c", API, cwd=course.root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert scores(course) == expected()
    harmless(course)
