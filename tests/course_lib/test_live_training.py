"""A training that is interrupted goes on; what it shows was learnt; the model stays whole."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest

from course_lib.live_training import LiveTraining, TrainingInterrupted
from course_lib.progress_bar import ProgressBar

INPUTS = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
TARGETS = np.argmax(INPUTS[:, :3], axis=1)


@pytest.fixture
def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])


class StopAt(keras.callbacks.Callback):
    """The interrupt that a kernel sends, at one batch of one epoch."""

    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__()
        self.at, self.epoch = (epoch, batch), -1

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch) == self.at:
            raise KeyboardInterrupt


def fit(model: keras.Model, epochs: int, *callbacks: keras.callbacks.Callback) -> list[float]:
    """As a student trains: compiled in here, no bar of Keras's."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.5), loss)
    run = model.fit(
        INPUTS, TARGETS, epochs=epochs, batch_size=16, verbose=0, shuffle=False,
        callbacks=list(callbacks),
    )  # fmt: skip
    return run.history["loss"]


def test_after_an_interrupt_the_next_run_does_what_is_left(model: keras.Model) -> None:
    whole = fit(keras.models.clone_model(model), 1)
    training = LiveTraining(model, epochs=4)
    with pytest.raises(TrainingInterrupted, match="epoch 3 of 4") as stopped:
        training.run(lambda epochs: fit(model, epochs, StopAt(2, 3)))
    assert "已在第 3 轮（共 4 轮）中断" in stopped.value._render_traceback_()[0]
    assert len(training.losses) == 2 and len(whole) == 1
    learnt = model.predict(INPUTS, verbose=0)
    assert np.mean(learnt.argmax(axis=1) == TARGETS) > 0.6
    asked: list[int] = []

    def go_on(epochs: int) -> list[float]:
        asked.append(epochs)
        np.testing.assert_array_equal(model.predict(INPUTS, verbose=0), learnt)
        return fit(model, epochs)

    losses = training.run(go_on)
    assert asked == [2] and len(losses) == 4 and losses == sorted(losses, reverse=True)


def test_without_an_interrupt_the_losses_are_those_of_fit(model: keras.Model) -> None:
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    losses = LiveTraining(model, epochs=3).run(lambda epochs: fit(model, epochs))
    assert losses == pytest.approx(fit(twin, 3), rel=1e-6)


def test_a_finished_training_is_not_run_again(model: keras.Model, capsys: Any) -> None:
    training = LiveTraining(model, epochs=1)
    first = training.run(lambda epochs: fit(model, epochs))
    weights = model.get_weights()
    assert training.run(lambda epochs: fit(model, epochs)) == first
    np.testing.assert_array_equal(weights[0], model.get_weights()[0])
    assert "make the model again to begin anew" in capsys.readouterr().out


def test_the_model_has_its_own_fit_back_whatever_happened(model: keras.Model) -> None:
    training = LiveTraining(model, epochs=2)

    def fails(epochs: int) -> None:
        raise RuntimeError("the student's")

    with pytest.raises(RuntimeError, match="the student's"):
        training.run(fails)
    with pytest.raises(TrainingInterrupted):
        training.run(lambda epochs: fit(model, epochs, StopAt(0, 0)))
    training.run(lambda epochs: fit(model, epochs))
    assert "fit" not in vars(model)


def test_a_loop_of_ones_own_counts_by_what_it_returns(model: keras.Model) -> None:
    training = LiveTraining(model, epochs=2)
    assert training.run(lambda epochs: [1.5, 0.5][:epochs]) == [1.5, 0.5]


def test_the_perplexity_is_the_exponential_of_the_loss(model: keras.Model, capsys: Any) -> None:
    losses = LiveTraining(model, epochs=2).run(lambda epochs: fit(model, epochs))
    assert f"epoch 2 of 2, perplexity {math.exp(losses[-1]):.2f}" in capsys.readouterr().out
    assert LiveTraining(model, 2).words(1e9).startswith("perplexity 10")  # no overflow
    assert LiveTraining(model, 2, loss="mean squared error").words(0.5) == (
        "mean squared error 0.5000"
    )


def test_epochs_must_be_a_positive_number(model: keras.Model) -> None:
    with pytest.raises(ValueError, match="epochs is not a positive whole number"):
        LiveTraining(model, epochs=0)


def test_a_bar_outside_a_notebook_is_a_line_at_the_end(capsys: Any) -> None:
    bar = ProgressBar(10, "Reading")
    bar.show(5, "half")
    assert capsys.readouterr().out == ""
    bar.show(5, "half", last=True)
    assert capsys.readouterr().out == "██████████░░░░░░░░░░ Reading, half\n"


def test_a_bar_in_a_notebook_is_drawn_in_place_as_html_and_as_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Handle:
        drawn: list[dict[str, str]] = []

        def update(self, data: dict[str, str], raw: bool) -> None:
            self.drawn.append(data)

    clock = iter(range(100))
    monkeypatch.setattr("course_lib.progress_bar.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("course_lib.progress_bar._kernel", lambda: True)
    monkeypatch.setattr("course_lib.progress_bar._display", lambda html, plain: Handle())
    bar = ProgressBar(4, "Training")
    for step in range(1, 4):
        bar.show(step, "perplexity 3.00")
    assert [data["text/plain"].split(" ", 1)[1] for data in Handle.drawn] == [
        "Training, perplexity 3.00",
        "Training, perplexity 3.00, 2 s left",
        "Training, perplexity 3.00, 1 s left",
    ]
    assert 'value="0.7500" aria-label="Training"' in Handle.drawn[-1]["text/html"]
