"""Wheels and zips made by hand: the same files give the same bytes."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from .problem import Problem

LICENSE = Path(__file__).parents[1] / "LICENSE"
NAME = "recurrent_course_student"
ALWAYS = ("jupyterlab", "ipykernel")
PACKAGES = {
    name: name
    for name in ("jinja2", "jupytext", "keras", "markupsafe", "matplotlib", "nbformat", "numpy")
    + ("rich", "sympy", "tensorflow", "typer")
}
"""Module that is imported -> package that has it; the standard library's are not listed."""
Files = dict[str, bytes]


class BundleError(Problem):
    """The bundle cannot be made; the message says why, and what to do."""


def files(inside: Files, notebooks: Files, number: str) -> Files:
    """The packages with the metadata that pip reads."""
    folder = f"{NAME}-{number}.dist-info"
    needed = "".join(f"Requires-Dist: {name}\n" for name in requirements(inside, notebooks))
    made = {
        **inside,
        f"{folder}/METADATA": (
            f"Metadata-Version: 2.1\nName: {NAME.replace('_', '-')}\nVersion: {number}\n"
            "Summary: What students of the recurrent-networks course need\n"
            f"License: MIT\nRequires-Python: >=3.11,<3.14\n{needed}"
        ).encode(),
        f"{folder}/WHEEL": (
            b"Wheel-Version: 1.0\nGenerator: course release\n"
            b"Root-Is-Purelib: true\nTag: py3-none-any\n"
        ),
        f"{folder}/entry_points.txt": b"[console_scripts]\ncourse = autograder.cli:main\n",
        f"{folder}/LICENSE": LICENSE.read_bytes(),
    }
    lines = [f"{name},{_digest(data)},{len(data)}" for name, data in made.items()]
    record = f"{folder}/RECORD"
    return {**made, record: "\n".join([*lines, f"{record},,", ""]).encode()}


def _digest(data: bytes) -> str:
    text = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"sha256={text.decode()}"


def requirements(inside: Files, notebooks: Files) -> list[str]:
    """Packages that the files import, and what opens and runs a notebook."""
    sources = [data.decode() for name, data in inside.items() if name.endswith(".py")]
    for data in notebooks.values():
        cells = json.loads(data)["cells"]
        sources += ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    found = {name.split(".")[0] for source in sources for name in _imported(source)}
    ours = {"autograder", "course_lib", "IPython"}
    unknown = found - set(PACKAGES) - set(sys.stdlib_module_names) - ours
    if unknown:
        raise BundleError(
            f"no package is known for the import of {', '.join(sorted(unknown))}; expected one of "
            f"{', '.join(PACKAGES)}: add it to PACKAGES of autograder/wheel.py"
        )
    return sorted({*ALWAYS, *(PACKAGES[name] for name in found if name in PACKAGES)})


def _imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def zipped(files: Mapping[str, bytes], folder: str = "") -> bytes:
    """The files as a zip; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}" if folder else name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()
