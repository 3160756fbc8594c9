"""A student's machine: the wheel installed, the notebook answered and run, `course check`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import build, bundle, demo
from autograder.check import registry, units

pytestmark = pytest.mark.slow


def answered(unit: str) -> Any:
    """The released notebook with the solution's answers filled in."""
    source = build.source_notebook(unit, "en")
    answers = {
        cell.id: "\n".join(line for line in cell.source.splitlines() if "### " not in line)
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code"
    }
    return nbformat.from_dict(demo.answered(build.build(unit, "en"), answers))


ALWAYS = ("markov", "gru")
"""Units whose bundle is tried in every run; the others, which train for longer, each night."""
EACH = [pytest.param(u, marks=[] if u in ALWAYS else pytest.mark.nightly) for u in units()]


@pytest.fixture(scope="module", params=EACH)
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked bundle, its wheel installed in `site` beside it.

    What the wheel needs of others is this Python's: only ours is looked at here.
    """
    unit, folder = request.param, tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(bundle.write([unit], ["en"], folder)) as archive:
        archive.extractall(folder)
    unpacked = folder / f"recurrent-course-{unit}"
    (wheel,) = unpacked.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    ours = ["--disable-pip-version-check", "--target", str(unpacked / "site"), str(wheel)]
    subprocess.run([*pip, *ours], check=True)
    return unpacked


def surroundings(home: Path) -> dict[str, str]:
    """The installed wheel comes first; the checkout is nowhere."""
    return {**os.environ, "PYTHONPATH": str(home / "site"), "TF_CPP_MIN_LOG_LEVEL": "3"}


def course(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command that the wheel installs."""
    return subprocess.run(
        [sys.executable, str(home / "site" / "bin" / "course"), *words],
        cwd=home,
        env=surroundings(home),
        capture_output=True,
        text=True,
    )


def unit_of(home: Path) -> str:
    return home.name.removeprefix("recurrent-course-")


def test_what_runs_at_home_is_the_wheel(home: Path) -> None:
    code = "import autograder, course_lib; print(autograder.__file__, course_lib.__file__)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=home, env=surroundings(home), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.count(str(home / "site")) == 2


def test_right_answers_get_full_marks_at_home(home: Path) -> None:
    unit = unit_of(home)
    (home / "answered.ipynb").write_text(nbformat.writes(answered(unit)), "utf-8")
    ran = course(home, "check", "answered.ipynb", "--json")
    report = json.loads(ran.stdout)
    wrong = [(v["check"], v["message"]) for v in report["checks"] if v["status"] != "pass"]
    assert wrong == []
    assert report["points"] == report["max_points"] == sum(c.points for c in registry(unit))
    assert (ran.returncode, ran.stderr) == (0, "")


def test_an_untouched_notebook_is_told_what_is_to_do(home: Path) -> None:
    unit = unit_of(home)
    ran = course(home, "check", f"en/{unit}/{unit}.ipynb")
    assert ran.returncode == 1 and ran.stderr == ""
    assert "Not done yet" in ran.stdout and f"0 / {registry(unit)[0].points:g}" not in ran.stdout
    assert "\n0 / " in ran.stdout


@pytest.mark.parametrize("home", ["gru"], indirect=True)
def test_a_wrong_answer_is_explained_at_home(home: Path) -> None:
    (home / "emil.ipynb").write_text(json.dumps(demo.CLASS["emil"]("en")), "utf-8")
    report = json.loads(course(home, "check", "emil.ipynb", "--json").stdout)
    verdicts = {verdict["check"]: verdict for verdict in report["checks"]}
    assert verdicts["gru.new_state"]["mistake"] == "gru.UpdateSwapped"
    assert "z = 1 keeps the old state" in verdicts["gru.new_state"]["hint"]
    assert verdicts["gru.one_step"]["status"] == "skip"
    assert verdicts["gru.half_life"]["status"] == "pass"


@pytest.mark.parametrize("home", ["gru"], indirect=True)
def test_the_notebook_runs_at_home_and_its_checks_pass(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in surroundings(home).items():
        monkeypatch.setenv(name, value)
    notebook, folder = answered("gru"), home / "en" / "gru"
    cell = nbformat.v4.new_code_cell("import autograder; print(autograder.__file__)")
    notebook.cells.append(cell)
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=180, allow_errors=True, resources=place).execute()
    outputs = [(cell.id, output) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [name for name, output in outputs if output.output_type == "error"] == []
    assert str(home / "site") in cell.outputs[0].text
    assert sum("image/png" in output.get("data", {}) for _, output in outputs) == 5
    assert (folder / "gru.weights.h5").is_file()


@pytest.mark.parametrize("home", ["gru"], indirect=True)
def test_the_first_cell_installs_the_course_where_it_is_missing(home: Path, tmp_path: Path) -> None:
    """As in Colab: TensorFlow and the like are there, the course is not; and nothing is online."""
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    beside = tmp_path / "content"
    beside.mkdir()
    for path in (*home.glob("*.whl"), home / "en" / "gru" / "gru.ipynb"):
        shutil.copy(path, beside)
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment.pop("PYTHONPATH", None)

    def run(folder: Path, *words: str) -> str:
        ran = subprocess.run(
            [python, *words], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    for folder in (beside, home / "en" / "gru"):
        cells = json.loads((folder / "gru.ipynb").read_text("utf-8"))["cells"]
        setup = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        found = run(folder, "-c", f"{setup}\nimport course_lib\nprint(course_lib.__file__)")
        assert Path(found.strip()) == packages / "course_lib" / "__init__.py"
        run(folder, "-m", "pip", "uninstall", "--quiet", "--yes", "recurrent-course-student")


def test_the_first_cell_says_which_file_it_needs(tmp_path: Path) -> None:
    missing = build.SETUP.replace('find_spec("course_lib")', 'find_spec("no_course_here")')
    ran = subprocess.run(
        [sys.executable, "-c", missing], cwd=tmp_path, capture_output=True, text=True
    )
    assert "recurrent_course_student-...whl is not beside this notebook" in ran.stderr
