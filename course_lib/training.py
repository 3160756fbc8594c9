"""Training a language model: cross-entropy, clipped gradients, Adam; perplexity epoch by epoch."""

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from course_lib.batches import Batches, Windows
from course_lib.carried_state import StateReset
from course_lib.checkpoint import Progress, read_checkpoint, state_of, write_checkpoint
from course_lib.clipping import clip_by_global_norm
from course_lib.evaluation import Evaluation, vocabulary_size
from course_lib.language_model import LanguageModel
from course_lib.perplexity import Perplexity
from course_lib.token_ids import positive

__all__ = ["ClippedAdam", "train"]

DECAYS = ("cosine", "linear")
FINAL_RATE = 0.02
"""What is left of the learning rate at the end of a decay."""


def train(
    model: keras.Model,
    windows: Windows,
    epochs: int,
    learning_rate: float = 4e-3,
    max_norm: float = 1.0,
    held_out: Windows | np.ndarray | None = None,
    progress: bool = True,
    decay: str | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> dict[str, list[float]]:
    """Fit a language model to windows of text by `model.fit`; the model's weights change.

        L = −mean_t log p(y_t)                                        cross-entropy, nats   (1)
        g = ∂L/∂w,   g ← min(1, θ/‖g‖) g                              clipped gradients     (2)
        w ← w − Adam(g)                                               update                (3)

    model: ids (batch, time) -> logits (batch, time, vocabulary); it is compiled anew.
    windows: batches of (inputs, targets), ids (batch, time) each, that can be read once an epoch,
    such as a tf.data.Dataset or a list. held_out: text that is not trained on, as ids or as
    windows; see `evaluate`. Layers with `stateful=True` start each epoch from zero state.
    max_norm: θ. decay: "cosine" or "linear" takes the learning rate down to a fiftieth of it over
    all the epochs. progress: Keras's bar, on standard output.
    patience: stop after this many epochs without a better held-out perplexity; the model then has,
    and so has one that ran to the end, the weights of its best epoch.
    checkpoint: a file that keeps weights, optimizer, random state and history after each epoch.
    Where it is there, training goes on from it, with the result that it would have had without the
    break, bit for bit on the same machine. callbacks: Keras's or your own, for `fit`; they find
    the numbers of the history in `logs`.

    Returns lists with one number an epoch: "loss" (nats a token, over the epoch in which the
    weights change) and "perplexity" (its exponential), "seconds", and with held-out text
    "held_out_loss" and "held_out_perplexity" (after the epoch).
    Raises ValueError for a wrong argument, an id that is not in the vocabulary, an epoch without
    windows or the checkpoint of another run; FloatingPointError as soon as a loss is not finite,
    when the checkpoint still is that of the epoch before.
    Source: lecture, "objective", "gradients (back-propagation through time)" and "perplexity".
    """
    _check(epochs, learning_rate, decay, patience, held_out)
    batches = Batches(windows, "windows", vocabulary_size(model))
    survey = batches.survey()
    rate = _schedule(learning_rate, decay, epochs * survey.count)
    model.compile(
        ClippedAdam(rate, max_norm=max_norm),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[Perplexity()],
    )
    settings = {"learning_rate": learning_rate, "max_norm": max_norm, "decay": decay}
    settings |= {"epochs": epochs} if decay else {}  # without a decay, epochs can be added
    settings |= {"patience": patience, "scored": held_out is not None, "text": survey.first[:16]}
    settings |= model.settings() if isinstance(model, LanguageModel) else {}
    done = (checkpoint and read_checkpoint(checkpoint, model, settings)) or Progress()
    run = _Run(done, held_out, patience, checkpoint, settings)
    if not run.over(epochs):
        for _ in range(done.epochs):  # so that the next epoch gets the windows it would have got
            batches.survey()
        watched = sys.stdout.isatty() or "ipykernel" in sys.modules
        model.fit(
            batches.dataset(survey),
            shuffle=False,  # the windows have their order
            initial_epoch=done.epochs,
            epochs=epochs,
            verbose=(1 if watched else 2) if progress else 0,
            callbacks=[StateReset(), run, *callbacks],
        )
    if done.best:
        for variable, value in zip(state_of(model), done.best, strict=True):
            variable.assign(value)
    return done.history


@keras.saving.register_keras_serializable(package="course_lib")
class ClippedAdam(keras.optimizers.Adam):
    """Adam whose gradients are clipped by `clip_by_global_norm` before they are used.

    Keras's own `global_clipnorm` takes the norm of an embedding's gradient before rows that occur
    more than once are added up, and Adam squares each of them by itself.
    Raises ValueError for a max_norm that is not a positive number.
    """

    def __init__(self, learning_rate=4e-3, *args, max_norm=1.0, **kwargs):
        clip_by_global_norm([], max_norm)  # refuses a wrong one before any work is done
        super().__init__(learning_rate, *args, **kwargs)
        self.max_norm = max_norm

    def apply(self, grads, trainable_variables=None):
        clipped, _ = clip_by_global_norm(list(grads), self.max_norm)
        return super().apply(clipped, trainable_variables)

    def get_config(self):
        return {**super().get_config(), "max_norm": self.max_norm}


class _Run(keras.callbacks.Callback):
    """Keeps the history; scores held-out text; saves, stops, and gives up at a loss of NaN."""

    def __init__(self, done, held_out, patience, checkpoint, settings):
        super().__init__()
        self.done, self.held_out = done, held_out
        self.patience, self.checkpoint, self.settings = patience, checkpoint, settings
        self.evaluation = None

    def over(self, epochs):
        """Nothing is left to do: all epochs are done, or the patience has come to its end."""
        scores = self.done.history.get("held_out_perplexity", [])
        waited = len(scores) - 1 - int(np.argmin(scores)) if scores else 0
        return self.done.epochs >= epochs or bool(self.patience and waited >= self.patience)

    def on_epoch_begin(self, epoch, logs=None):
        self.start, self.step = time.perf_counter(), 0

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if not math.isfinite(loss := float(logs["loss"])):
            rate = self.settings["learning_rate"]
            raise FloatingPointError(
                f"the loss is {loss} at step {self.step} of epoch {self.done.epochs + 1}; expected "
                "a finite number of nats. The weights are spoilt: build the model again, and try a "
                f"learning_rate below {rate:g} or a max_norm below {self.settings['max_norm']:g}"
            )

    def on_epoch_end(self, epoch, logs=None):
        logs["loss"] = math.log(logs["perplexity"])  # without what a regulariser adds to it
        if self.held_out is not None:
            self.evaluation = self.evaluation or Evaluation(self.model, self.held_out)
            score = self.evaluation.perplexity()
            logs |= {"held_out_loss": math.log(score), "held_out_perplexity": score}
        logs["seconds"] = time.perf_counter() - self.start
        history = self.done.history
        for name, value in logs.items():
            history.setdefault(name, []).append(float(value))
        if self.patience and min(scores := history["held_out_perplexity"]) == scores[-1]:
            self.done.best = [np.array(variable) for variable in state_of(self.model)]
        if self.checkpoint:
            write_checkpoint(self.checkpoint, self.model, self.settings, self.done)
        self.model.stop_training = self.over(self.params["epochs"])


def _schedule(learning_rate, decay, steps):
    """The learning rate, or one that falls along half a cosine or a line over so many steps."""
    if decay is None:
        return learning_rate
    if decay == "cosine":
        return keras.optimizers.schedules.CosineDecay(learning_rate, steps, alpha=FINAL_RATE)
    return keras.optimizers.schedules.PolynomialDecay(
        learning_rate, steps, learning_rate * FINAL_RATE
    )


def _check(epochs, learning_rate, decay, patience, held_out):
    positive("epochs", epochs)
    if not (isinstance(learning_rate, int | float) and 0 < learning_rate < math.inf):
        raise ValueError(
            f"learning_rate is not a positive number; expected a float above 0, got "
            f"{learning_rate!r}; try learning_rate=4e-3"
        )
    if decay is not None and decay not in DECAYS:
        raise ValueError(
            f"unknown decay; expected None or one of {', '.join(DECAYS)}, got {decay!r}; try "
            "decay='cosine'"
        )
    if patience is not None and positive("patience", patience) and held_out is None:
        raise ValueError(
            "patience waits for a better held-out perplexity; expected held_out, got None; try "
            "held_out=vocabulary.encode(held_out_text)"
        )
