"""Imports point one way: the arrows between our modules, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("course_lib", "autograder", "solutions")
FRONTS = ("notebook", "nbgrader_step", "pytest_plugin", "cli")
JUDGES = ("autograder.compare", "autograder.checks", "autograder.mistakes", "autograder.reference")


def modules(place: str) -> list[Path]:
    """The Python files of a package (a folder) or of one module."""
    folder = ROOT / place
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{place}.py"]


def absolute(node: ast.ImportFrom, path: Path) -> str:
    """The full name of the module that a `from` import reads."""
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT).with_suffix("").parts[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def imports(path: Path, *, nested: bool = True) -> Iterator[str]:
    """Names imported by a file; `nested=False` leaves out imports inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if not nested and id(node) in lazy:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node, path)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def wrong_arrows(place: str, forbidden: tuple[str, ...], *, nested: bool = True) -> list[str]:
    """'file -> import' for each import of `place` that lies in a forbidden package."""
    return [
        f"{path.relative_to(ROOT)} -> {name}"
        for path in modules(place)
        for name in imports(path, nested=nested)
        if any(name == package or name.startswith(f"{package}.") for package in forbidden)
    ]


def outside_stdlib(place: str, allowed: tuple[str, ...] = ()) -> list[str]:
    """'file -> import' for each import that is neither the standard library's nor allowed."""
    known = {*sys.stdlib_module_names, *(name.split(".")[0] for name in allowed)}
    return [
        f"{path.relative_to(ROOT)} -> {name}"
        for path in modules(place)
        for name in imports(path)
        if name.split(".")[0] not in known
    ]


def test_course_lib_knows_of_no_grader() -> None:
    assert wrong_arrows("course_lib", ("autograder", "solutions")) == []


def test_verdict_imports_nothing_of_ours() -> None:
    assert outside_stdlib("autograder/verdict") == []


@pytest.mark.parametrize("module", ["compare", "case"])
def test_compare_and_case_need_numpy_only(module: str) -> None:
    ours = [name for name in imports(ROOT / f"autograder/{module}.py") if name.startswith(OURS)]
    assert set(ours) <= {"autograder.verdict", "autograder.verdict.Text", "autograder"}
    assert outside_stdlib(f"autograder/{module}", ("numpy", "autograder")) == []


def test_the_loader_that_runs_beside_student_code_needs_the_standard_library_only() -> None:
    assert outside_stdlib("autograder/loader") == []


@pytest.mark.parametrize("front", FRONTS)
def test_a_front_holds_no_grading_logic(front: str) -> None:
    judges = tuple(name for name in JUDGES if front != "cli" or name != "autograder.mistakes")
    assert wrong_arrows(f"autograder/{front}", judges) == []


def test_the_process_that_decides_the_grade_does_not_import_tensorflow() -> None:
    heavy = ("tensorflow", "keras", "course_lib")
    for module in ("parent", "wire", "limits", "stage", "observation", "__init__"):
        assert wrong_arrows(f"autograder/sandbox/{module}", heavy) == []


def test_observers_never_see_an_answer() -> None:
    answers = (*JUDGES, "autograder.check", "autograder.grade", "solutions")
    assert wrong_arrows("autograder/observe", answers) == []


def test_no_module_imports_tensorflow_before_it_is_used() -> None:
    allowed = {
        path.relative_to(ROOT).as_posix()
        for place in ("course_lib", "autograder/observe", "autograder/alternatives")
        for path in modules(place)
    } - {"course_lib/__init__.py"}
    allowed.add("autograder/sandbox/warm.py")  # the warm server exists to have it imported
    early = [
        line
        for line in wrong_arrows("autograder", ("tensorflow", "keras"), nested=False)
        + wrong_arrows("course_lib", ("tensorflow", "keras"), nested=False)
        if line.split(" -> ")[0] not in allowed
    ]
    assert early == []


def test_the_import_reader_sees_relative_and_lazy_imports(tmp_path: Path) -> None:
    file = ROOT / "autograder" / "sandbox" / "__example__.py"
    tree = ast.parse("from ..checks import gru\nfrom . import wire\n")
    names = [absolute(node, file) for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert names == ["autograder.checks", "autograder.sandbox"]

    lazy = tmp_path / "lazy.py"
    lazy.write_text("import numpy\ndef f():\n    import keras\n")
    assert list(imports(lazy, nested=False)) == ["numpy"]
    assert list(imports(lazy)) == ["numpy", "keras"]
