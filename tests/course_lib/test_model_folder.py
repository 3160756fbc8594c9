"""A trained model in a folder: what is in it, what it refuses."""

import json

import keras
import numpy as np
import pytest

from course_lib import LanguageModel, Vocabulary, sequential_windows
from course_lib.model_folder import load_model, train_in_folder

TEXT = "abcab cabba\n" * 4
VOCABULARY = Vocabulary.from_text(TEXT)
WINDOWS = sequential_windows(VOCABULARY.encode(TEXT), 2, 5)


def trained(folder, vocabulary=VOCABULARY):
    keras.utils.set_random_seed(0)
    model = LanguageModel(len(VOCABULARY), 2, 3, "linear")
    history = train_in_folder(
        folder, model, vocabulary, WINDOWS, 1, about={"corpus": "abc"}, progress=False
    )
    return model, history


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def model_and_history(folder):
    return trained(folder)


def test_the_model_that_is_loaded_gives_the_same_logits(folder, model_and_history):
    model, history = model_and_history
    for path in (folder, folder / "model.keras"):
        twin, vocabulary = load_model(path)
        assert vocabulary == VOCABULARY
        ids = VOCABULARY.encode("abc")[None]
        np.testing.assert_array_equal(twin(ids), model(ids))
    kept = json.loads((folder / "history.json").read_text("utf-8"))
    assert kept == {"about": {"corpus": "abc"}, "history": history}
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    names = {"model.keras", "vocabulary.json", "history.json", "curve.png", "checkpoint.npz"}
    assert {path.name for path in folder.iterdir()} == names


def test_a_folder_of_another_vocabulary_is_refused_and_left_alone(folder, model_and_history):
    before = (folder / "vocabulary.json").read_bytes()
    with pytest.raises(ValueError, match="another vocabulary; expected the text .*try another"):
        trained(folder, Vocabulary.from_text("xyzabc"))
    assert (folder / "vocabulary.json").read_bytes() == before


def test_a_training_that_fails_leaves_nothing(tmp_path):
    model = LanguageModel(len(VOCABULARY), 2, 3, "linear")
    options = {"progress": False, "learning_rate": 1e30, "max_norm": 1e30}
    with pytest.raises(FloatingPointError):
        train_in_folder(tmp_path, model, VOCABULARY, WINDOWS, 1, **options)
    with pytest.raises(ValueError, match="learning_rate is not a positive number"):
        train_in_folder(tmp_path, model, VOCABULARY, WINDOWS, 1, learning_rate=-1.0)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_has_its_vocabulary_beside_it(tmp_path):
    class Kill(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    model = LanguageModel(len(VOCABULARY), 2, 3, "linear")
    with pytest.raises(KeyboardInterrupt):
        train_in_folder(tmp_path, model, VOCABULARY, WINDOWS, 1, progress=False, callbacks=[Kill()])
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint.npz", "vocabulary.json"}


def test_what_is_no_model_is_named(folder, model_and_history, tmp_path):
    with pytest.raises(ValueError, match=r"model.keras is not there; expected a folder that holds"):
        load_model(tmp_path)
    (tmp_path / "model.keras").write_bytes((folder / "model.keras").read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"vocabulary.json is not there; expected"):
        load_model(tmp_path / "model.keras")
    VOCABULARY.save(tmp_path / "vocabulary.json")
    with pytest.raises(ValueError, match=r"model.keras is no Keras model that can be read; .*got"):
        load_model(tmp_path)
