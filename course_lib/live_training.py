"""Training in a notebook: it shows how far it is, can be interrupted, and goes on in a next run."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras

from course_lib.progress_bar import ProgressBar
from course_lib.token_ids import positive

__all__ = ["LiveTraining", "TrainingInterrupted"]


class TrainingInterrupted(KeyboardInterrupt):
    """Somebody has stopped a training; the model keeps what it has learnt."""

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows in place of a traceback: nothing is wrong."""
        return [str(self)]


class LiveTraining:
    """A training of some epochs, in as many runs as it takes.

    While `run` is at work, each `model.fit` shows a bar with the perplexity, the exponential of
    the loss (or with the loss itself, under its name). After an interrupt, the next `run` does the
    epochs that are left, on the weights as they are; the optimizer's own state begins anew.

        training = LiveTraining(model, epochs=12)
        losses = training.run(lambda epochs: train(model, windows, epochs))

    losses: the mean loss of each finished epoch. loss: its name, where it is no cross-entropy.
    Raises ValueError for an `epochs` that is not a positive whole number.
    """

    def __init__(self, model: keras.Model, epochs: int, loss: str | None = None) -> None:
        positive("epochs", epochs)
        self.model, self.epochs, self.loss = model, epochs, loss
        self.losses: list[float] = []

    def run(self, train: Callable[[int], Any]) -> list[float]:
        """Call train(epochs) for the epochs that are left; the losses of all of them.

        train: calls `model.fit`, or returns one loss an epoch.
        Raises TrainingInterrupted where the kernel was interrupted.
        """
        left = self.epochs - len(self.losses)
        if left <= 0:
            print(f"All {self.epochs} epochs are done; make the model again to begin anew.")
            return self.losses
        before = len(self.losses)
        watch = _Watch(self)
        fit = self.model.fit

        def watched(*arguments: Any, callbacks: Any = None, **options: Any) -> Any:
            own = (
                callbacks if isinstance(callbacks, list | tuple) else [callbacks] * bool(callbacks)
            )
            return fit(*arguments, callbacks=[*own, watch], **options)

        self.model.fit = watched
        try:
            returned = train(left)
        except KeyboardInterrupt:
            watch.end()
            now, of = len(self.losses) + 1, self.epochs
            raise TrainingInterrupted(
                f"Interrupted in epoch {now} of {of}. The model keeps what it has learnt: run this "
                f"cell again to go on.\n已在第 {now} 轮（共 {of} 轮）中断。模型保留已学到的内容："
                "再次运行此单元格即可继续。"
            ) from None
        finally:
            del self.model.fit
        watch.end()
        if len(self.losses) == before and isinstance(returned, Sequence):
            self.losses += map(float, returned)  # a loop of one's own
        return self.losses

    def words(self, loss: float) -> str:
        """A loss as it is shown: "perplexity 5.31"."""
        if self.loss is not None:
            return f"{self.loss} {loss:.4f}"
        return f"perplexity {math.exp(min(loss, 700.0)):.2f}"


class _Watch(keras.callbacks.Callback):
    """Moves the bar batch by batch, and keeps the loss of each epoch."""

    def __init__(self, training: LiveTraining) -> None:
        super().__init__()
        self.training = training
        self.bar = ProgressBar(training.epochs, "Training")
        self.done, self.said = float(len(training.losses)), ""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        done, of = len(self.training.losses), self.training.epochs
        self.said = f"epoch {done + 1} of {of}, {self.training.words(float(logs['loss']))}"
        steps = self.params.get("steps")
        self.done = done + min(1.0, (batch + 1) / steps) if steps else done
        self.bar.show(self.done, self.said)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.training.losses.append(float(logs["loss"]))
        self.done = float(len(self.training.losses))

    def end(self) -> None:
        """Draw the bar for the last time."""
        self.bar.show(self.done, self.said, last=True)
