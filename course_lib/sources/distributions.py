"""What every source asks of its probabilities, and of a length and a seed."""

from typing import Any

import numpy as np

from course_lib.token_ids import token_ids


def one_text(ids: Any, tokens: int) -> np.ndarray:
    """`ids` as one text (length,); ValueError where it is empty, or is not a row of ids."""
    array = token_ids(ids, tokens)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(
            f"not one text; expected ids (length,), at least one, got shape {array.shape}; try one "
            "call for each row"
        )
    return array


def distributions(name: str, values: Any, ndim: int | None = None) -> np.ndarray:
    """`values` as float64 whose last axis is a distribution; ValueError where it is not."""
    array = np.asarray(values, np.float64)
    if array.ndim < 2 or (ndim is not None and array.ndim != ndim) or array.size == 0:
        raise ValueError(
            f"{name} has the wrong number of axes; expected "
            f"{'at least 2' if ndim is None else ndim}, got shape {array.shape}; try one row a "
            "context, one column a token"
        )
    sums = array.sum(-1)
    if not (np.isfinite(array).all() and (array >= 0).all() and np.allclose(sums, 1, atol=1e-9)):
        worst = sums.flat[int(np.argmax(np.abs(np.nan_to_num(sums) - 1)))]
        raise ValueError(
            f"the rows of {name} are not distributions; expected numbers of at least 0 with sum 1, "
            f"got a row with sum {worst:.9g} and smallest number {array.min():.3g}; try "
            "values / values.sum(-1, keepdims=True)"
        )
    return array / sums[..., None]


def log(p: np.ndarray) -> np.ndarray:
    """log p in nats; −∞ at 0, without a warning."""
    with np.errstate(divide="ignore"):
        return np.log(p)


def conditional(joint: np.ndarray) -> np.ndarray:
    """joint / Σ joint over the last axis; uniform where the sum is 0."""
    total = joint.sum(-1, keepdims=True)
    return np.where(total > 0, joint / np.where(total > 0, total, 1.0), 1 / joint.shape[-1])


def generator(seed: Any) -> np.random.Generator:
    """A random generator; ValueError unless the seed is a whole number of at least 0."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(
            f"seed is not a whole number; expected an int of at least 0, got {seed!r}; try seed=0"
        )
    return np.random.default_rng(int(seed))


def draws(rows: np.ndarray) -> Any:
    """A function (row number, uniform number) -> column, by the rows' cumulative sums."""
    from bisect import bisect_right

    last = rows.shape[-1] - 1 - np.argmax(rows[:, ::-1] > 0, axis=1)  # rounding draws nothing else
    cumulative = [row[:end].tolist() for row, end in zip(np.cumsum(rows, -1), last, strict=True)]
    return lambda row, uniform: bisect_right(cumulative[row], uniform)
