"""The `course` command: exit codes, one-line errors, and no traceback whatever the file is."""

import json
import sys

import pytest

from autograder import cli
from autograder.verdict import Report


@pytest.fixture
def course(monkeypatch, capsys):
    """Run `course ...` in this process; returns (exit code, stdout, stderr)."""

    def run(*words):
        monkeypatch.setenv("COURSE_DEBUG", "1")
        monkeypatch.setattr(sys, "argv", ["course", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


def notebook(*cells, **metadata):
    """A minimal notebook as a dict."""
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}


BROKEN = {
    "broken.ipynb": b'{"cells": [',
    "empty.ipynb": b"",
    "list.ipynb": b"[1, 2]",
    "latin.ipynb": '{"caf\u00e9": 1}'.encode("latin-1"),
    "no_unit.ipynb": json.dumps(notebook()).encode(),
    "cells.ipynb": json.dumps({**notebook(course={"unit": "gru"}), "cells": "none"}).encode(),
    "future.ipynb": json.dumps({"nbformat": 9, "metadata": {}, "cells": []}).encode(),
    "text.txt": b"hello",
    "deep.ipynb": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_submission_is_refused_in_one_line(course, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BROKEN[name])
    code, out, err = course("check", path)
    assert code == 2
    assert out == ""
    assert err.startswith("error: ") and err.count("\n") == 1
    assert path.name in err
    assert "Traceback" not in err


def test_a_path_that_is_not_there_and_a_folder_are_refused_in_one_line(course, tmp_path):
    for path, said in ((tmp_path / "gone.ipynb", "not there"), (tmp_path, "is a folder")):
        code, _, err = course("check", path)
        assert code == 2
        assert said in err and err.count("\n") == 1


def test_an_unknown_language_is_a_usage_error(course, tmp_path):
    code, _, err = course("release", "gru", "--check", "--lang", "fr")
    assert code == 2
    assert "expected en or zh" in " ".join(err.replace("│", " ").split())


def test_grade_outside_a_course_folder_says_what_to_do(course, tmp_path):
    code, _, err = course("grade", "gru", "--course", tmp_path)
    assert code == 2
    assert "course.toml" in err and err.count("\n") == 1


def test_a_new_course_has_the_units_and_the_language_that_were_asked_for(course, tmp_path):
    words = ("new", tmp_path / "rnn-2027", "--units", "rnn,gru", "--language", "zh")
    code, out, err = course(*words)
    assert code == 0, err
    assert "released in it: rnn, gru" in out and "kept" not in out
    released = sorted(path.name for path in (tmp_path / "rnn-2027").glob("release/*/*.ipynb"))
    assert released == ["gru.ipynb", "rnn.ipynb"]
    assert "门控循环单元" in (tmp_path / "rnn-2027/release/gru/gru.ipynb").read_text("utf-8")
    code, out, err = course("new", tmp_path / "rnn-2027", "--units", "gru")
    assert code == 0, err
    assert "kept as it was: " in out and "source/gru/gru.ipynb" in out


def test_every_subcommand_has_help_with_an_example(course):
    for name in (
        "check",
        "release",
        "new",
        "grade",
        "report",
        "export",
        "similarity",
        "mistakes",
        "calibrate",
        "demo",
        "doctor",
    ):
        code, out, _ = course(name, "--help")
        assert code == 0
        assert f"course {name}" in " ".join(out.split()), name
        assert "Example:" in out


def test_the_release_is_in_step(course):
    code, out, err = course("release", "--check")
    assert (code, err) == (0, "")
    assert "gru" in out


@pytest.mark.sandbox
def test_json_is_a_report_and_the_exit_code_tells_a_failed_check(course, tmp_path):
    path = tmp_path / "answers.py"
    path.write_text(
        "def new_state(z, h_prev, h_tilde):\n    return z * h_prev + (1 - z) * h_tilde\n"
    )
    code, out, err = course("check", path, "--unit", "gru", "--json", "--lang", "zh")
    report = Report.from_json(out)
    assert code == 1, err
    assert report.language == "zh"
    assert report.verdict("gru.new_state").status == "pass"
    assert report.verdict("gru.candidate").message == "尚未完成：candidate。"
    assert report.points == 5.0


@pytest.fixture
def no_bubblewrap(monkeypatch):
    """A machine without bubblewrap."""
    monkeypatch.setenv("PATH", "/nowhere")


def test_without_a_sandbox_grading_is_refused_with_the_remedy(course, no_bubblewrap, tmp_path):
    path = tmp_path / "gru.py"
    path.write_text("x = 1\n")
    code, out, err = course("check", path)
    assert (code, out) == (2, "")
    assert err.startswith("error: no sandbox: ") and err.count("\n") == 1
    assert "apt-get install bubblewrap" in err


def test_without_a_sandbox_grading_goes_on_when_told_so_with_a_warning(
    course, no_bubblewrap, tmp_path
):
    path = tmp_path / "gru.py"
    path.write_text("def half_life(z):\n    return np.log(0.5) / np.log(z).mean(axis=(0, 1))\n")
    code, out, err = course("check", path, "--json", "--isolation", "process")
    assert code == 1, err
    assert "WARNING: student code runs in processes with limits only" in err
    assert Report.from_json(out).verdict("gru.half_life").status == "pass"
