"""Training that is broken off and goes on: bit for bit what it would have been."""

import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from course_lib import LanguageModel, evaluation, random_windows, train

IDS = np.random.default_rng(0).integers(1, 6, size=90)
OPTIONS = {"learning_rate": 0.05, "decay": "cosine", "progress": False}


def model(units=5, dropout=0.3):
    """With dropout, whose random numbers have a state of their own."""
    keras.utils.set_random_seed(4)
    return LanguageModel(6, 3, units, "linear", dropout=dropout)


def windows(seed=2):
    return random_windows(IDS, 4, 6, seed)


def everything(trained):
    """Weights, state of the random numbers, optimizer."""
    return [np.array(v) for v in [*trained.variables, *trained.optimizer.variables]]


def same(ours, theirs):
    pairs = zip(everything(ours), everything(theirs), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


class BreakOff(keras.callbacks.Callback):
    """As Ctrl-C would, in the middle of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch, self.now = epoch, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch and batch == 1:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def unbroken():
    """Four epochs in one go: (model, history)."""
    whole = model()
    return whole, train(whole, windows(), 4, held_out=IDS[:20], **OPTIONS)


def test_after_a_break_training_ends_as_if_there_had_been_none(tmp_path, unbroken):
    path = tmp_path / "run" / "checkpoint.npz"
    options = {"held_out": IDS[:20], "checkpoint": path, **OPTIONS}
    with pytest.raises(KeyboardInterrupt):
        train(model(), windows(), 4, callbacks=[BreakOff(3)], **options)
    resumed = model()
    history = train(resumed, windows(), 4, **options)
    assert same(resumed, unbroken[0])
    for name in ("loss", "held_out_perplexity"):
        assert history[name] == unbroken[1][name]
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.npz"]

    class Never(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            raise AssertionError("trained again")

    again = model()
    assert train(again, windows(), 4, callbacks=[Never()], **options) == history
    assert same(again, resumed)


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import test_checkpoint as t
from course_lib import train
calls, replace = [], os.replace
def killed(source, target):
    calls.append(target)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = killed
train(t.model(), t.windows(), 4, held_out=t.IDS[:20], checkpoint=sys.argv[2], **t.OPTIONS)
"""


def test_a_kill_while_the_checkpoint_is_written_loses_no_more_than_that_epoch(tmp_path, unbroken):
    path = tmp_path / "checkpoint.npz"
    words = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(path)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with np.load(path) as file:  # the file is whole: that of the second epoch
        assert '"loss": [' in str(file["about"])
    resumed, epochs = model(), []

    class Count(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            epochs.append(epoch + 1)

    options = {"held_out": IDS[:20], "checkpoint": path, "callbacks": [Count()], **OPTIONS}
    history = train(resumed, windows(), 4, **options)
    assert epochs == [3, 4]
    assert same(resumed, unbroken[0])
    assert history["held_out_perplexity"] == unbroken[1]["held_out_perplexity"]
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_a_loss_of_nan_leaves_the_checkpoint_of_the_epoch_before(tmp_path):
    path = tmp_path / "checkpoint.npz"

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                spoilt = self.model.get_layer("logits").bias
                spoilt.assign(np.full(spoilt.shape, np.nan))

    with pytest.raises(FloatingPointError, match="the loss is nan at step 1 of epoch 2; expected"):
        train(model(), windows(), 2, checkpoint=path, callbacks=[Spoil()], progress=False)
    good = model()
    history = train(good, windows(), 1, checkpoint=path, progress=False)
    assert len(history["loss"]) == 1
    assert all(np.isfinite(array).all() for array in everything(good))


def scores(monkeypatch, values):
    """Held-out perplexities as one wishes, one for each epoch."""
    each = iter(values)
    monkeypatch.setattr(evaluation.Evaluation, "perplexity", lambda self: next(each))


class Keep(keras.callbacks.Callback):
    """The weights after each epoch."""

    def __init__(self):
        super().__init__()
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights())


def test_training_stops_when_patience_ends_and_keeps_the_best_weights(tmp_path, monkeypatch):
    path, keep = tmp_path / "checkpoint.npz", Keep()
    options = {"held_out": IDS[:20], "patience": 2, "checkpoint": path, "progress": False}
    scores(monkeypatch, [5.0, 4.0, 4.5])
    with pytest.raises(KeyboardInterrupt):
        train(model(), windows(), 9, callbacks=[keep, BreakOff(4)], **options)
    scores(monkeypatch, [4.1])
    resumed = model()
    history = train(resumed, windows(), 9, **options)
    assert history["held_out_perplexity"] == [5.0, 4.0, 4.5, 4.1]
    for got, expected in zip(resumed.get_weights(), keep.weights[1], strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_run_that_gets_better_to_the_end_is_not_stopped(monkeypatch):
    scores(monkeypatch, [5.0, 5.5, 4.0])
    history = train(model(), windows(), 3, held_out=IDS[:20], patience=2, progress=False)
    assert len(history["loss"]) == 3


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    path = tmp_path_factory.mktemp("begun") / "checkpoint.npz"
    train(model(), windows(), 1, checkpoint=path, **OPTIONS)
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"learning_rate": 0.1}, "expected learning_rate=0.1, got 0.05"),
        ({"epochs": 2}, "expected epochs=2, got 1"),
        ({"windows": windows(seed=3)}, "expected text='[0-9a-f]+', got '[0-9a-f]+'"),
        ({"model": model(dropout=0.1)}, "expected dropout=0.1, got 0.3"),
        ({"model": model(units=7)}, "expected units=7, got 5"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(begun, change, said):
    options = {"model": model(), "windows": windows(), "epochs": 1, **OPTIONS, **change}
    with pytest.raises(ValueError, match=f"belongs to other training; {said}; try .*remove"):
        train(checkpoint=begun, **options)


def test_the_checkpoint_of_another_kind_of_model_is_refused(tmp_path):
    def functional(size):
        ids = keras.Input((None,), dtype="int32")
        return keras.Model(ids, keras.layers.Dense(6)(keras.layers.Embedding(6, size)(ids)))

    path = tmp_path / "checkpoint.npz"
    train(functional(2), windows(), 1, checkpoint=path, progress=False)
    other = functional(3)
    before = other.get_weights()
    with pytest.raises(ValueError, match="belongs to another model; expected the shapes of"):
        train(other, windows(), 1, checkpoint=path, progress=False)
    for now, then in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"hello", None])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, begun, content):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(begun.read_bytes()[:-400] if content is None else content)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="is no checkpoint; expected what train.*got .*; try"):
        train(model(), windows(), 1, checkpoint=path, **OPTIONS)
    assert path.read_bytes() == before
