"""`course train`, `course sample`, `course ladder`: what they print, and one-line errors."""

import json
import sys
from importlib import import_module

import pytest

from autograder import cli

TINY = ("--units", 4, "--embedding", 3, "--batch", 4, "--time", 8, "--epochs", 2, "--cell", "rnn")
TEXT = "the ferry crosses the river, and the keeper waits.\n" * 20


@pytest.fixture
def course(monkeypatch, capsys):
    """Run `course ...` in this process; returns (exit code, stdout, stderr)."""

    def run(*words):
        monkeypatch.setenv("COURSE_DEBUG", "1")
        monkeypatch.setattr(sys, "argv", ["course", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_a_model_is_trained_on_a_file_and_writes_text(course, text, tmp_path):
    folder = tmp_path / "model"
    code, out, err = course("train", "--corpus", text, *TINY, "--out", folder, "--json")
    assert code == 0, err
    result = json.loads(out)
    assert result["epochs"] == 2 and result["held_out_perplexity"] > 1
    assert result["folder"] == str(folder) and (folder / "curve.png").is_file()

    code, out, err = course("train", "--corpus", text, *TINY, "--out", folder)
    assert code == 0 and "going on with what is in" in err
    assert f"held-out perplexity {result['held_out_perplexity']:.3f}" in out
    assert f"next: course sample {folder}" in out

    words = ("sample", folder, "--prefix", "the ", "--length", 30, "--seed", 3)
    code, out, _ = course(*words)
    assert code == 0 and out.startswith("the ") and len(out) == 4 + 30 + 1
    assert json.loads(course(*words, "--json")[1])["text"] == out[:-1]
    assert course(*words, "--greedy")[1] == course(*words, "--top-k", 1)[1]

    code, _, err = course("train", "--corpus", text, *TINY, "--out", folder, "--dropout", 0.5)
    assert code == 2 and "expected dropout=0.5, got 0.2; try" in err.splitlines()[-1]


def test_sequential_windows_are_trained_with_carried_state(course, text, tmp_path):
    words = ("--windows", "sequential", "--patience", 0, "--decay", "none", "--json")
    code, out, err = course("train", "--corpus", text, *TINY, "--out", tmp_path / "m", *words)
    assert code == 0, err
    assert json.loads(out)["epochs"] == 2


def test_the_ladder_is_a_table_and_a_picture(course, text, tmp_path, monkeypatch):
    ladder = import_module("course_lib.ladder")  # course_lib.ladder itself is a plot's function
    small = ladder.Recipe(1, 3, 4, batch=4, time=8)
    monkeypatch.setattr(ladder, "CELLS", {"rnn": "RNN"})
    monkeypatch.setattr(ladder, "recipe", lambda cell, tokens: small)
    folder = tmp_path / "ladder"
    code, out, err = course("ladder", "--corpus", text, "--out", folder)
    assert code == 0, err
    for name in ("unigram", "bigram", "RNN", "held-out perplexity", "parameters", "seconds"):
        assert name in out
    assert (folder / "ladder.png").is_file()
    code, out, _ = course("ladder", "--corpus", text, "--out", folder, "--json")
    rungs = json.loads(out)["rungs"]
    assert code == 0 and rungs[0]["perplexity"] > rungs[-1]["perplexity"] > 1


BAD = [
    (("train", "--corpus", "{folder}/none.txt"), "cannot read"),
    (("train", "--corpus", "{folder}/empty.txt"), "holds no text"),
    (("train", "--corpus", "{folder}/latin.txt"), "is not UTF-8"),
    (("train", "--corpus", "{folder}/short.txt"), "the text is too short for one batch"),
    (
        ("train", "--corpus", "{folder}/own.txt", "--batch", 4, "--cell", "lstmm"),
        "unknown cell 'lstmm'",
    ),
    (("train", "--corpus", "{folder}/own.txt", "--held-out", "some"), "held-out is 'some'"),
    (("train", "--corpus", "{folder}/own.txt", "--held-out", "9999"), "must both hold something"),
    (("train", "--corpus", "{folder}/own.txt", "--windows", "any"), "windows is 'any'"),
    (("train", "--corpus", "{folder}/own.txt", "--decay", "any"), "decay is 'any'; expected one"),
    (("train", "--corpus", "{folder}/own.txt", "--tokens", "bytes"), "unknown kind of token"),
    (
        ("train", "--corpus", "{folder}/own.txt", "--batch", 4, "--dropout", "1"),
        "dropout is not a share",
    ),
    (("train", "--corpus", "prose_zh", "--normalise", "letters"), "leaves nothing of prose_zh"),
    (("ladder", "--corpus", "prose_zh", "--normalise", "upper"), "unknown normalisation"),
    (("ladder", "--corpus", "{folder}/none.txt"), "cannot read"),
    (("sample", "{folder}/none"), "is not there; run `course train"),
    (("sample", "{folder}"), "model.keras is not there"),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=lambda v: v if isinstance(v, str) else "")
def test_bad_input_is_one_line_and_leaves_nothing(course, text, tmp_path, words, said):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "latin.txt").write_bytes("café\n".encode("latin-1") * 500)
    (tmp_path / "short.txt").write_text("a short text, 32 windows of 35 are more")
    out_dir = () if words[0] == "sample" else ("--out", tmp_path / "made")
    code, out, err = course(*(str(word).format(folder=tmp_path) for word in words), *out_dir)
    assert code == 2 and out == ""
    last = err.splitlines()[-1]
    assert last.startswith("error: ") and said in last and "Traceback" not in err
    assert not (tmp_path / "made").exists()


def test_a_dead_network_and_a_wrong_file_are_one_line(course, tmp_path, monkeypatch):
    from course_lib import corpus

    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("COURSE_DATA", raising=False)

    def dead(*_):
        raise OSError("no route to host")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", dead)
    code, _, err = course("train", "--corpus", "time_machine", "--out", tmp_path / "made")
    assert code == 2 and "cannot download time_machine.txt" in err and "COURSE_DATA" in err
    (tmp_path / corpus.CORPORA["time_machine"].file).write_text("another text")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    code, _, err = course("ladder", "--corpus", "time_machine", "--out", tmp_path / "made")
    assert code == 2 and "expected SHA-256" in err and err.count("\n") == 1
    assert not (tmp_path / "made").exists()


def test_a_loss_of_nan_is_one_line_and_no_model_is_written(course, text, tmp_path):
    folder = tmp_path / "made"
    words = ("--learning-rate", "1e30", "--max-norm", "1e30")
    code, _, err = course("train", "--corpus", text, *TINY, *words, "--out", folder)
    assert code == 2 and "the loss is nan" in err and "learning_rate below 1e+30" in err
    assert not folder.exists()


def test_tensorboard_is_asked_for_only_where_it_is_installed(course, text, tmp_path, monkeypatch):
    from autograder import cli_models

    monkeypatch.setattr(cli_models, "find_spec", lambda name: None)
    words = ("train", "--corpus", text, *TINY, "--out", tmp_path / "made", "--tensorboard")
    code, _, err = course(*words)
    assert code == 2 and "TensorBoard is not installed; pip install tensorboard" in err


@pytest.mark.parametrize("name", ["train", "sample", "ladder"])
def test_the_help_has_an_example(course, name):
    code, out, _ = course(name, "--help")
    assert code == 0 and f"Example: course {name}" in " ".join(out.replace("│", " ").split())
