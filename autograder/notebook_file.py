"""A notebook's file as plain dicts of nbformat 4, or one line that says why it cannot be read.

Sizes are compared with their limits before anything of that size is made, so that no file can
fill or hang the process that grades a class.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from .problem import Problem

LARGEST_NOTEBOOK = 64 * 2**20
MOST_VALUES = 2_000_000
MOST_CELLS = 10_000
SUFFIXES = (".ipynb", ".py")
# A run of strings, or what stands before a value. Possessive, and satisfied with an open end:
# linear in time whatever the text is.
_VALUES = re.compile(r'(?:"(?:[^"\\]++|\\.)*+"?)++|[\[{,]', re.DOTALL)


class SubmissionError(Problem, ValueError):
    """The file cannot be read as a submission; the message is one line with a remedy."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


def text(path: Path) -> str:
    """What stands in a submitted file; SubmissionError where that is not to be had."""
    try:
        if path.is_dir():
            raise SubmissionError(f"{path} is a folder; expected a file: {' or '.join(SUFFIXES)}")
        if path.suffix not in SUFFIXES:
            raise SubmissionError(f"{path}: expected a file that ends in {' or '.join(SUFFIXES)}")
        if path.exists() and not path.is_file():
            raise SubmissionError(f"{path} is no ordinary file; copy its content into one")
        if path.is_symlink() and path.resolve().parent != path.parent.resolve():
            raise SubmissionError(f"{path} is a link to another folder; copy the file itself here")
        if path.stat().st_size > LARGEST_NOTEBOOK:
            size = path.stat().st_size / 2**20
            raise SubmissionError(
                f"{path} has {size:.0f} MB; at most {LARGEST_NOTEBOOK // 2**20} MB are read. "
                "Clear the outputs (Edit > Clear Outputs) and save"
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise SubmissionError(f"{path} is not there; check the path") from None
    except (OSError, RuntimeError, ValueError) as problem:
        if isinstance(problem, SubmissionError):
            raise
        # RuntimeError: a link to itself. ValueError: a name with a zero byte.
        reason = getattr(problem, "strerror", None) or problem
        raise SubmissionError(f"{path} cannot be read: {reason}; check the path") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise SubmissionError(
            f"{path} is not UTF-8 (byte {problem.start}); save it again as UTF-8"
        ) from None


def missing(path: Path) -> str:
    """What to say about a folder that was handed in without the notebook that belongs into it."""
    names = sorted(sayable(file.name) for file in path.parent.iterdir())
    there = ", ".join(names[:5]) or "nothing"
    return f"{path.parent} holds no {path.name}; it holds {there}: rename the notebook"


def parse(source: str, path: Path) -> Mapping[str, Any]:
    """The notebook in a file's text, brought to nbformat 4; SubmissionError if it is none."""
    if not source.strip():
        raise SubmissionError(f"{path} is empty; expected a notebook")
    if any(True for _ in islice(_VALUES.finditer(source), MOST_VALUES, None)):
        raise SubmissionError(
            f"{path} holds more than {MOST_VALUES:,} JSON values, which is no ordinary notebook. "
            "Clear the outputs (Edit > Clear Outputs) and save"
        )
    try:
        data = json.loads(source)
    except (ValueError, RecursionError) as problem:
        raise SubmissionError(f"{path} is not a notebook: broken JSON ({problem})") from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat", None), int):
        raise SubmissionError(f"{path} is JSON but not a notebook: it has no nbformat number")
    notebook = data if data["nbformat"] == 4 else _brought_to_4(data, path)
    cells = notebook.get("cells")
    if isinstance(cells, list) and len(cells) > MOST_CELLS:
        raise SubmissionError(
            f"{path} has {len(cells):,} cells; at most {MOST_CELLS:,} are read. "
            "Delete those that are no part of the answers and save"
        )
    return notebook


def _brought_to_4(data: dict[str, Any], path: Path) -> Mapping[str, Any]:
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(nbformat.convert(nbformat.from_dict(data), 4))
    except Exception as problem:
        version = str(data["nbformat"])[:20]
        raise SubmissionError(
            f"{path} has nbformat {version}, which cannot be brought to 4 ({str(problem)[:200]})"
        ) from None


def sayable(text: str) -> str:
    """The text without lone surrogates, which JSON allows and UTF-8 does not."""
    return text.encode("utf-8", "replace").decode("utf-8")
