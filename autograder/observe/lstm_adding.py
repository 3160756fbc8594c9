"""Observations of the lstm unit's long-lag task, the adding problem."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import present
from .keras_model import trained


def adding_model(student: Any, case: Any, parameters: tuple[str, ...]) -> dict[str, Any]:
    """Predictions of the student's model, and the states of the cell that it was given.

    For two lengths of the sequences; the states of both in one array, (2 batch, units).
    """
    import keras

    keras.utils.set_random_seed(int(case.weight_seed))
    cell = student.LSTMCell(case.units)
    model = student.adding_model(cell)
    both = [xs.astype("float32") for xs in (case.xs, case.xs[:, : case.shorter])]
    model(both[0])  # a Sequential or subclassed model has its weights now
    cell.load({name: case.values[name].astype("float32") for name in parameters})
    states = [_states(cell, xs) for xs in both]
    return present(
        predictions=model(both[0]),
        predictions_of_shorter=model(both[1]),
        **{name: np.concatenate([found[name] for found in states]) for name in states[0]},
    )


def _states(cell: Any, xs: np.ndarray) -> dict[str, np.ndarray]:
    """What a prediction may be made of, each (batch, units)."""
    import keras

    hs, h_last, c_last = keras.layers.RNN(cell, return_sequences=True, return_state=True)(xs)
    backwards = keras.layers.RNN(cell, go_backwards=True)(xs)
    found = {"h_T": h_last, "c_T": c_last, "backwards": backwards}
    found |= {"mean": np.mean(hs, axis=1), "sum": np.sum(hs, axis=1)}
    return {name: np.asarray(array) for name, array in found.items()}


def long_lag(student: Any, case: Any) -> dict[str, Any]:
    """A budgeted training run of the student's own model, cell and loop on the adding problem."""
    import keras

    keras.utils.set_random_seed(int(case.weight_seed))
    model = student.adding_model(student.LSTMCell(case.units))
    epochs = int(case.epochs)
    run = trained(model, lambda: student.train_adding(model, case.inputs, case.targets, epochs))
    return present(predictions=np.asarray(model(case.new_inputs, training=False)), **run)


def error_by_lag(student: Any, case: Any) -> dict[str, Any]:
    return present(
        error=student.error_by_lag(case.predictions, case.inputs, case.targets, case.edges)
    )
