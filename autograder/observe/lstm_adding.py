"""Observations of the lstm unit's long-lag task, the adding problem."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import present
from .keras_model import trained


def adding_model(student: Any, case: Any, parameters: tuple[str, ...]) -> dict[str, Any]:
    """Predictions of the student's model, the case's arrays loaded into the cell it was given."""
    import keras

    keras.utils.set_random_seed(int(case.weight_seed))
    cell = student.LSTMCell(case.units)
    model = student.adding_model(cell)
    xs = case.xs.astype("float32")
    model(xs)  # a Sequential or subclassed model has its weights now
    cell.load({name: case.values[name].astype("float32") for name in parameters})
    return present(predictions=model(xs), predictions_of_shorter=model(xs[:, : case.shorter]))


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
