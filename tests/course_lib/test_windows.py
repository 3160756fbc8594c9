"""Windows: targets one step later, text that goes on or does not, seeds, no leakage."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import random_windows, sequential_windows, split_held_out

SIZES = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(0, 60))
few = settings(max_examples=25, deadline=None)


def batches(dataset: tf.data.Dataset) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(x, y) for x, y in dataset.as_numpy_iterator()]


def made(kind: str, ids: np.ndarray, batch: int, time: int, seed: int = 5) -> tf.data.Dataset:
    if kind == "random":
        return random_windows(ids, batch, time, seed)
    return sequential_windows(ids, batch, time)


both = pytest.mark.parametrize("kind", ["sequential", "random"])


def d2l_sequential(ids: list[int], batch: int, time: int) -> list[tuple[list, list]]:
    """Sequential partitioning with a Python loop per window (D2L, offset 0)."""
    length = (len(ids) - 1) // batch
    result = []
    for n in range(length // time):
        starts = [row * length + n * time for row in range(batch)]
        result.append(([ids[s : s + time] for s in starts],
                       [ids[s + 1 : s + time + 1] for s in starts]))  # fmt: skip
    return result


@few
@given(SIZES)
def test_sequential_windows_equal_the_loop_over_windows(sizes: tuple[int, int, int]) -> None:
    batch, time, extra = sizes
    ids = np.arange(100, 100 + batch * time + 1 + extra)
    got = [(x.tolist(), y.tolist()) for x, y in batches(sequential_windows(ids, batch, time))]
    assert got == d2l_sequential(ids.tolist(), batch, time)


@both
@few
@given(SIZES)
def test_targets_are_the_text_one_step_later(kind: str, sizes: tuple[int, int, int]) -> None:
    batch, time, extra = sizes
    ids = np.arange(batch * time + 1 + extra)  # each id names its own place
    dataset = made(kind, ids, batch, time)
    seen = batches(dataset)
    assert len(seen) == dataset.cardinality() == max(len(seen), 1)
    for x, y in seen:
        assert x.shape == y.shape == (batch, time) and x.dtype == y.dtype == np.int32
        np.testing.assert_array_equal(y, x + 1)
        np.testing.assert_array_equal(np.diff(x, axis=1), 1)
    inputs = np.concatenate([x.ravel() for x, _ in seen])
    assert len(set(inputs.tolist())) == inputs.size  # no token is an input twice in a pass


def test_in_sequential_windows_each_row_goes_on_in_the_next_batch() -> None:
    seen = batches(sequential_windows(np.arange(1000), 4, 7))
    assert len(seen) > 20
    for (before, _), (after, _) in zip(seen, seen[1:], strict=False):
        np.testing.assert_array_equal(after[:, 0], before[:, -1] + 1)


def test_in_random_windows_rows_do_not_go_on() -> None:
    seen = batches(random_windows(np.arange(5000), 4, 7, seed=1))
    goes_on = [b[:, 0] == a[:, -1] + 1 for (a, _), (b, _) in zip(seen, seen[1:], strict=False)]
    assert len(seen) > 100 and np.mean(goes_on) < 0.02


def test_the_same_seed_gives_the_same_batches_pass_by_pass() -> None:
    ids = np.arange(300)
    one, two = random_windows(ids, 3, 5, seed=7), random_windows(ids, 3, 5, seed=7)
    first, second = batches(one), batches(one)
    tf.random.set_seed(99)
    np.testing.assert_array_equal(first, batches(two))
    np.testing.assert_array_equal(second, batches(two))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, batches(random_windows(ids, 3, 5, seed=8)))


def test_over_the_passes_random_windows_start_at_every_offset() -> None:
    dataset = random_windows(np.arange(2 * 5 * 3 + 6), 2, 5, seed=0)
    offsets = {int(min(x.min() for x, _ in batches(dataset))) for _ in range(40)}
    assert offsets == set(range(6))


@both
def test_windows_of_the_training_part_hold_nothing_of_the_held_out_part(kind: str) -> None:
    train, held_out = split_held_out(np.arange(500), 0.2)
    seen = {int(i) for pair in batches(made(kind, train, 3, 8)) for a in pair for i in a.ravel()}
    assert seen and seen.isdisjoint(held_out.tolist())


@both
def test_a_text_of_exactly_one_batch_is_enough_and_one_token_less_is_not(kind: str) -> None:
    assert len(batches(made(kind, np.arange(13), 3, 4))) == 1
    with pytest.raises(
        ValueError, match=r"too short .* batch \* time \+ 1 = 13 tokens, got 12; try"
    ):
        made(kind, np.arange(12), 3, 4)
    with pytest.raises(ValueError, match="too short for one batch; .* got 0; try"):
        made(kind, [], 3, 4)


@both
@pytest.mark.parametrize(
    ("batch", "time", "name"), [(0, 4, "batch"), (3, 0, "time"), (-1, 4, "batch"), (3, 1.5, "time")]
)
def test_batch_and_time_must_be_positive(kind: str, batch: int, time: int, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is not a positive whole number; expected .* try"):
        made(kind, np.arange(50), batch, time)


@both
def test_ids_must_be_one_sequence_of_integers(kind: str) -> None:
    with pytest.raises(ValueError, match=r"expected shape \(length,\), got \(5, 10\); try"):
        made(kind, np.arange(50).reshape(5, 10), 2, 3)
    with pytest.raises(ValueError, match="must be integers; .* got dtype float64; try"):
        made(kind, np.arange(50.0), 2, 3)
    with pytest.raises(ValueError, match="token id out of range; expected ids from 0 on, got -1;"):
        made(kind, np.arange(-1, 50), 2, 3)


@pytest.mark.parametrize("seed", [None, -1, 0.5, True])
def test_a_seed_is_asked_for(seed: object) -> None:
    with pytest.raises(ValueError, match="seed is not a whole number; expected .* got .* try"):
        random_windows(np.arange(50), 2, 3, seed)


@both
def test_a_keras_model_trains_on_the_windows(kind: str) -> None:
    model = keras.Sequential([keras.layers.Embedding(5, 8), keras.layers.Dense(5)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(made(kind, np.arange(200) % 5, 4, 6), epochs=2, shuffle=False, verbose=0)
    assert history.history["loss"][1] < history.history["loss"][0]
