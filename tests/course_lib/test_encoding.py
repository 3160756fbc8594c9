"""One-hot vectors and embeddings, against Keras."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course_lib import embed, one_hot

IDS = hnp.arrays(np.int32, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4),
                 elements=st.integers(0, 6))  # fmt: skip


@given(IDS)
def test_one_hot_equals_keras(ids: np.ndarray) -> None:
    ours, theirs = one_hot(ids, 7), keras.ops.convert_to_numpy(keras.ops.one_hot(ids, 7))
    assert ours.dtype == np.float32 and ours.shape == (*ids.shape, 7)
    np.testing.assert_array_equal(ours, theirs)


@given(IDS, st.integers(0, 2**16))
def test_embedding_is_the_product_with_the_one_hot_vector(ids: np.ndarray, seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=(7, 3))
    np.testing.assert_array_equal(embed(ids, matrix), one_hot(ids, 7, "float64") @ matrix)


def test_embedding_equals_the_keras_layer() -> None:
    layer = keras.layers.Embedding(7, 5)
    ids = np.random.default_rng(3).integers(0, 7, (2, 4))
    theirs = keras.ops.convert_to_numpy(layer(ids))
    np.testing.assert_array_equal(embed(ids, layer.embeddings), theirs)


@pytest.mark.parametrize("ids", [[-1], [7]])
def test_an_id_out_of_range_is_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match=f"expected ids from 0 to 6, got {ids[0]}; try"):
        one_hot(ids, 7)
    with pytest.raises(ValueError, match=f"expected ids from 0 to 6, got {ids[0]}; try"):
        embed(ids, np.zeros((7, 2)))


def test_ids_must_be_integers_and_the_size_positive() -> None:
    with pytest.raises(ValueError, match="must be integers; .* got dtype float64; try"):
        one_hot([1.0], 7)
    with pytest.raises(ValueError, match="must be integers; .* got dtype bool; try"):
        one_hot([True], 7)
    for size in (0, -2, 2.5, True):
        with pytest.raises(ValueError, match=f"vocabulary_size is not .* got {size!r}; try"):
            one_hot([0], size)
    assert one_hot(np.zeros((2, 0)), 7).shape == (2, 0, 7)


def test_the_matrix_must_have_two_axes() -> None:
    with pytest.raises(ValueError, match=r"expected \(vocabulary, features\), got \(4,\); try"):
        embed([0], np.zeros(4))
