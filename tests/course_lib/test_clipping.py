"""Clipping by global norm against TensorFlow, Keras and the definition."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.clipping import clip_by_global_norm, global_norm

SHAPES = [(4, 3), (3,), (2, 2, 2), ()]


def gradients(seed=0, scale=1.0, dtype="float64"):
    rng = np.random.default_rng(seed)
    return [tf.constant(scale * rng.normal(size=shape), dtype) for shape in SHAPES]


def assert_all_close(got, expected, rtol=1e-12):
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol)


def test_the_norm_is_that_of_all_elements_in_one_vector():
    flat = np.concatenate([np.ravel(g) for g in gradients()])
    assert float(global_norm(gradients())) == pytest.approx(np.linalg.norm(flat), rel=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("max_norm", [0.5, 4])
def test_clipping_equals_tensorflow_and_keras(scale, max_norm):
    before = gradients(1, scale)
    clipped, norm = clip_by_global_norm(before, max_norm)
    expected, expected_norm = tf.clip_by_global_norm(before, max_norm)
    assert_all_close([*clipped, norm], [*expected, expected_norm])
    assert_all_close(clipped, by_keras(before, max_norm))


def by_keras(before, max_norm):
    """What a Keras optimizer with global_clipnorm applies: plain gradient descent at rate 1."""
    variables = [keras.Variable(tf.zeros_like(g), dtype=g.dtype.name) for g in before]
    keras.optimizers.SGD(1.0, global_clipnorm=max_norm).apply(before, variables)
    return [-v.value for v in variables]


@given(
    shapes=st.lists(st.lists(st.integers(0, 4), max_size=3), min_size=1, max_size=5),
    logs=st.tuples(st.floats(-6, 6), st.floats(-3, 3)),
    seed=st.integers(0, 999),
)
@settings(max_examples=40, deadline=None)
def test_any_list_of_gradients_is_clipped_as_tensorflow_and_keras_do(shapes, logs, seed):
    rng, (scale, limit) = np.random.default_rng(seed), (10.0**e for e in logs)
    before = [tf.constant(scale * rng.normal(size=shape)) for shape in shapes]
    clipped, norm = clip_by_global_norm(before, limit)
    expected, expected_norm = tf.clip_by_global_norm(before, limit)
    assert_all_close([*clipped, norm], [*expected, expected_norm])
    assert_all_close(clipped, by_keras(before, limit))
    assert float(global_norm(clipped)) <= limit * (1 + 1e-12)


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_keras_treats_zero_gradients_and_nan_alike(fill):
    before = [tf.zeros(3, tf.float64), tf.constant([0.0, fill], tf.float64)]
    np.testing.assert_array_equal(clip_by_global_norm(before, 1.0)[0][1], by_keras(before, 1.0)[1])


def test_adam_takes_the_same_steps_as_with_its_own_global_clipnorm():
    def trained(optimizer, clip):
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((6, 3)),
                keras.layers.SimpleRNN(5, dtype="float64"),
                keras.layers.Dense(2, dtype="float64"),
            ]
        )
        rng = np.random.default_rng(0)
        for _ in range(8):
            x, y = rng.normal(size=(4, 6, 3)), 5 * rng.normal(size=(4, 2))
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum((model(x) - y) ** 2)
            gradients = tape.gradient(loss, model.trainable_variables)
            assert float(global_norm(gradients)) > 0.5
            optimizer.apply(clip(gradients), model.trainable_variables)
        return model.get_weights()

    ours = trained(keras.optimizers.Adam(0.01), lambda g: clip_by_global_norm(g, 0.5)[0])
    keras_own = trained(keras.optimizers.Adam(0.01, global_clipnorm=0.5), lambda g: g)
    unclipped = trained(keras.optimizers.Adam(0.01), lambda g: g)
    assert_all_close(ours, keras_own, rtol=1e-9)
    assert max(np.abs(a - b).max() for a, b in zip(ours, unclipped, strict=True)) > 1e-4


def test_gradients_below_the_limit_come_back_bit_for_bit():
    before = gradients(2, 1e-3)
    for got, expected in zip(clip_by_global_norm(before, 1.0)[0], before, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_long_gradients_keep_their_direction_and_get_the_limit_as_length():
    before = gradients(3, 100.0)
    clipped, norm = clip_by_global_norm(before, 2.0)
    assert float(global_norm(clipped)) == pytest.approx(2, rel=1e-12)
    assert_all_close([g * norm / 2 for g in clipped], before)


def test_zero_gradients_stay_zero():
    clipped, norm = clip_by_global_norm([np.zeros((2, 3)), np.zeros(4)], 1.0)
    assert float(norm) == 0
    assert all(not np.any(g) for g in clipped)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_element_that_is_not_finite_makes_all_gradients_nan(bad):
    before = [np.ones(3), np.array([1.0, bad])]
    clipped, norm = clip_by_global_norm(before, 1.0)
    assert not np.isfinite(norm)
    assert all(np.isnan(g).all() for g in clipped)
    assert_all_close(clipped, tf.clip_by_global_norm(before, 1.0)[0])


def test_the_input_is_not_changed():
    before = [np.full(3, 10.0), np.full((2, 2), -10.0)]
    copies = [g.copy() for g in before]
    clipped, _ = clip_by_global_norm(before, 1.0)
    assert_all_close(before, copies)
    assert not any(np.shares_memory(a, np.asarray(b)) for a, b in zip(before, clipped, strict=True))


def test_a_variable_without_gradient_stays_without():
    clipped, norm = clip_by_global_norm([None, np.array([3.0, 4.0])], 1.0)
    assert clipped[0] is None
    assert_all_close([clipped[1], norm], [[0.6, 0.8], 5.0])
    assert float(global_norm([None])) == 0 and float(global_norm([])) == 0


def test_repeated_rows_of_an_embedding_gradient_are_added_before_the_norm():
    values = np.random.default_rng(4).normal(size=(5, 3))
    indices = [6, 2, 6, 0, 6]
    dense = np.zeros((8, 3))
    np.add.at(dense, indices, values)
    slices = tf.IndexedSlices(tf.constant(values), tf.constant(indices), tf.constant([8, 3]))
    clipped, norm = clip_by_global_norm([slices, np.ones(2)], 0.7)
    expected, expected_norm = tf.clip_by_global_norm([dense, np.ones(2)], 0.7)
    assert_all_close([*clipped, norm], [*expected, expected_norm])
    _, norm_of_rows = tf.clip_by_global_norm([slices, np.ones(2)], 0.7)
    assert float(norm) != pytest.approx(float(norm_of_rows), rel=1e-3)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_an_embedding_is_clipped_in_a_compiled_step_as_if_it_were_dense(jit_compile):
    table = tf.Variable(np.random.default_rng(5).normal(size=(6, 3)))
    ids = tf.constant([[1, 1, 4], [1, 0, 4]])

    @tf.function(jit_compile=jit_compile)
    def norm(lookup):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(lookup() ** 3)
        return clip_by_global_norm(tape.gradient(loss, [table]), 0.1)[1]

    dense = norm(lambda: tf.one_hot(ids, 6, dtype="float64") @ table)
    assert float(norm(lambda: tf.gather(table, ids))) == pytest.approx(float(dense), rel=1e-12)


def test_each_gradient_keeps_its_dtype():
    before = [np.full(2, 3.0, "float32"), np.full(2, 4.0, "float64")]
    clipped, norm = clip_by_global_norm(before, 1.0)
    assert [g.dtype.name for g in clipped] == ["float32", "float64"]
    assert float(norm) == pytest.approx(np.sqrt(50))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_gradients_do_not_overflow_the_norm(dtype):
    before = [tf.constant([3000.0, 4000.0], dtype), tf.constant([0.0], dtype)]
    clipped, norm = clip_by_global_norm(before, 1.0)
    assert float(norm) == pytest.approx(5000, rel=1e-2)
    np.testing.assert_allclose(tf.cast(clipped[0], tf.float32), [0.6, 0.8], rtol=1e-2)
    assert all(g.dtype == dtype for g in clipped)


def test_the_limit_may_be_any_real_number():
    for limit in (5, 5.0, np.float32(5), np.int64(5)):
        assert float(clip_by_global_norm([np.array([6.0, 8.0])], limit)[0][0][0]) == 3.0


@pytest.mark.parametrize("max_norm", [0, -1.0, np.nan, np.inf, None, "1"])
def test_the_limit_is_a_positive_number(max_norm):
    with pytest.raises(ValueError, match="max_norm is the largest length .* above 0; got"):
        clip_by_global_norm([np.ones(2)], max_norm)


@pytest.mark.parametrize("call", [global_norm, lambda g: clip_by_global_norm(g, 1.0)])
def test_the_norm_is_taken_over_a_list(call):
    with pytest.raises(TypeError, match=r"over a list of arrays.*got ndarray.*pass \[g\]"):
        call(np.ones((2, 2)))


def test_whole_numbers_are_no_gradients():
    with pytest.raises(TypeError, match="arrays of a float dtype, got int64; try tf.cast"):
        clip_by_global_norm([np.ones(2), np.array([3, 4])], 1.0)
