"""What every function that takes token ids asks of them."""

from typing import Any

import numpy as np


def token_ids(ids: Any, vocabulary_size: int | None = None) -> np.ndarray:
    """`ids` (any shape, array-like) as a NumPy array of integers.

    Raises ValueError for values that are not integers, negative ones, and, where the size of the
    vocabulary is given, for ids from there on.
    """
    array = np.asarray(ids)
    if array.size == 0:
        array = array.astype(np.int32)
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"token ids must be integers; expected an integer array, got dtype {array.dtype}; "
            "try vocabulary.encode(text), or ids.astype('int32')"
        )
    limit = np.inf if vocabulary_size is None else vocabulary_size
    if array.size and not 0 <= array.min() <= array.max() < limit:
        upto, here = (
            ("on", "") if limit == np.inf else (f"to {limit - 1}", f" ({limit} tokens here)")
        )
        raise ValueError(
            f"token id out of range; expected ids from 0 {upto}, got "
            f"{array.min() if array.min() < 0 else array.max()}; try the vocabulary that encoded "
            f"the text{here}"
        )
    return array


def positive(name: str, value: Any) -> int:
    """`value` as an int; ValueError unless it is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(
            f"{name} is not a positive whole number; expected an int of at least 1, "
            f"got {value!r}; try {name}=1 or more"
        )
    return int(value)
