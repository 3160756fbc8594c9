"""Windows by a sliding view of the text; random ones begin at a random offset, as in D2L."""

# mypy: ignore-errors

import numpy as np


def sequential_batches(ids, batch, time):
    length = (len(ids) - 1) // batch
    views = np.lib.stride_tricks.sliding_window_view(ids, time + 1)
    n, r = np.mgrid[: length // time, :batch]
    windows = views[r * length + n * time]
    return windows[..., :-1], windows[..., 1:]


def random_batches(ids, batch, time, rng):
    offset = rng.integers(time)
    views = np.lib.stride_tricks.sliding_window_view(ids, time + 1)[offset::time]
    views = rng.permutation(views, axis=0)
    views = views[: len(views) // batch * batch].reshape(-1, batch, time + 1)
    return views[..., :-1], views[..., 1:]
