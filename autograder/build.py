"""Solutions to notebooks: nbgrader's source (with answers) and the students' release (without).

    solutions/gru.py --source_notebook--> answers in, one language
                     --build-----------> answers cleared, cells locked, by nbgrader's own steps
                     --release---------> assignments/en/gru/gru.ipynb, assignments/zh/gru/gru.ipynb

The same solutions give the same bytes each time, so `check` can compare the files with them.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import leak
from .check import registry
from .problem import Problem
from .reference import LOADS_TENSORFLOW, SOLUTIONS, parse
from .units import UNITS

LANGUAGES = ("en", "zh")
ASSIGNMENTS = Path(__file__).parents[1] / "assignments"

# nbgrader puts these in place of an answer; a course's nbgrader_config.py has to say the same:
# c.ClearSolutions.code_stub = {"python": CODE_STUB}; c.ClearSolutions.text_stub = TEXT_STUB
CODE_STUB = (
    '# Your code goes here, in place of the next line.\nraise NotImplementedError("not done yet")'
)
TEXT_STUB = "..."

# The first code cell of every notebook, folded. In Colab, or wherever the course is not installed,
# it takes the wheel that came with the notebook: beside it, or where the bundle has it.
SETUP = """\
import importlib.util
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("course_lib") is None:
    # Not installed, as in Colab: take the wheel that came with this notebook.
    folders = (Path(), Path("../.."))
    wheels = [path for folder in folders for path in folder.glob("recurrent_course_student-*.whl")]
    if not wheels:
        raise FileNotFoundError("recurrent_course_student-...whl is not beside this notebook")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", str(wheels[0])], check=True)
    importlib.invalidate_caches()"""
QUIET = """

import os

from autograder.console import nothing_on_stderr

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with nothing_on_stderr():  # TensorFlow speaks of CUDA and CPUs as it loads, all the same
    importlib.import_module("tensorflow")"""

# The order is that of nbgrader's GenerateAssignment, without its database and its file of headers.
STEPS = (
    "LockCells",
    "ClearSolutions",
    "ClearOutput",
    "CheckCellMetadata",
    "ClearHiddenTests",
    "ClearMarkScheme",
    "ComputeChecksums",
    "CheckCellMetadata",
)


class BuildError(Problem, ValueError):
    """The notebook cannot be built; the message is one line with a remedy."""


def units(solutions: Path = SOLUTIONS) -> tuple[str, ...]:
    """The units that have a solution notebook, in the order of the course."""
    return tuple(unit for unit in UNITS if (solutions / f"{unit}.py").is_file())


def source_notebook(unit: str, language: str, solutions: Path = SOLUTIONS) -> Any:
    """The instructor's notebook in one language, answers included, for nbgrader's source folder.

    Cell ids come from the grade_id, or from the cell's place, so that no build differs.
    Errors: BuildError for an unknown unit or language, and for text cells that are not in pairs.
    """
    import nbformat

    if language not in LANGUAGES:
        raise BuildError(f"language must be one of {', '.join(LANGUAGES)}; got {language!r}")
    cells = [
        cell
        for cell in _paired(unit, _read(unit, solutions)["cells"])
        if cell["metadata"].get("lang", language) == language
    ]
    notebook = nbformat.v4.new_notebook(
        metadata={
            "course": {
                "unit": unit,
                "language": language,
                "generated": f"by `course release {unit}` from solutions/{unit}.py; edit that",
            },
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        }
    )
    for place, cell in enumerate(cells):
        marks = cell["metadata"].get("nbgrader")
        new = nbformat.v4.new_code_cell if cell["cell_type"] == "code" else _markdown
        notebook.cells.append(
            new(
                cell["source"],
                id=marks["grade_id"] if marks else f"{unit}-{place:02d}",
                metadata={"nbgrader": dict(marks)} if marks else {},
            )
        )
    first = next((i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"), 0)
    loud = any(LOADS_TENSORFLOW.search(cell.source) for cell in notebook.cells)
    notebook.cells.insert(first, _setup(unit, SETUP + (QUIET if loud else "")))
    notebook.nbformat_minor = 5
    return notebook


def _setup(unit: str, source: str) -> Any:
    import nbformat

    marks = {"grade_id": f"{unit}-setup", "grade": False, "locked": True, "solution": False}
    metadata = {"nbgrader": {**marks, "schema_version": 3}, "jupyter": {"source_hidden": True}}
    return nbformat.v4.new_code_cell(source, id=marks["grade_id"], metadata=metadata)


def build(unit: str, language: str, solutions: Path = SOLUTIONS) -> Any:
    """The students' notebook: nbgrader's own preprocessors clear, lock and sign the cells."""
    from nbgrader import preprocessors
    from traitlets.config import Config

    config = Config()
    config.ClearSolutions.code_stub = {"python": CODE_STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    notebook = source_notebook(unit, language, solutions)
    resources: Any = {}
    for name in STEPS:
        step = getattr(preprocessors, name)(config=config)
        notebook, resources = step.preprocess(notebook, resources)
    return notebook


def to_bytes(notebook: Any) -> bytes:
    """The notebook as a file: nbformat 4.5, sorted keys, UTF-8, one line feed at the end."""
    import nbformat

    nbformat.validate(notebook)
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8")


def path_of(unit: str, language: str, root: Path = ASSIGNMENTS) -> Path:
    """Where the release of a unit lies: ROOT/en/gru/gru.ipynb."""
    return root / language / unit / f"{unit}.ipynb"


def release(
    units: Sequence[str],
    languages: Sequence[str] = LANGUAGES,
    root: Path = ASSIGNMENTS,
    solutions: Path = SOLUTIONS,
) -> list[Path]:
    """Write the students' notebooks under `root`; return their paths. BuildError as above."""
    built = {
        path_of(unit, language, root): to_bytes(build(unit, language, solutions))
        for unit in units
        for language in languages
    }
    for path, data in built.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return list(built)


def check(
    units: Sequence[str],
    languages: Sequence[str] = LANGUAGES,
    root: Path = ASSIGNMENTS,
    solutions: Path = SOLUTIONS,
) -> list[str]:
    """What is wrong with the released files, one line each; an empty list if nothing is.

    Drift (a file differs from what would be built, or lies there without being built), leaks
    (text of an answer in a release), and marks or points that differ from the unit's checks.
    """
    problems = []
    for unit in units:
        secrets = leak.secrets(_read(unit, solutions)["cells"])
        for language in languages:
            path, wanted = path_of(unit, language, root), build(unit, language, solutions)
            problems += _drift(path, wanted, f"run `course release {unit}`")
            problems += [f"{path}: {found}" for found in leak.found(path, secrets)]
        problems += _unlike_checks(unit, wanted)
        problems += _not_python(unit, wanted)
    return problems


def _read(unit: str, solutions: Path) -> Any:
    path = solutions / f"{unit}.py"
    if unit not in UNITS or not path.is_file():
        have = ", ".join(units(solutions)) or "none"
        raise BuildError(f"no solution {path}; units that have one: {have}")
    return parse(path.read_text(encoding="utf-8"))


def _markdown(source: str, **parts: Any) -> Any:
    import nbformat

    cell = nbformat.v4.new_markdown_cell(source, **parts)
    if "nbgrader" not in cell.metadata:  # a student should not change a question by accident
        cell.metadata.update(deletable=False, editable=False)
    return cell


def _paired(unit: str, cells: Sequence[Any]) -> Sequence[Any]:
    """The cells, if each text cell in English is followed by its Chinese one."""
    expected = "en"
    for cell in cells:
        language = cell["metadata"].get("lang", "")
        wanted = expected if cell["cell_type"] == "markdown" or expected == "zh" else ""
        if language != wanted:
            first = cell["source"].strip().splitlines()[:1]
            raise BuildError(
                f'solutions/{unit}.py: text cells come in pairs, lang="en" then lang="zh"; '
                f"expected {wanted or 'no language'}, got {language or 'none'} at {first}"
            )
        expected = "zh" if language == "en" else "en"
    return cells


def changes(
    units: Sequence[str],
    languages: Sequence[str] = LANGUAGES,
    root: Path = ASSIGNMENTS,
    solutions: Path = SOLUTIONS,
) -> Iterator[str]:
    """What `release` would change for students: lines of a unified diff, file by file."""
    for unit in units:
        for language in languages:
            path = path_of(unit, language, root)
            before = _as_text(path.read_bytes()) if path.is_file() else []
            after = _as_text(to_bytes(build(unit, language, solutions)))
            name = path.relative_to(root).as_posix()
            yield from difflib.unified_diff(
                before, after, f"{name}, released", f"{name}, from solutions", n=2, lineterm=""
            )


def _as_text(notebook: bytes) -> list[str]:
    """A notebook as lines to read: each cell under its id; points and locks beside it."""
    try:
        cells = json.loads(notebook)["cells"]
        return [line for cell in cells for line in _cell_as_text(cell)]
    except (ValueError, KeyError, TypeError):
        return ["(no notebook)"]


def _cell_as_text(cell: Mapping[str, Any]) -> list[str]:
    marks = {k: v for k, v in cell["metadata"].get("nbgrader", {}).items() if k != "checksum"}
    points = f", {marks['points']:g} points" if "points" in marks else ""
    locked = ", locked" if marks.get("locked") else ""
    head = f"# %% {cell['id']} ({cell['cell_type']}{points}{locked})"
    return [head, *"".join(cell["source"]).splitlines(), ""]


def _drift(path: Path, wanted: Any, remedy: str) -> list[str]:
    stray = [
        f"{other}: not made from solutions/, and would go to the students; remove it"
        for other in sorted(path.parent.glob("*"))
        if other != path and other.name != ".ipynb_checkpoints"
    ]
    if not path.is_file():
        return [f"{path}: missing; {remedy}", *stray]
    if path.read_bytes() == to_bytes(wanted):
        return stray
    return [
        f"{path}: differs from its solutions{_first_difference(path, wanted)}; {remedy}",
        *stray,
    ]


def _first_difference(path: Path, wanted: Any) -> str:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        pairs = zip(cells, wanted.cells, strict=False)
        return next((f" from cell {w.id} on" for got, w in pairs if got != w), "")
    except (ValueError, KeyError, TypeError):
        return " (it is not a notebook)"


def _not_python(unit: str, notebook: Any) -> list[str]:
    """Code cells that no Python can run, as after a merge that left its marks."""
    from IPython.core.inputtransformer2 import TransformerManager

    problems = []
    for cell in notebook.cells:
        try:
            if cell.cell_type == "code":
                python = TransformerManager().transform_cell(cell.source)  # type: ignore[no-untyped-call]
                ast.parse(python)
        except SyntaxError as error:
            where = f"solutions/{unit}.py: cell {cell.id}, line {error.lineno}"
            problems.append(f"{where} is no Python: {error.msg}; mend it there")
    return problems


def _unlike_checks(unit: str, notebook: Any) -> list[str]:
    """Test cells that the registry of checks does not know, or knows otherwise."""
    tests = {
        cell.metadata.nbgrader.grade_id: (cell.source, float(cell.metadata.nbgrader.points))
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    }
    checks = {c.grade_id: (f'check("{c.id}")', float(c.points)) for c in registry(unit)}
    if list(tests) != list(checks) and set(tests) == set(checks):
        return [f"solutions/{unit}.py: its test cells are not in the order of the checks"]
    return [
        f"solutions/{unit}.py: test cell {name} is {tests.get(name, 'missing')}; "
        f"expected {checks.get(name, 'no such cell')} as in autograder/checks"
        for name in sorted({*tests, *checks})
        if tests.get(name) != checks.get(name)
    ]
