"""Every notebook in a real kernel: solved, everything passes; untouched, only the checks fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder import build
from autograder.check import registry, units

pytestmark = pytest.mark.slow
FIGURES = {"rnn": (0, 5), "bptt": (1, 8), "gru": (0, 5)}
"""In the untouched and in the solved notebook, where a unit says so."""


def executed(unit: str, notebook: Any, folder: Path) -> Any:
    """The notebook after a run from top to bottom in `folder`, errors kept as outputs."""
    from nbclient import NotebookClient

    path = folder / f"{unit}.ipynb"
    path.write_bytes(build.to_bytes(notebook))
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=180, allow_errors=True, resources=place).execute()
    return notebook


def failed(notebook: Any) -> list[str]:
    """Ids of the cells that ended in an error."""
    return [
        cell.id
        for cell in notebook.cells
        if any(output.output_type == "error" for output in cell.get("outputs", []))
    ]


def pictures(notebook: Any) -> int:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def to_hand_in(unit: str) -> set[str]:
    """Names of the files that the unit's checks read beside the notebook."""
    return {name for check in registry(unit) for name in check.files}


@pytest.mark.parametrize("unit", units())
def test_the_solved_notebook_passes_every_check_and_draws_its_figures(
    unit: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(root))
    notebook = executed(unit, build.source_notebook(unit, "en"), tmp_path)
    assert failed(notebook) == []
    drawn = pictures(notebook)
    assert drawn > 0 and drawn == FIGURES.get(unit, (0, drawn))[1]
    asked = to_hand_in(unit)
    assert not asked or any((tmp_path / name).is_file() for name in asked)


@pytest.mark.parametrize("unit", units())
def test_in_an_untouched_notebook_nothing_fails_but_the_checks(
    unit: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(root))
    notebook = executed(unit, build.build(unit, "zh"), tmp_path)
    assert failed(notebook) == [check.grade_id for check in registry(unit)]
    drawn = pictures(notebook)
    assert drawn == FIGURES.get(unit, (drawn, 0))[0]
    assert not any((tmp_path / name).exists() for name in to_hand_in(unit))
