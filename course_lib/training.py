"""Training a language model: cross-entropy, clipped gradients, Adam; perplexity epoch by epoch."""

import math
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import tensorflow as tf

from course_lib.clipping import clip_by_global_norm
from course_lib.perplexity import Perplexity
from course_lib.token_ids import positive

__all__ = ["evaluate", "train"]

Windows = Iterable[tuple[Any, Any]]


def train(
    model: keras.Model,
    windows: Windows,
    epochs: int,
    learning_rate: float = 4e-3,
    max_norm: float = 1.0,
    held_out: Windows | None = None,
    progress: bool = True,
) -> dict[str, list[float]]:
    """Fit a language model to windows of text; the model's weights change.

        L = −mean_t log p(y_t)                                        cross-entropy, nats   (1)
        g = ∂L/∂w,   g ← min(1, θ/‖g‖) g                              clipped gradients     (2)
        w ← w − Adam(g)                                               update                (3)

    model: ids (batch, time) -> logits (batch, time, vocabulary).
    windows: batches of (inputs, targets), ids (batch, time) each, that can be read once an epoch,
    such as a tf.data.Dataset or a list. held_out: the same, from text that is not trained on.
    max_norm: θ. progress: a bar with the time left, on standard output.
    Layers with `stateful=True` start each epoch, and held-out text, from zero state.

    Returns lists with one number an epoch: "loss" (nats a token, over the epoch in which the
    weights change) and "perplexity" (its exponential), "seconds", and with held-out windows
    "held_out_loss" and "held_out_perplexity" (after the epoch).
    Raises ValueError for a wrong argument or an epoch without windows, FloatingPointError as soon
    as a loss is not finite.
    Source: lecture, "objective", "gradients (back-propagation through time)" and "perplexity".
    """
    epochs = positive("epochs", epochs)
    if not (isinstance(learning_rate, int | float) and 0 < learning_rate < math.inf):
        raise ValueError(
            f"learning_rate is not a positive number; expected a float above 0, got "
            f"{learning_rate!r}; try learning_rate=4e-3"
        )
    clip_by_global_norm([], max_norm)  # refuses a wrong max_norm before any work is done
    seen = Perplexity()
    step = _training_step(model, keras.optimizers.Adam(learning_rate), max_norm, seen)
    history: dict[str, list[float]] = {}
    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        _reset_states(model)
        seen.reset_state()
        bar = _bar(windows, f"Epoch {epoch}/{epochs}") if progress else None
        for number, inputs, targets in _batches(windows, "windows"):
            loss = float(step(inputs, targets))
            if not math.isfinite(loss):
                raise FloatingPointError(
                    f"the loss is {loss} at step {number} of epoch {epoch}; expected a finite "
                    f"number of nats. The weights are spoilt: build the model again, and try a "
                    f"learning_rate below {learning_rate:g} or a max_norm below {max_norm:g}"
                )
            if bar:
                bar.update(number, _scores(seen).items(), finalize=False)
        scores = _scores(seen)
        if held_out is not None:
            scores |= {f"held_out_{k}": v for k, v in _scores(_read(model, held_out)).items()}
        if bar:
            bar.update(number, scores.items(), finalize=True)
        for name, value in {**scores, "seconds": time.perf_counter() - start}.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model: keras.Model, windows: Windows) -> float:
    """Perplexity of the model over all windows, each token counted once; no weight changes.

    Raises ValueError where there are no windows, or something else than (inputs, targets).
    """
    return float(_read(model, windows).result())


def _training_step(model, optimizer, max_norm, seen):
    """Equations (1) to (3) as one compiled function of a window; `seen` counts its nats."""
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function(reduce_retracing=True)
    def step(inputs, targets):
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            loss = cross_entropy(targets, logits) + sum(model.losses)
        variables = model.trainable_variables
        gradients, _ = clip_by_global_norm(tape.gradient(loss, variables), max_norm)
        optimizer.apply(gradients, variables)
        seen.update_state(targets, logits)
        return loss

    return step


def _read(model, windows):
    """The Perplexity of a model that has read all windows."""
    seen = Perplexity()

    @tf.function(reduce_retracing=True)
    def step(inputs, targets):
        seen.update_state(targets, model(inputs, training=False))

    _reset_states(model)
    for _, inputs, targets in _batches(windows, "held-out windows"):
        step(inputs, targets)
    _reset_states(model)
    return seen


def _scores(seen):
    value = float(seen.result())
    return {"loss": math.log(value), "perplexity": value}


def _batches(windows: Windows, name: str) -> Iterator[tuple[int, Any, Any]]:
    """(number, inputs, targets), with a word about what is not a window."""
    number = 0
    for number, batch in enumerate(windows, start=1):
        pair = isinstance(batch, tuple | list) and len(batch) == 2
        shapes = [tuple(part.shape) for part in batch] if pair else []
        if not pair or shapes[0] != shapes[1]:
            raise ValueError(
                f"batch {number} of the {name} is not a window; expected (inputs, targets), ids "
                f"of one shape (batch, time), got {shapes or type(batch).__name__}; try "
                "random_windows(ids, batch, time, seed)"
            )
        yield number, *batch
    if number == 0:
        raise ValueError(
            f"there are no {name} to read; expected at least one batch an epoch, got none; try a "
            "tf.data.Dataset or a list: a generator is empty after its first epoch"
        )


def _reset_states(model):
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


def _bar(windows, title):
    """Keras's progress bar; a line an epoch where nobody watches (a file, a pipe)."""
    if hasattr(windows, "cardinality"):
        total = int(windows.cardinality())
    else:
        total = len(windows) if hasattr(windows, "__len__") else -1
    watched = sys.stdout.isatty() or "ipykernel" in sys.modules
    names = [f"{part}{name}" for part in ("", "held_out_") for name in ("loss", "perplexity")]
    print(title)
    return keras.utils.Progbar(
        total if total > 0 else None,
        verbose=1 if watched else 2,
        interval=0.2,
        stateful_metrics=names,
    )
