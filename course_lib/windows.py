"""A long sequence of ids to batches of windows: inputs, and targets one step later."""

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from course_lib.token_ids import positive, token_ids

if TYPE_CHECKING:
    import tensorflow as tf


def sequential_windows(ids: Any, batch: int, time: int) -> "tf.data.Dataset":
    """Windows in the order of the text: row r of a batch goes on in row r of the next batch.

        inputs[n][r, t]  = ids[r L + n time + t]          L = (len(ids) - 1) // batch    (1)
        targets[n][r, t] = ids[r L + n time + t + 1]                                     (2)

    So the state after batch n is the right state before batch n + 1. The text is cut into `batch`
    rows of L tokens; what does not fill a window at the end of a row is left out.

    Shapes: ids (length,) -> batches of (inputs, targets), int32, each (batch, time).
    Source: lecture, "RNN with hidden-state mechanism"; D2L, "sequential partitioning".
    Raises ValueError where the text has fewer than batch * time + 1 tokens.
    """
    import tensorflow as tf

    ids, batch, time = _checked(ids, batch, time)
    length = (len(ids) - 1) // batch
    windows = length // time

    def cut(start: int) -> np.ndarray:
        rows = ids[start : start + batch * length].reshape(batch, length)[:, : windows * time]
        return rows.reshape(batch, windows, time).swapaxes(0, 1)

    return tf.data.Dataset.from_tensor_slices((cut(0), cut(1))).prefetch(1)


def random_windows(ids: Any, batch: int, time: int, seed: int) -> "tf.data.Dataset":
    """Windows in random order: the rows of a batch, and of the next one, have nothing in common.

        inputs[k, t]  = ids[o + time π(k) + t]                                           (1)
        targets[k, t] = ids[o + time π(k) + t + 1]                                       (2)

    with a fresh offset o and a fresh permutation π of the windows each time the dataset is read
    through, both from `seed`; so the state is set back to zero before each batch. Windows do not
    overlap; each pass leaves out what does not fill a batch, the same amount but another part.
    The same seed gives the same batches, pass by pass, whatever TensorFlow's own seed is.

    Shapes: ids (length,) -> batches of (inputs, targets), int32, each (batch, time).
    Source: D2L, "random sampling".
    Raises ValueError where the text has fewer than batch * time + 1 tokens.
    """
    import tensorflow as tf

    ids, batch, time = _checked(ids, batch, time)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(
            f"seed is not a whole number; expected an int of at least 0, got {seed!r}; try seed=0"
        )
    batches = (len(ids) - 1) // (batch * time)
    spare = len(ids) - 1 - batches * batch * time
    passes = count()

    def one_pass() -> Iterator[np.ndarray]:
        rng = np.random.default_rng([seed, next(passes)])
        starts = rng.integers(spare + 1) + time * rng.permutation(batches * batch)
        yield starts.reshape(batches, batch)

    text = tf.constant(ids)

    def window(starts: "tf.Tensor") -> "tuple[tf.Tensor, tf.Tensor]":
        rows = tf.gather(text, starts[:, None] + tf.range(time + 1, dtype=starts.dtype))
        return rows[:, :-1], rows[:, 1:]

    signature = tf.TensorSpec((batches, batch), tf.int64)
    starts = tf.data.Dataset.from_generator(one_pass, output_signature=signature).unbatch()
    return starts.map(window).apply(tf.data.experimental.assert_cardinality(batches)).prefetch(1)


def _checked(ids: Any, batch: Any, time: Any) -> tuple[np.ndarray, int, int]:
    """The three as int32 (length,), int, int; ValueError where no batch can be made of them."""
    ids, batch, time = token_ids(ids), positive("batch", batch), positive("time", time)
    if ids.ndim != 1:
        raise ValueError(
            f"the ids must be one long sequence; expected shape (length,), got {ids.shape}; "
            "try vocabulary.encode(text), without cutting it into rows"
        )
    if len(ids) < batch * time + 1:
        raise ValueError(
            f"the text is too short for one batch; expected at least batch * time + 1 = "
            f"{batch * time + 1} tokens, got {len(ids)}; try a smaller batch ({batch}) or "
            f"time ({time}), or a longer text"
        )
    return ids.astype(np.int32), batch, time
