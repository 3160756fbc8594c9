"""A trained model with what belongs to it, in a folder.

| file | what it holds |
|---|---|
| `model.keras` | the model, as Keras saves it |
| `vocabulary.json` | its vocabulary |
| `history.json` | how it was trained; for each epoch loss, perplexity, seconds; its result |
| `curve.png` | perplexity over the epochs |
| `checkpoint.npz` | where training goes on; see `train` |

Each of them is there whole or not at all.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from course_lib.plots import perplexity_curve
from course_lib.training import train
from course_lib.vocabulary import Vocabulary
from course_lib.whole_file import whole_file

__all__ = ["load_model", "train_in_folder"]


def train_in_folder(
    folder: str | Path,
    model: keras.Model,
    vocabulary: Vocabulary,
    windows: Any,
    epochs: int,
    about: Mapping[str, Any] | None = None,
    held_out_name: str = "held out",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **options: Any,
) -> dict[str, list[float]]:
    """`train` with the model, its vocabulary and its curve kept in a folder; the same call resumes.

    After a kill, the call goes on with the epoch that was under way; after the end, it trains no
    more. A call that fails before the end of an epoch leaves nothing in the folder.
    about: facts that go into history.json. held_out_name: what the curve calls the held-out text.
    callbacks, options: those of `train`.
    Returns the history. Raises ValueError for a folder that holds another vocabulary, and what
    `train` raises; OSError where the folder cannot be written.
    """
    folder = Path(folder)
    kept = folder / "vocabulary.json"
    if kept.exists() and Vocabulary.load(kept) != vocabulary:
        raise ValueError(
            f"{folder} holds a model with another vocabulary; expected the text that it was begun "
            "with, got another; try another folder, or remove this one"
        )
    with_checkpoint = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: vocabulary.save(kept)
    )
    history = train(
        model,
        windows,
        epochs,
        checkpoint=folder / "checkpoint.npz",
        callbacks=[with_checkpoint, *callbacks],
        **options,
    )
    vocabulary.save(kept)
    with whole_file(folder / "model.keras") as scratch:
        model.save(scratch, include_optimizer=False)
    with whole_file(folder / "curve.png") as scratch:
        perplexity_curve(history, held_out_name=held_out_name).savefig(scratch, dpi=150)
    with whole_file(folder / "history.json") as scratch:
        record = {"about": dict(about or {}), "history": history}
        scratch.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return history


def load_model(path: str | Path) -> tuple[keras.Model, Vocabulary]:
    """The model and the vocabulary of a folder, or of a .keras file in one.

    Raises ValueError where either is missing or cannot be read.
    """
    path = Path(path)
    file = path / "model.keras" if path.is_dir() else path
    vocabulary = file.parent / "vocabulary.json"
    for part in (file, vocabulary):
        if not part.is_file():
            raise ValueError(
                f"{part} is not there; expected a folder that holds model.keras and "
                f"vocabulary.json, got {path}; try the folder that `train_in_folder` wrote"
            )
    try:
        model = keras.models.load_model(file)
    except Exception as error:  # Keras raises what comes: OSError, KeyError, BadZipFile, TypeError
        raise ValueError(
            f"{file} is no Keras model that can be read; expected what model.save(path) writes, "
            f"got {type(error).__name__}: {error}; try training it again"
        ) from error
    return model, Vocabulary.load(vocabulary)
