"""Any file is a Submission or a SubmissionError in one line that says what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from in_process import ROOT, marks, reference

from autograder.check import registry
from autograder.notebook_file import SubmissionError
from autograder.reference import provided
from autograder.submission import (
    LARGEST_FILE,
    Cell,
    Submission,
    from_notebook,
    read,
)

RELEASED = ROOT / "assignments" / "en" / "gru" / "gru.ipynb"
ANSWER = (
    "def reset_gate(x, h_prev, W_xr, W_hr, b_r):\n"
    "    return sigmoid(x @ W_xr + h_prev @ W_hr + b_r)"
)


def code(source: Any, grade_id: str = "", **more: Any) -> dict[str, Any]:
    """A code cell as a notebook holds it."""
    marked = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": "code", "source": source, "metadata": marked, "outputs": [], **more}


def notebook(*cells: Any, **course: Any) -> dict[str, Any]:
    """A notebook of the gru unit."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"course": {"unit": "gru", **course}},
        "cells": list(cells),
    }


def write(path: Path, content: Any) -> Path:
    """The path with this content: bytes, text, or a notebook as JSON."""
    content = content if isinstance(content, bytes | str) else json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def own(submission: Submission) -> list[Cell]:
    """The cells that are the student's, without those that are given."""
    given = {cell["id"] for cell in provided("gru")}
    return [cell for cell in submission.cells if cell.id not in given]


# --- files that are no submission --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gru.ipynb", b"", "is empty; expected a notebook"),
        ("gru.ipynb", b" \n", "is empty; expected a notebook"),
        ("gru.ipynb", b"{", "is not a notebook: broken JSON"),
        ("gru.ipynb", b"\x89PNG\r\n", "is not UTF-8 (byte 0); save it again as UTF-8"),
        ("gru.ipynb", '{"cells": "é"}'.encode("latin-1"), "is not UTF-8"),
        ("gru.ipynb", notebook().__repr__().encode("utf-16"), "is not UTF-8"),
        ("gru.ipynb", b"[1, 2]", "is JSON but not a notebook: it has no nbformat number"),
        ("gru.ipynb", b'{"nbformat": "4"}', "it has no nbformat number"),
        ("gru.ipynb", b'{"nbformat": 4}', "has no list of cells"),
        ("gru.ipynb", b'{"nbformat": 4, "cells": {}}', "has no list of cells"),
        ("gru.ipynb", b'{"nbformat": 99, "cells": []}', "has nbformat 99, which cannot be brought"),
        ("gru.ipynb", b'{"nbformat": 3}', "has nbformat 3, which cannot be brought to 4"),
        ("gru.ipynb", b"[" * 100_000, "is not a notebook: broken JSON"),
        ("gru.ipynb", b'{"nbformat": ' + b"4" * 5000 + b"}", "is not a notebook: broken JSON"),
        ("gru.txt", b"x = 1", "expected a file that ends in .ipynb or .py"),
        ("gru", b"x = 1", "expected a file that ends in .ipynb or .py"),
        (
            "mine.ipynb",
            {**notebook(), "metadata": {}},
            "cannot tell which unit it is; name one with",
        ),
        ("mine.py", b"x = 1", "cannot tell which unit it is; name one with --unit (markov"),
    ],
)
def test_what_is_no_submission_is_said_in_one_line(
    tmp_path: Path, name: str, content: Any, says: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(SubmissionError) as raised:
        read(path)
    message = str(raised.value)
    assert says in message and str(path) in message
    assert "\n" not in message and len(message) < 400 + len(str(path))


def test_a_script_that_jupytext_cannot_read_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(text: str) -> None:
        raise ValueError("not\nlike this")

    monkeypatch.setattr("autograder.reference.parse", refuse)
    with pytest.raises(SubmissionError, match="is not a py:percent script: not like this"):
        read(write(tmp_path / "gru.py", "# %%\nx = 1"))


def test_a_missing_path_a_folder_and_odd_paths_are_said_too(tmp_path: Path) -> None:
    (tmp_path / "gru.ipynb").mkdir()
    for path, says in [
        (tmp_path / "nothing.ipynb", "is not there; check the path"),
        (tmp_path / "gru.ipynb", "is a folder; expected a file"),
        (tmp_path / "gru.ipynb" / "x.ipynb" / "y.ipynb", "is not there"),
        (tmp_path / ("x" * 300 + ".ipynb"), "cannot be read: File name too long"),
    ]:
        with pytest.raises(SubmissionError, match=says):
            read(path)


def test_a_pipe_and_a_link_to_elsewhere_are_not_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gru.ipynb")
    with pytest.raises(SubmissionError, match="is no ordinary file"):
        read(tmp_path / "gru.ipynb")
    (tmp_path / "gru.py").symlink_to(ROOT / "solutions" / "gru.py")
    with pytest.raises(SubmissionError, match="is a link to another folder; copy the file itself"):
        read(tmp_path / "gru.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    with pytest.raises(SubmissionError):
        read(tmp_path / "loop.py")


def test_an_unknown_unit_names_those_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "gru.ipynb", notebook())
    with pytest.raises(SubmissionError, match=r"no checks for unit 'cnn'; name one with --unit \("):
        read(path, unit="cnn")


def test_too_large_files_are_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.notebook_file.LARGEST_NOTEBOOK", 1000)
    path = write(tmp_path / "gru.ipynb", b" " * 2000)
    with pytest.raises(SubmissionError, match="at most 0 MB are read. Clear the outputs"):
        read(path)


def test_too_much_code_is_refused() -> None:
    with pytest.raises(SubmissionError, match="the notebook holds more than 2 MB of code"):
        from_notebook(notebook(code("x = 1\n" * 400_000)))


# --- every shape of notebook that can be read --------------------------------------------------


def test_the_released_notebooks_are_read_with_their_language() -> None:
    for language in ("en", "zh"):
        submission = read(ROOT / "assignments" / language / "gru" / "gru.ipynb", student="ada")
        assert (submission.unit, submission.student) == ("gru", "ada")
        assert submission.language == language
        assert submission.notes == ()
        assert any("def reset_gate" in cell.source for cell in submission.cells)


def test_a_byte_order_mark_is_no_hindrance(tmp_path: Path) -> None:
    path = write(tmp_path / "gru.ipynb", b"\xef\xbb\xbf" + json.dumps(notebook()).encode())
    assert read(path).unit == "gru"


def test_fifty_megabytes_of_outputs_are_read_past(tmp_path: Path) -> None:
    big = {"output_type": "stream", "name": "stdout", "text": "x" * (50 << 20)}
    path = write(tmp_path / "gru.ipynb", notebook(code(ANSWER, outputs=[big])))
    assert [cell.source for cell in own(read(path))] == [ANSWER]


def test_a_notebook_of_nbformat_3_is_converted(tmp_path: Path) -> None:
    old = nbformat.v3.new_notebook(
        metadata=nbformat.v3.new_metadata(name="gru"),
        worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(input=ANSWER)])],
    )
    path = write(tmp_path / "gru.ipynb", dict(old))
    assert [cell.source for cell in own(read(path))] == [ANSWER]


def test_a_plain_module_and_a_percent_script_are_read(tmp_path: Path) -> None:
    assert [c.source for c in own(read(write(tmp_path / "gru.py", ANSWER)))] == [ANSWER]
    script = f"# %% [markdown]\n# Hello\n\n# %%\n{ANSWER}\n\n# %%\nx = 1\n"
    assert [c.source for c in own(read(write(tmp_path / "gru.py", script)))] == [ANSWER, "x = 1"]
    assert read(write(tmp_path / "mine.py", ANSWER), unit="gru").unit == "gru"


def test_the_unit_is_told_by_metadata_grade_ids_or_the_files_name(tmp_path: Path) -> None:
    bare = {**notebook(code(ANSWER)), "metadata": {}}
    marked = {**notebook(code(ANSWER, "gru-reset_gate-answer")), "metadata": {}}
    assert read(write(tmp_path / "gru.ipynb", bare)).unit == "gru"
    assert read(write(tmp_path / "homework.ipynb", marked)).unit == "gru"
    assert from_notebook(notebook()).unit == "gru"


@pytest.mark.parametrize("source", [["a = 1\n", "b = 2"], "a = 1\nb = 2"])
def test_a_source_may_be_text_or_a_list_of_lines(source: Any) -> None:
    assert own(from_notebook(notebook(code(source))))[0].source == "a = 1\nb = 2"


def test_cells_that_hold_no_code_are_left_out() -> None:
    odd = [{"cell_type": "markdown", "source": "text"}, None, 3, [], {}, {"cell_type": "code"}]
    submission = from_notebook(notebook(*odd, code(None), code(5), code({"a": 1}), code("x = 1")))
    assert [cell.source for cell in own(submission) if cell.source] == ["x = 1"]
    assert submission.notes == tuple(
        f"code cell {number} has no text and counts as empty" for number in (2, 3, 4)
    )


def test_lone_surrogates_become_question_marks() -> None:
    submission = from_notebook(notebook(code("x = '\ud800'", "gru-\ud800")))
    assert own(submission)[0] == Cell("gru-?", "x = '?'")
    submission.sha256.encode()


# --- nbgrader's cells --------------------------------------------------------------------------


def test_missing_grade_ids_lose_nothing() -> None:
    data = json.loads(RELEASED.read_text(encoding="utf-8"))
    for cell in data["cells"]:
        cell.pop("id", None)
        if cell["cell_type"] == "code" and "def reset_gate" in "".join(cell["source"]):
            cell["source"] = ANSWER
        cell["metadata"] = {}
    submission = from_notebook(data, unit="gru")
    assert marks(submission, "gru.reset_gate").verdict("gru.reset_gate").status == "pass"


def test_of_copies_with_one_grade_id_the_last_one_counts() -> None:
    copies = [code(f"a = {i}", "gru-reset_gate-answer", id="same") for i in range(3)]
    kept = own(from_notebook(notebook(*copies)))
    assert [cell.source for cell in kept] == ["a = 0", "a = 1", "a = 2"]
    assert kept[-1].id == "gru-reset_gate-answer"
    assert len({cell.id for cell in kept}) == 3


def test_a_locked_cell_comes_from_the_release_whatever_was_done_to_it() -> None:
    tampered = code("def sigmoid(x): return 0 * x", "gru-given")
    submission = from_notebook(notebook(tampered, code(ANSWER)))
    assert not any("return 0 * x" in cell.source for cell in submission.cells)
    assert marks(submission, "gru.reset_gate").points == 5
    assert marks(from_notebook(notebook(code(ANSWER))), "gru.reset_gate").points == 5


def test_a_test_cell_is_left_out_with_all_that_was_put_into_it() -> None:
    cheat = code("def check(*a): pass\ndef reset_gate(*a): return a[1]", "gru-reset_gate")
    submission = from_notebook(notebook(code(ANSWER), cheat))
    assert [cell.source for cell in own(submission)] == [ANSWER]
    tests = {check.grade_id for check in registry("gru")}
    assert not tests & {cell.id for cell in read(RELEASED).cells}


def test_a_helper_in_a_cell_of_ones_own_counts() -> None:
    helped = ANSWER.replace("sigmoid(", "squash(")
    submission = from_notebook(notebook(code("squash = lambda a: sigmoid(a)"), code(helped)))
    assert marks(submission, "gru.reset_gate").points == 5


# --- files beside the notebook -----------------------------------------------------------------


def test_weights_beside_the_notebook_are_handed_in_and_other_files_are_not(tmp_path: Path) -> None:
    write(tmp_path / "gru.weights.h5", b"weights")
    write(tmp_path / "other.h5", b"other")
    submission = read(write(tmp_path / "gru.ipynb", notebook()))
    assert dict(submission.files) == {"gru.weights.h5": b"weights"}
    assert from_notebook(notebook(), {"secret": b"x", "gru.npz": b"y"}).files == {"gru.npz": b"y"}


def test_weights_that_are_a_link_a_folder_or_too_large_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "gru.ipynb", notebook())
    (tmp_path / "gru.weights.h5").symlink_to("/etc/hostname")
    (tmp_path / "gru.npz").mkdir()
    assert read(path).files == {}
    (tmp_path / "gru.weights.h5").unlink()
    with open(tmp_path / "gru.weights.h5", "wb") as file:
        file.truncate(LARGEST_FILE + 1)
    assert read(path).files == {}


def test_the_hash_changes_with_the_work_and_not_with_the_name() -> None:
    base = reference()
    changed = [
        Submission("gru", "a", base.cells),
        Submission("gru", "a", base.cells[:-1]),
        Submission("gru", "a", (*base.cells[:-1], Cell("x", "y"))),
        Submission("gru", "a", base.cells, {"gru.npz": b"1"}),
        Submission("gru", "a", base.cells, {"gru.npz": b"2"}),
        Submission("gru", "a", base.cells, {}, "zh"),
    ]
    assert len({submission.sha256 for submission in changed}) == len(changed)
    assert Submission("gru", "b", base.cells).sha256 == changed[0].sha256


@pytest.mark.parametrize("kind", ["raw", "markdown", "heading", 3])
def test_an_answer_whose_cell_was_turned_into_text_is_code_all_the_same(kind: Any) -> None:
    answer = code(ANSWER, "gru-reset_gate-answer", cell_type=kind)
    read_as = own(from_notebook(notebook(answer)))
    assert read_as == own(from_notebook(notebook(code(ANSWER, "gru-reset_gate-answer"))))
    assert [cell.source for cell in read_as] == [ANSWER]


def test_other_text_and_the_written_answer_are_no_code() -> None:
    cells = [
        code("h = 1", cell_type="raw"),
        code("h = 2", "mine-answer", cell_type="markdown"),
        code("My words.", "gru-written"),
        code("h = 3", "gru-reset_gate-answer", cell_type="raw"),  # an earlier copy
        code(ANSWER, "gru-reset_gate-answer"),
    ]
    assert [cell.source for cell in own(from_notebook(notebook(*cells)))] == [ANSWER]
