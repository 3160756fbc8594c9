"""On a hidden case nothing is told of an exception that the student could have made up."""

from __future__ import annotations

import pytest

from autograder.hushed import hushed, silence
from autograder.sandbox.observation import Failure
from autograder.submission import Cell, Submission

WORK = Submission(
    unit="gru",
    student="ada",
    cells=(Cell("reset-gate", "import numpy as np\ngates = np.dot(x, W_xr)\n"),),
)


def told(message: str, where: str = "", kind: str = "exception") -> tuple[str, str]:
    failure = hushed(Failure(kind, message, where), WORK)
    return failure.message, failure.where


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("ValueError: -0.36, 0.07", "ValueError"),
        ("ValueError: matmul: Input operand 1 has a mismatch (0.36)", "ValueError: matmul"),
        ("0.36, 0.07", "an exception"),
        ("Spelt036: 0.07", "an exception"),
        ("NameError: name 'W_xr' is not defined", "NameError: name 'W_xr' is not defined"),
        ("NameError: name 'spelt_036' is not defined", "NameError"),
        (
            "Withheld: keras.layers.GRU is withheld: 0.36",
            "an exception: keras.layers.GRU is withheld",
        ),
    ],
)
def test_words_come_from_a_closed_list_or_from_the_notebook(said: str, kept: str) -> None:
    assert told(said)[0] == kept


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("cell reset-gate, line 2: 0.36", "cell reset-gate, line 2: gates = np.dot(x, W_xr)"),
        ("cell reset-gate, line 2", "cell reset-gate, line 2: gates = np.dot(x, W_xr)"),
        ("cell reset-gate, line 36: 0.07", ""),
        ("cell 0.36, line 1", ""),
        ("0.36\ncell reset-gate, line 1: 0.07", "cell reset-gate, line 1: import numpy as np"),
    ],
)
def test_lines_are_read_from_the_notebook(named: str, kept: str) -> None:
    assert told("ValueError: x", named)[1] == kept


@pytest.mark.parametrize("kind", ["reply", "memory", "died"])
def test_other_failures_have_sentences_of_the_graders_own(kind: str) -> None:
    assert told("0.36", kind=kind)[0] == ""
    assert not silence(Failure(kind, "")).en


def test_that_words_are_missing_is_said_in_both_languages() -> None:
    text = silence(Failure("exception", "ValueError"))
    assert "hidden case" in text.en and "隐藏用例" in text.zh
