"""Keras knows the package's classes, whatever was imported first."""

import subprocess
import sys

import pytest

CODE = """
import {first}
import keras
for name in ("LSTM", "GRUCell", "LanguageModel", "ClippedAdam", "Perplexity"):
    assert keras.saving.get_registered_object(f"course_lib>{{name}}") is not None, name
"""


@pytest.mark.parametrize(
    "first", ["course_lib.evaluation", "course_lib.cells.packed", "keras, course_lib"]
)
def test_any_module_may_be_the_first_import(first):
    words = [sys.executable, "-c", CODE.format(first=first)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
