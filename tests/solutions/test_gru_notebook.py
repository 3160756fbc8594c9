"""The gru notebook in a real kernel: solved, everything passes; untouched, only checks fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder import build
from autograder.check import registry

pytestmark = pytest.mark.slow


def executed(notebook: Any, folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook after a run from top to bottom in `folder`, errors kept as outputs."""
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(root))
    path = folder / "gru.ipynb"
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


def test_the_solved_notebook_passes_every_check_and_draws_its_figures(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = executed(build.source_notebook("gru", "en"), tmp_path, root, monkeypatch)
    assert failed(notebook) == []
    assert pictures(notebook) == 5
    assert (tmp_path / "gru.weights.h5").is_file()


def test_in_an_untouched_notebook_nothing_fails_but_the_checks(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = executed(build.build("gru", "zh"), tmp_path, root, monkeypatch)
    assert failed(notebook) == [check.grade_id for check in registry("gru")]
    assert pictures(notebook) == 0
    assert not (tmp_path / "gru.weights.h5").exists()
