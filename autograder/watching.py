"""What the command line shows of a training: a bar that moves, and a line an epoch."""

from __future__ import annotations

from typing import Any

from rich.progress import Progress

from .console import say


def watching(
    bar: Progress,
    task: Any,
    epochs: int,
    shown: bool,
    name: str = "",
    held_out: str = "held out",
) -> list[Any]:
    """Keras callbacks that move the bar and print a line an epoch; with a name, a line in all.

    held_out: what to call the text that is scored after each epoch.
    """
    import keras

    class Watching(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.epoch = epoch

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            steps, perplexity = self.params["steps"], logs["perplexity"]
            text = f"{name} epoch {self.epoch + 1} of {epochs}, perplexity {perplexity:.2f}"
            done = steps * self.epoch + batch + 1
            bar.update(task, completed=done, total=steps * epochs, description=text.strip())

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if name and epoch + 1 < epochs:
                return  # one of several networks: a line each
            line = f"{name} epoch {epoch + 1:>2} of {epochs}  perplexity {logs['perplexity']:6.2f}"
            if "held_out_perplexity" in logs:
                line += f"  {held_out} {logs['held_out_perplexity']:6.2f}"
            say(f"{line}  {logs['seconds']:5.1f} s".strip(), shown)

    return [Watching()]
