"""The weights that a student hands in: read without pickle, and worth what they predict."""

import io

import numpy as np
import pytest

from autograder import reference
from autograder.checks.gru_text import MODEL
from autograder.checks.held_out_text import text
from autograder.grade import grade
from autograder.observe.gru import PARAMETERS
from autograder.sandbox.parent import Server
from autograder.submission import Cell, Submission

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def model():
    space = reference.namespace("gru", ("language_model",))
    return space["language_model"](int(text()["vocabulary_size"]), MODEL.embedding, MODEL.units)


def verdict(server, files):
    cells = tuple(Cell(c["id"], c["source"]) for c in reference.cells("gru"))
    submission = Submission("gru", "", cells, files)
    return grade(submission, server.sit, seed=3, only=["gru.result"]).checks[0]


def as_h5(model, tmp_path):
    model.save_weights(tmp_path / "gru.weights.h5")
    return {"gru.weights.h5": (tmp_path / "gru.weights.h5").read_bytes()}


def test_trained_weights_as_keras_saves_them_reach_the_threshold(server, model, tmp_path):
    kept = MODEL.trained
    arrays = [kept["embedding"], *(kept[name] for name in PARAMETERS), kept["W_out"], kept["b_out"]]
    model.set_weights(arrays)
    assert verdict(server, as_h5(model, tmp_path)).status == "pass"


def test_untrained_weights_fail_with_their_perplexity_and_the_ladder(server, model, tmp_path):
    rng = np.random.default_rng(0)
    model.set_weights([0.01 * rng.normal(size=w.shape) for w in model.get_weights()])
    found = verdict(server, as_h5(model, tmp_path))
    assert found.status == "fail"
    assert "The weights you handed in give a held-out perplexity of 3" in found.message
    assert f"threshold {MODEL.calibration['threshold']:.2f}" in found.message
    assert "unigram 17.98" in found.message


def test_a_pickle_in_the_archive_is_not_read(server):
    file = io.BytesIO()
    np.savez(file, np.array([{"a": 1}], dtype=object))
    found = verdict(server, {"gru.npz": file.getvalue()})
    assert found.status == "fail"
    assert "allow_pickle=False" in found.message


def test_weights_of_another_model_fail_with_kerass_own_words(server):
    file = io.BytesIO()
    np.savez(file, np.zeros((2, 2)), np.zeros(3))
    found = verdict(server, {"gru.npz": file.getvalue()})
    assert found.status == "fail"
    assert "ValueError" in found.message
