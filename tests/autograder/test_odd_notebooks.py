"""Whatever a file holds: a submission or one line that says why not, and a notebook on record."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from in_process import ROOT

from autograder import feedback, nbgrader_reader, nbgrader_step, notebook_file
from autograder.notebook_file import SubmissionError
from autograder.submission import from_notebook, read

CASES = 2000
RELEASED = (ROOT / "assignments" / "en" / "gru" / "gru.ipynb").read_bytes()
THOROUGH = settings(
    max_examples=CASES // 4,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)

words = st.sampled_from(
    ["cells", "metadata", "nbgrader", "grade_id", "source", "course", "unit", "outputs", "data"]
    + ["image/png", "attachments", "cell_type", "nbformat", "worksheets", "input", "language", ""]
)
texts = st.text(max_size=10) | st.sampled_from(
    ["\ud800", "\x00", "\x1b[2J", "<script>", "gru", "code", "gru-candidate-answer", "x" * 3000]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | texts, inner, max_size=4),
    max_leaves=10,
)
pictures = st.fixed_dictionaries(
    {"output_type": st.just("display_data") | json_values},
    optional={"data": st.fixed_dictionaries({"image/png": texts | json_values}) | json_values},
)
grade_ids = st.fixed_dictionaries(
    {"grade_id": st.sampled_from(["gru-given", "gru-candidate", "gru-candidate-answer"]) | texts},
    optional={"solution": json_values, "points": json_values, "locked": json_values},
)
odd_cells = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | json_values},
    optional={
        "id": json_values,
        "source": texts | st.lists(texts | json_values, max_size=3) | json_values,
        "metadata": st.fixed_dictionaries({"nbgrader": grade_ids | json_values}) | json_values,
        "outputs": st.lists(pictures | json_values, max_size=3) | json_values,
        "attachments": json_values,
        "execution_count": json_values,
    },
)
odd_notebooks = st.fixed_dictionaries(
    {"nbformat": st.just(4) | st.sampled_from([3, 2, 5, 4.0, True]) | json_values},
    optional={
        "nbformat_minor": json_values,
        "metadata": st.fixed_dictionaries(
            {"course": st.just({"unit": "gru", "language": "zh"}) | json_values}
        )
        | json_values,
        "cells": st.lists(odd_cells | json_values, max_size=5) | json_values,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": st.lists(odd_cells)}), max_size=2)
        | json_values,
    },
)


def survives(folder: Path, content: bytes) -> None:
    """What every file has to come to, through all that reads it."""
    path = folder / "gru.ipynb"
    path.write_bytes(content)
    assert isinstance(feedback.plots_of(path), list)
    try:
        submission = read(path, "gru", "ada")
        notebook = nbgrader_reader.well_formed(
            notebook_file.parse(content.decode("utf-8-sig"), path)
        )
    except SubmissionError as error:
        assert str(error) and "\n" not in str(error) and len(str(error)) < 1000
        return
    assert all(isinstance(cell.source, str) and cell.id for cell in submission.cells)
    again = from_notebook(notebook, student="ada", unit="gru")
    assert again.sha256 == submission.sha256
    calm, _ = nbgrader_step.Disarm().preprocess(notebook, {})
    nbformat.validate(calm)
    nbformat.writes(calm).encode("utf-8")


@THOROUGH
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    survives(tmp_path_factory.getbasetemp(), content)


@THOROUGH
@given(odd_notebooks | json_values)
def test_any_json(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    survives(tmp_path_factory.getbasetemp(), json.dumps(data).encode())


@THOROUGH
@given(st.data())
def test_the_released_notebook_with_parts_replaced(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    notebook = json.loads(RELEASED)
    for _ in range(data.draw(st.integers(1, 4))):
        there = list(places(notebook))
        holder, key = there[data.draw(st.integers(0, len(there) - 1))]
        holder[key] = data.draw(json_values | odd_cells)
    survives(tmp_path_factory.getbasetemp(), json.dumps(notebook).encode())


@THOROUGH
@given(st.data())
def test_the_released_notebook_with_bytes_changed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(RELEASED)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "end"]))
        if kind == "flip":
            content[place] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del content[place : place + data.draw(st.integers(1, 400))]
        elif kind == "insert":
            content[place:place] = data.draw(st.binary(max_size=8) | st.just(b'"'))
        else:
            del content[max(place, 1) :]
        if not content:
            break
    survives(tmp_path_factory.getbasetemp(), bytes(content))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key) of every value in a JSON tree, the shallow ones first."""
    pending = [value]
    while pending:
        holder = pending.pop(0)
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            yield holder, key
            if isinstance(holder[key], dict | list):
                pending.append(holder[key])


CELL = b'{"cell_type":"code","source":""},'
START, END = b'{"nbformat":4,"metadata":{},"cells":[', b"{}]}"
BOMBS = {
    "100 MB": (100 * 2**20, b" ", "has 100 MB; at most 64 MB are read. Clear the outputs"),
    "a list in a list in a list": (200_000, b"[", "broken JSON"),
    "objects in objects": (600_000, b'{"a":', "broken JSON"),
    "a million cells": (len(CELL) * 10**6, CELL, "more than 2,000,000 JSON values"),
    "a million empty cells": (3 * 10**6, b"{},", "JSON values|cells; at most 10,000"),
    "eleven thousand cells": (len(CELL) * 11_000, CELL, "11,001 cells; at most 10,000 are read"),
    "small lists": (60 * 2**20, b"[],", "more than 2,000,000 JSON values"),
    "small texts": (60 * 2**20, b'"",', "more than 2,000,000 JSON values"),
    "a text without an end": (60 * 2**20, b'"' + b"\\n" * 500, "JSON"),
    "a number without an end": (60 * 2**20, b"9", "broken JSON"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_one_line_soon_and_in_little_memory(name: str, tmp_path: Path) -> None:
    """In a process of its own that may have 1 GB more than Python and NumPy take at the start."""
    size, part, says = BOMBS[name]
    path = tmp_path / "gru.ipynb"
    with open(path, "wb") as file:
        file.write(START)
        for _ in range(size // len(part) // 1000):
            file.write(part * 1000)
        file.write(part * (size // len(part) % 1000) + END)
    script = (
        "import resource, sys\n"
        "from autograder.notebook_file import SubmissionError\n"
        "from autograder.submission import read\n"
        "read(sys.argv[2])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read(sys.argv[1])\n"
        "except SubmissionError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    good = ROOT / "assignments" / "en" / "gru" / "gru.ipynb"
    done = subprocess.run(
        [sys.executable, "-c", script, path, good], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said, more = done.stdout.splitlines()
    assert any(each in said for each in says.split("|")), said
    assert int(more) < 1_000_000  # kB
