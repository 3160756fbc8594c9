"""What works on this machine, and what to do about the rest."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .sandbox.parent import SandboxError, Server, available


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `needed` says whether grading depends on it."""

    name: str
    works: bool
    detail: str
    needed: bool = True


def examine() -> list[Finding]:
    """Look at Python, the packages, the sandbox (really started), the browser and the corpora."""
    return [_python(), *_packages(), *_sandbox(), _chromium(), _corpora()]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    works = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Finding("Python", works, found if works else f"{found}; expected 3.11 to 3.13")


def _packages() -> list[Finding]:
    findings = []
    for name in ("tensorflow", "keras", "nbgrader", "jupytext", "numpy"):
        try:
            findings.append(Finding(name, True, version(name)))
        except PackageNotFoundError:
            findings.append(Finding(name, False, f"missing; pip install -c constraints.txt {name}"))
    return findings


def _sandbox() -> list[Finding]:
    works, reason, remedy = available()
    if not works:
        return [Finding("sandbox", False, f"{reason}. {remedy}")]
    try:
        with Server() as server:
            layers = [
                Finding(f"sandbox: {name}", stands, "in force" if stands else "not here", False)
                for name, stands in server.layers.items()
            ]
    except SandboxError as problem:
        return [Finding("sandbox", False, str(problem))]
    stand = sum(layer.works for layer in layers)
    detail = f"TensorFlow imported and forked; {stand} of {len(layers)} layers stand"
    return [Finding("sandbox", True, detail), *layers]


def _chromium() -> Finding:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    detail = path or "missing; only the browser tests need it (apt-get install chromium)"
    return Finding("chromium", path is not None, detail, needed=False)


def _corpora() -> Finding:
    folder = os.environ.get("COURSE_DATA", "")
    works = bool(folder) and Path(folder).is_dir()
    detail = f"COURSE_DATA={folder}" if works else "embedded texts; others are downloaded by name"
    return Finding("corpora", works, detail, needed=False)
