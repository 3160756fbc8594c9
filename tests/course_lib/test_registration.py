"""`import course_lib` is enough to load a saved model, and starts no TensorFlow by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import pytest

import course_lib
from course_lib import registration


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    silent = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=silent, capture_output=True, text=True
    )


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    layers = [keras.Input((None, 3)), course_lib.LSTM(2, name="memory")]
    keras.Sequential(layers).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


# Keras's own saving calls np.array on its variables, which have NumPy 1's __array__.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
def test_a_saved_model_loads_in_a_new_process_that_imports_course_lib_only(
    model_file: Path, root: Path
) -> None:
    code = (
        "import sys, course_lib; assert 'keras' not in sys.modules\n"
        "import keras; assert type(keras.__loader__).__module__ != 'course_lib.registration'\n"
        "assert 'course_lib.registration' not in {type(f).__module__ for f in sys.meta_path}\n"
        f"model = keras.models.load_model({str(model_file)!r})\n"
        "print(type(model.layers[-1]).__module__)"
    )
    ran = run(code, root)
    assert ran.stdout == "course_lib.recurrent\n", ran.stderr


ANY_ORDER = """
import {first}
import keras
for name in ("LSTM", "GRUCell", "LanguageModel", "ClippedAdam", "Perplexity"):
    assert keras.saving.get_registered_object(f"course_lib>{{name}}") is not None, name
"""


@pytest.mark.parametrize("first", ["course_lib.evaluation", "course_lib.cells.packed"])
def test_any_module_may_be_the_first_import(first: str, root: Path) -> None:
    ran = run(ANY_ORDER.format(first=first), root)
    assert ran.returncode == 0, ran.stderr


def test_a_course_without_a_cell_imports_everything_else(root: Path, tmp_path: Path) -> None:
    """With Keras there first, so that the classes are registered at once."""
    shutil.copytree(root / "course_lib", tmp_path / "course_lib")
    (tmp_path / "course_lib/cells/lstm.py").unlink()
    code = (
        "import keras, numpy as np, course_lib\n"
        "for name in ('GRU', 'GRUCell', 'LanguageModel', 'ClippedAdam', 'Perplexity'):\n"
        "    assert keras.saving.get_registered_object(f'course_lib>{name}'), name\n"
        "from course_lib import *\n"
        "import course_lib, course_lib.recurrent\n"
        "assert course_lib.__file__.startswith({!r})\n"
        "assert 'GRUCell' in dir() and 'LSTMCell' not in dir()\n"
        "for layer in (LinearRNN, RNN, GRU): assert layer(2)(np.ones((1, 2, 3))).shape == (1, 2)\n"
        "from course_lib.cells import *\n"
        "try: LSTM(2)\n"
        "except ModuleNotFoundError as error: print(error.name)\n"
    ).replace("{!r}", repr(str(tmp_path)))
    ran = run(code, tmp_path)
    assert ran.stdout == "course_lib.cells.lstm\n", ran.stderr


def test_with_keras_there_already_the_classes_are_registered_at_once(monkeypatch) -> None:
    monkeypatch.delitem(sys.modules, "course_lib.cells.rnn")
    registration.register_with_keras("course_lib", ["cells.rnn", "no_such_file"])
    assert "course_lib.cells.rnn" in sys.modules


def test_a_file_that_cannot_be_imported_is_not_passed_over(tmp_path, monkeypatch) -> None:
    (tmp_path / "broken_package").mkdir()
    (tmp_path / "broken_package/__init__.py").write_text("")
    (tmp_path / "broken_package/layers.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        registration.register_with_keras("broken_package", ["layers"])


def test_a_name_is_present_without_being_imported() -> None:
    homes = {"recurrent": ("RNN",), "cells.gru": ("GRUCell",), "cells.none": ("NoCell",)}
    found = course_lib.lazy.present("course_lib", homes, ["NoCell", "GRUCell", "RNN", "other"])
    assert found == ["GRUCell", "RNN", "other"]


@pytest.mark.parametrize("gone", ["course_lib.clipping", "course_lib.training"])
def test_a_module_that_is_left_out_and_those_that_need_it_are_not_registered(
    gone: str, root: Path
) -> None:
    code = (
        f"import sys; sys.modules[{gone!r}] = None\n"
        "import course_lib, keras\n"
        "assert keras.saving.get_registered_object('course_lib>Perplexity') is not None\n"
        "assert keras.saving.get_registered_object('course_lib>ClippedAdam') is None"
    )
    ran = run(code, root)
    assert ran.returncode == 0, ran.stderr
