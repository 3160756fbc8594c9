"""pyproject.toml, constraints.txt, environment.yml and the running environment tell one truth."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
DIRECT = [Requirement(line) for line in PROJECT["dependencies"]]
DEVELOPMENT = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]


def pins() -> dict[str, str]:
    """Package name -> the one version in constraints.txt."""
    found: dict[str, str] = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, separator, version = line.partition("==")
            assert separator and re.fullmatch(r"[\w.!+]+", version), f"not name==version: {line!r}"
            assert canonicalize_name(name) not in found, f"{name} is pinned twice"
            found[canonicalize_name(name)] = version
    return found


def needed() -> dict[str, str]:
    """Every package that the project needs here, directly or not -> the installed version."""
    queue, found, done = [*DIRECT, *DEVELOPMENT], {}, set()
    while queue:
        requirement = queue.pop()
        name = canonicalize_name(requirement.name)
        extras = frozenset(requirement.extras)
        if (name, extras) in done:
            continue
        done.add((name, extras))
        distribution = metadata.distribution(name)
        found[name] = distribution.version
        for line in distribution.requires or []:
            wanted = Requirement(line)
            if wanted.marker is None or any(
                wanted.marker.evaluate({"extra": extra}) for extra in (extras or {""})
            ):
                queue.append(wanted)
    return found


def conda() -> tuple[list[str], list[str]]:
    """The conda packages and the pip lines of environment.yml."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(item["pip"] for item in dependencies if isinstance(item, dict))
    return [item for item in dependencies if isinstance(item, str)], pip


def test_every_package_that_the_project_needs_is_pinned_at_the_installed_version() -> None:
    assert {name: pins().get(name) for name in needed()} == needed()


def test_pyproject_leaves_versions_to_the_constraints() -> None:
    assert [str(line) for line in DIRECT + DEVELOPMENT if line.specifier] == []


def test_environment_yml_installs_this_project_under_the_same_constraints() -> None:
    packages, pip = conda()
    assert pip[0] == "-c constraints.txt" and pip[-1] == "-e ."
    assert {canonicalize_name(name) for name in pip[1:-1]} == {
        "tensorflow",
        "keras",
        "nbgrader",
        "pytest",
        "matplotlib",
    }
    assert {name for name in pip[1:-1]} <= {line.name for line in DIRECT}
    assert "pip" in packages


def test_environment_yml_and_pyproject_ask_for_the_same_python() -> None:
    (python,) = [line for line in conda()[0] if line.startswith("python")]
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("version", ["3.11.0", "3.12.0", "3.13.0"])
def test_the_classifiers_name_every_python_that_is_allowed(version: str) -> None:
    assert version in SpecifierSet(PROJECT["requires-python"])
    minor = version.rsplit(".", 1)[0]
    assert f"Programming Language :: Python :: {minor}" in PROJECT["classifiers"]


def test_each_warning_that_is_let_through_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    block = text.split("filterwarnings = [")[1].split("\n]")[0]
    lines = [line.strip() for line in block.strip().splitlines()]
    assert lines[0] == '"error",'
    for before, line in zip(lines, lines[1:], strict=False):
        assert line.startswith("#") or before.startswith(("#", '"ignore')), line


def test_the_command_and_the_pytest_plugin_are_where_pyproject_says() -> None:
    assert PROJECT["scripts"] == {"course": "autograder.cli:main"}
    assert PROJECT["entry-points"]["pytest11"] == {"course": "autograder.pytest_plugin"}
    assert (ROOT / "autograder" / "cli.py").is_file()
    assert (ROOT / "autograder" / "pytest_plugin.py").is_file()


def planned(folder: Path, *arguments: str) -> str:
    """What make would run in `folder`; nothing is run."""
    return subprocess.run(
        ["make", "-n", *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_make_renews_the_environment_when_what_it_is_made_from_changes(
    changed: str, tmp_path: Path
) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    for target in ("demo", "test", "lint"):
        assert "pip install" in planned(tmp_path, target)
    stamp = tmp_path / ".venv" / ".made-from-constraints"
    stamp.parent.mkdir()
    stamp.touch()
    for target in ("demo", "test", "lint"):
        assert "pip install" not in planned(tmp_path, target)
    later = stamp.stat().st_mtime + 10
    os.utime(tmp_path / changed, (later, later))
    plan = planned(tmp_path, "demo")
    assert "-c constraints.txt -e '.[dev]'" in plan and "--clear" in plan


def test_ci_runs_what_a_developer_runs_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make lint", "make test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_commit_hooks_are_the_lint_target() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    recipe = (ROOT / "Makefile").read_text().split("\nlint:")[1].split("\n\n")[0]
    for hook in hooks:
        program, *arguments = hook["entry"].removeprefix(".venv/bin/").split()
        words = [program, *(word for word in arguments if word != "--force-exclude")]
        assert f"$(BIN)/{words[0]}" in recipe and all(word in recipe for word in words)
