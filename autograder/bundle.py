"""The student bundle: notebooks, and a wheel with course_lib and `check`, without the answers.

    dist/recurrent-course-gru.zip
        README.md, README.zh.md, constraints.txt
        en/gru/gru.ipynb, zh/gru/gru.ipynb
        recurrent_course_student-0.1.0-py3-none-any.whl

The wheel installs into an empty environment. Its checks are the stripped ones (`strip.py`), their
cases are frozen (`freeze.py`), and `at_home/` takes the place of what holds answers. Every text
that goes in is searched for lines of solutions and mistakes; a bundle that leaks is not written.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from . import build, freeze, leak, mistakes, strip, wheel
from .answers import is_answer
from .check import registry
from .checks import held_out_text
from .course_folder import page
from .units import UNITS
from .wheel import BundleError, Files

HERE = Path(__file__).parent
ROOT = HERE.parent
LIBRARY = ROOT / "course_lib"
DIST = ROOT / "dist"
FRONT = (
    "__init__.py",
    "case.py",
    "check.py",
    "compare.py",
    "console.py",
    "desk.py",
    "difference.py",
    "equation.py",
    "failures.py",
    "frozen.py",
    "grade.py",
    "hushed.py",
    "loader.py",
    "notebook.py",
    "notebook_file.py",
    "noticed.py",
    "pages.py",
    "problem.py",
    "student.py",
    "submission.py",
    "terminal.py",
    "units.py",
    "verdict.py",
    "withheld.py",
    "checks/__init__.py",
    "observe/__init__.py",
    "sandbox/__init__.py",
    "sandbox/limits.py",
    "sandbox/observation.py",
    "sandbox/wire.py",
    "templates/card.css",
    "templates/card.html",
    "templates/difference.html",
    "templates/summary.html",
)
"""What of the autograder a student has as it is: the notebook's front and all that it imports."""
IN_PLACE_OF = {
    "cli.py": "cli.py",
    "diagnose.py": "diagnose.py",
    "mistakes.py": "mistakes.py",
    "reference.py": "reference.py",
    "checks/held_out_text.py": "held_out_text.py",
}
"""Module of the students' autograder -> the file of at_home/ that it is."""
OF_LIBRARY = (".py", ".typed", ".txt")
NOT_FOR_STUDENTS = ("plots/gallery.py",)
"""Parts of course_lib that make its own documents."""
TELLS_NOTHING = re.compile(
    r".*[:(\[{]|for\w+in\w+|return[\w,\[\]]+|rng=np\.random\.default_rng\(\w*\)"
)
"""Lines without white space that compute nothing: one that opens a block or a bracket, says what
is gone through or returned, or makes a generator."""


def write(
    units: Sequence[str], languages: Sequence[str] = build.LANGUAGES, folder: Path = DIST
) -> Path:
    """Make one bundle of these units in `folder`; returns its path. BundleError if it leaks."""
    path = folder / f"recurrent-course-{'-'.join(units)}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wheel.zipped(contents(units, languages), path.stem))
    return path


def contents(units: Sequence[str], languages: Sequence[str] = build.LANGUAGES) -> Files:
    """File name -> content of a bundle."""
    notebooks = {
        f"{language}/{unit}/{unit}.ipynb": build.to_bytes(build.build(unit, language))
        for unit in units
        for language in languages
    }
    read = sorted({name for data in notebooks.values() for name in _library_modules(data)})
    inside = package(units, read)
    _complain_of_what_is_missing(units, inside, read)
    leaks = list(leaked(units, {**inside, **notebooks}))
    if leaks:
        raise BundleError(
            f"the bundle of {', '.join(units)} would give answers away: {'; '.join(leaks[:3])} "
            f"({len(leaks)} in all); take them out of the file, or the file into answers.py"
        )
    number = version("recurrent-course")
    name = f"{wheel.NAME}-{number}-py3-none-any.whl"
    readmes = {
        file: page(
            "student_readme.md", language=language, units=units, wheel=name, languages=languages
        ).encode()
        for language, file in (("en", "README.md"), ("zh", "README.zh.md"))
    }
    constraints = {"constraints.txt": (ROOT / "constraints.txt").read_bytes()}
    made = {name: wheel.zipped(wheel.files(inside, notebooks, number))}
    return {**readmes, **constraints, **notebooks, **made}


def package(units: Sequence[str], read: Sequence[str]) -> Files:
    """File name -> content of the two packages in the wheel. read: as for `library`."""
    files = {f"autograder/{name}": (HERE / name).read_bytes() for name in FRONT}
    for unit in units:
        files |= {f"autograder/observe/{name}.py": _observing(name) for name in _observers(unit)}
        only_run = [check.id for check in registry(unit) if freeze.only_runs(check)]
        for name, text in strip.stripped(unit, only_run).items():
            files[f"autograder/checks/{name}"] = text.encode()
        for name, data in freeze.frozen(unit).items():
            files[f"autograder/frozen/{name}"] = data
        for path in (HERE / "data").glob(f"{unit}*.json"):
            files[f"autograder/data/{path.name}"] = path.read_bytes()
    for name, source in IN_PLACE_OF.items():
        files[f"autograder/{name}"] = (HERE / "at_home" / source).read_bytes()
    files["autograder/frozen/text.npz"] = freeze.npz(held_out_text.text())
    return {**files, **library(units, read)}


def _observers(unit: str) -> list[str]:
    """The module that observes a unit, and those beside it that it imports."""
    found = [unit]
    for name in found:
        for node in ast.walk(ast.parse(_observing(name))):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                named = [node.module] if node.module else [alias.name for alias in node.names]
                there = [n for n in named if (HERE / "observe" / f"{n}.py").is_file()]
                found += [n for n in there if n not in found]
    return found


def _observing(name: str) -> bytes:
    return (HERE / "observe" / f"{name}.py").read_bytes()


def library(units: Sequence[str], read: Sequence[str]) -> Files:
    """course_lib without the answers of these units, and of later ones where nothing reads them.

    read: modules of course_lib that the notebooks import, as "course_lib/perplexity".
    """
    later = UNITS[max(map(UNITS.index, units)) + 1 :]
    needed = {name for module in read for name in _with_imports(module)}
    files = {}
    for path in sorted(LIBRARY.rglob("*")):
        name = path.relative_to(LIBRARY).as_posix()
        module = f"course_lib/{name}".removesuffix(".py").removesuffix("/__init__")
        answers = is_answer(name, units) or (is_answer(name, later) and module not in needed)
        told = path.suffix in OF_LIBRARY and "__pycache__" not in name
        if told and not answers and name not in NOT_FOR_STUDENTS:
            files[f"course_lib/{name}"] = path.read_bytes()
    return files


def leaked(units: Sequence[str], files: Mapping[str, bytes]) -> Iterator[str]:
    """One sentence for each line of a solution or of a mistake that a file holds."""
    released = {
        leak.squeezed(line)
        for unit in units
        for cell in build.build(unit, "en").cells
        for line in cell.source.splitlines()
    }
    lines = {line for unit in units for line in _secret_lines(unit)} - released
    secret = sorted(line for line in lines if not TELLS_NOTHING.fullmatch(line))
    for name, data in files.items():
        if not name.endswith(".npz"):
            text = leak.squeezed(_text_of(name, data))
            yield from (f"{name} holds {line!r}" for line in secret if line in text)


def _secret_lines(unit: str) -> Iterator[str]:
    """Lines of the unit's solution, and lines of its mistakes, without white space."""
    yield from leak.secrets(build.source_notebook(unit, "en")["cells"])
    yield from leak.secrets(build.source_notebook(unit, "zh")["cells"])
    for mistake in mistakes.bank(unit):
        squeezed = map(leak.squeezed, mistake.source().splitlines())
        yield from (line for line in squeezed if len(line) >= leak.TRIVIAL)


def _text_of(name: str, data: bytes) -> str:
    text = data.decode("utf-8")
    if name.endswith((".ipynb", ".json")):
        return "\n".join(leak.strings(json.loads(text)))
    return text


def _complain_of_what_is_missing(
    units: Sequence[str], inside: Mapping[str, bytes], read: Sequence[str]
) -> None:
    """A notebook that imports what answers another unit's task would not even begin to run."""
    for name in read:
        for module in sorted(_with_imports(name)):
            if not {f"{module}.py", f"{module}/__init__.py"} & set(inside):
                raise BundleError(
                    f"a notebook of {', '.join(units)} needs {module}.py, which answers a task of "
                    "one of them and so is left out; release these units in bundles of their own"
                )


def _library_modules(notebook: bytes) -> Iterator[str]:
    """Modules of course_lib, as "course_lib/perplexity", that a released notebook imports."""
    from course_lib import _HOMES

    homes = {name: home for home, names in _HOMES.items() for name in names}
    for cell in json.loads(notebook)["cells"]:
        if cell["cell_type"] == "code" and "course_lib" in "".join(cell["source"]):
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                if isinstance(node, ast.ImportFrom) and node.module == "course_lib":
                    names = [homes.get(alias.name, alias.name) for alias in node.names]
                    yield from (f"course_lib/{name.replace('.', '/')}" for name in names)
                elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_"):
                    yield (node.module or "").replace(".", "/")


def _with_imports(module: str, known: set[str] | None = None) -> set[str]:
    """A module of course_lib and those that it imports as it is imported."""
    known = set() if known is None else known
    if module not in known:
        known.add(module)
        file = ROOT / f"{module}.py"
        file = file if file.is_file() else ROOT / module / "__init__.py"
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_lib."):
                _with_imports((node.module or "").replace(".", "/"), known)
    return known
