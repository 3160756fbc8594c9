"""What training and evaluation read: windows of ids, looked at before the model sees them."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from course_lib.token_ids import token_ids

__all__ = ["Batches", "Survey", "Windows"]

Windows = Iterable[tuple[Any, Any]]


class Survey(NamedTuple):
    """What one pass over the batches has shown."""

    count: int
    shape: tuple[int | None, int | None]
    """That of all batches; (None, None) where they differ."""
    first: str
    """A fingerprint of the first batch."""


class Batches:
    """Windows as batches of (inputs, targets), int32 (batch, time), each one looked at.

    windows: batches that can be read again and again, such as a tf.data.Dataset or a list.
    vocabulary_size: ids must lie below it; None where it is not known.
    """

    def __init__(self, windows: Windows, name: str, vocabulary_size: int | None = None):
        if isinstance(windows, Iterator):
            raise ValueError(
                f"the {name} can be read once only; expected a tf.data.Dataset or a list, which "
                f"each epoch reads anew, got {type(windows).__name__}; try list(windows)"
            )
        if (
            isinstance(windows, tf.data.Dataset)
            and windows.cardinality() == tf.data.INFINITE_CARDINALITY
        ):
            raise ValueError(
                f"the {name} never end; expected a pass over the text, got a dataset that repeats "
                "itself; try it without repeat(), and say epochs"
            )
        self.windows, self.name, self.vocabulary_size = windows, name, vocabulary_size

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """One pass. Raises ValueError for what is not a window, and for a pass without any."""
        number = 0
        windows = self.windows
        if isinstance(windows, tf.data.Dataset):
            windows = windows.as_numpy_iterator()
        for number, batch in enumerate(windows, start=1):
            yield self._checked(batch, number)
        if number == 0:
            raise ValueError(
                f"there are no {self.name} to read; expected at least one batch, got none; try a "
                "longer text, or a smaller batch or time"
            )

    def survey(self) -> "Survey":
        """Read them once. Raises ValueError as reading does, before any work is done."""
        first, count, shapes = "", 0, set()
        for inputs, targets in self:
            first = first or hashlib.sha256(inputs.tobytes() + targets.tobytes()).hexdigest()
            count += 1
            shapes.add(inputs.shape)
        shape = shapes.pop() if len(shapes) == 1 else (None, None)
        return Survey(count, shape, first)

    def dataset(self, survey: "Survey") -> tf.data.Dataset:
        """The batches as Keras reads them."""
        each = tf.TensorSpec(survey.shape, tf.int32)
        dataset = tf.data.Dataset.from_generator(self.__iter__, output_signature=(each, each))
        counted = dataset.apply(tf.data.experimental.assert_cardinality(survey.count))
        return counted.prefetch(2)

    def _checked(self, batch, number):
        pair = isinstance(batch, tuple | list) and len(batch) == 2
        arrays = [np.asarray(part) for part in batch] if pair else []
        if not pair or arrays[0].shape != arrays[1].shape or arrays[0].ndim != 2:
            raise ValueError(
                f"batch {number} of the {self.name} is not a window; expected (inputs, targets), "
                f"ids of one shape (batch, time), got "
                f"{[array.shape for array in arrays] or type(batch).__name__}; try "
                "random_windows(ids, batch, time, seed)"
            )
        inputs, targets = (token_ids(array, self.vocabulary_size) for array in arrays)
        return inputs.astype(np.int32), targets.astype(np.int32)
