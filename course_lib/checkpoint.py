"""A training run as one file: what it needs to go on as if it had never stopped."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np

from course_lib.whole_file import whole_file

__all__ = ["Progress", "read_checkpoint", "write_checkpoint"]


@dataclass
class Progress:
    """How far a training run is.

    history: one number an epoch, as `train` returns it.
    best: the model's variables after the best epoch, where they are asked for.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    best: Sequence[np.ndarray] = ()

    @property
    def epochs(self) -> int:
        return max(map(len, self.history.values()), default=0)


def state_of(model: keras.Model) -> list[Any]:
    """The model's variables: weights, and the state of its random numbers (dropout)."""
    return list(model.variables)


def write_checkpoint(
    path: str | Path, model: keras.Model, settings: Mapping[str, Any], progress: Progress
) -> None:
    """Write weights, optimizer, random state and progress, all or nothing."""
    arrays = {f"model-{i}": np.asarray(v) for i, v in enumerate(state_of(model))}
    arrays |= {f"optimizer-{i}": np.asarray(v) for i, v in enumerate(model.optimizer.variables)}
    arrays |= {f"best-{i}": array for i, array in enumerate(progress.best)}
    about = {"settings": settings, "history": progress.history}
    with whole_file(path) as scratch, scratch.open("wb") as file:
        np.savez(file, about=np.array(json.dumps(about)), **arrays)


def read_checkpoint(
    path: str | Path, model: keras.Model, settings: Mapping[str, Any]
) -> Progress | None:
    """Put model and optimizer back to where `write_checkpoint` found them; None without a file.

    Raises ValueError, and changes nothing, for a file that is no checkpoint, or that belongs to
    another model or to training with other settings.
    """
    if not Path(path).is_file():
        return None
    try:
        with Path(path).open("rb") as whole, np.load(whole, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop("about")))
        theirs, history = about["settings"], about["history"]
    except (ValueError, KeyError, TypeError, OSError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"{path} is no checkpoint; expected what train(..., checkpoint=path) writes, got "
            f"{type(error).__name__}: {error}; try another path, or remove the file"
        ) from error
    ours = json.loads(json.dumps(settings))
    for name in {**theirs, **ours}:
        if theirs.get(name) != ours.get(name):
            raise ValueError(
                f"{path} belongs to other training; expected {name}={ours.get(name)!r}, got "
                f"{theirs.get(name)!r}; try the settings it was begun with, another path, or "
                "remove the file to begin anew"
            )
    model.optimizer.build(model.trainable_variables)
    for kind, variables in (("model", state_of(model)), ("optimizer", model.optimizer.variables)):
        found = [arrays.get(f"{kind}-{i}") for i in range(len(variables))]
        fits = f"{kind}-{len(variables)}" not in arrays and all(
            array is not None and array.shape == tuple(variable.shape)
            for array, variable in zip(found, variables, strict=True)
        )
        if not fits:
            raise ValueError(
                f"{path} belongs to another model; expected the shapes of the {kind}'s "
                f"{len(variables)} variables, got others; try the model it was begun with, another "
                "path, or remove the file to begin anew"
            )
    for kind, variables in (("model", state_of(model)), ("optimizer", model.optimizer.variables)):
        for i, variable in enumerate(variables):
            variable.assign(arrays[f"{kind}-{i}"])
    best = [arrays[f"best-{i}"] for i in range(sum(name.startswith("best") for name in arrays))]
    return Progress(history, best)
