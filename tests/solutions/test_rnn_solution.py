"""The reference solution of the rnn unit, against Keras, course_lib and its own text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import course_lib
from autograder import reference
from course_lib import ngram

NAMES = [
    "CELL",
    "random_params",
    "one_hot",
    "embed",
    "look_up",
    "rnn_step",
    "output",
    "rnn_over_time",
    "read",
    "softmax",
    "log_softmax",
    "log_odds",
    "token_losses",
    "mean_loss",
    "perplexity",
    "sequential_batches",
    "random_batches",
    "read_batches",
    "RNNCell",
    "language_model",
    "train",
    "ngram_perplexity",
    "trained_params",
    "with_temperature",
    "generate",
]
BATCH, TIME, FEATURES, UNITS, VOCABULARY = 3, 6, 4, 5, 7


@pytest.fixture(scope="module")
def rnn() -> Any:
    """The definitions of the solution notebook."""
    return SimpleNamespace(**reference.namespace("rnn", NAMES))


@pytest.fixture
def params(rnn: Any) -> dict[str, np.ndarray]:
    return rnn.random_params(VOCABULARY, FEATURES, UNITS, seed=3)


@pytest.fixture
def data() -> Any:
    rng = np.random.default_rng(5)
    return SimpleNamespace(
        ids=rng.integers(0, VOCABULARY, (BATCH, TIME)),
        xs=rng.normal(size=(BATCH, TIME, FEATURES)),
        h_0=rng.uniform(-0.9, 0.9, (BATCH, UNITS)),
        o=rng.normal(0, 3, (BATCH, TIME, VOCABULARY)),
        mask=rng.random((BATCH, TIME)) < 0.6,
    )


def simple_rnn(params: dict[str, np.ndarray], **options: Any) -> keras.layers.SimpleRNN:
    """Keras's own plain RNN with these weights, in float64."""
    layer = keras.layers.SimpleRNN(UNITS, return_sequences=True, dtype="float64", **options)
    layer.build((None, TIME, FEATURES))
    layer.set_weights([params["W_xh"], params["W_hh"], params["b_h"]])
    return layer


def test_one_hot_and_embedding_equal_keras(rnn: Any, params: Any, data: Any) -> None:
    vectors = rnn.one_hot(data.ids, VOCABULARY)
    np.testing.assert_array_equal(vectors, keras.ops.one_hot(data.ids, VOCABULARY))
    layer = keras.layers.Embedding(VOCABULARY, FEATURES, dtype="float64")
    layer.build((None,))
    layer.set_weights([params["E"]])
    np.testing.assert_allclose(rnn.look_up(data.ids, params["E"]), layer(data.ids))
    np.testing.assert_allclose(rnn.embed(vectors, params["E"]), layer(data.ids))


def test_over_time_it_equals_keras(rnn: Any, params: Any, data: Any) -> None:
    wanted_hs, wanted_last = simple_rnn(params, return_state=True)(data.xs, initial_state=data.h_0)
    hs, h_last = rnn.rnn_over_time(data.xs, data.h_0, params)
    np.testing.assert_allclose(hs, wanted_hs, atol=1e-12)
    np.testing.assert_allclose(h_last, wanted_last, atol=1e-12)


def test_reading_in_two_parts_equals_reading_in_one_go(rnn: Any, params: Any, data: Any) -> None:
    whole, last = rnn.read(data.ids, data.h_0, params)
    first, h = rnn.read(data.ids[:, :2], data.h_0, params)
    second, h = rnn.read(data.ids[:, 2:], h, params)
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1), whole)
    np.testing.assert_array_equal(h, last)


def test_softmax_equals_keras_and_survives_large_logits(rnn: Any, data: Any) -> None:
    for o in (data.o, data.o + 1000.0, data.o - 1000.0):
        kept = o.copy()
        np.testing.assert_allclose(rnn.softmax(o), tf.nn.softmax(o), rtol=1e-9)
        np.testing.assert_allclose(rnn.log_softmax(o), tf.nn.log_softmax(o), rtol=1e-9)
        np.testing.assert_array_equal(o, kept)


def test_log_odds_are_differences_of_log_probabilities(rnn: Any, params: Any, data: Any) -> None:
    y, other = np.array([0, 6, 2]), np.array([5, 1, 2])
    log_p = tf.nn.log_softmax(data.h_0 @ params["W_ho"] + params["b_o"]).numpy()
    rows = np.arange(BATCH)
    wanted = log_p[rows, y] - log_p[rows, other]
    np.testing.assert_allclose(rnn.log_odds(data.h_0, y, other, params), wanted, atol=1e-12)


def test_loss_and_perplexity_equal_keras_and_the_library(rnn: Any, data: Any) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=None)
    np.testing.assert_allclose(rnn.token_losses(data.o, data.ids), loss(data.ids, data.o), 1e-6)
    wanted = course_lib.perplexity(data.o, data.ids, data.mask)
    assert np.exp(rnn.mean_loss(data.o, data.ids, data.mask)) == pytest.approx(wanted)
    parts = [(data.o[:2], data.ids[:2], data.mask[:2]), (data.o[2:], data.ids[2:], data.mask[2:])]
    assert rnn.perplexity(parts) == pytest.approx(wanted)


@pytest.mark.parametrize("length", [41, 47, 60, 61])
def test_sequential_batches_are_those_of_the_library(rnn: Any, length: int) -> None:
    ids = np.random.default_rng(1).integers(0, 50, length)
    inputs, targets = rnn.sequential_batches(ids, 4, 5)
    wanted = list(course_lib.sequential_windows(ids, 4, 5).as_numpy_iterator())
    np.testing.assert_array_equal(inputs, [pair[0] for pair in wanted])
    np.testing.assert_array_equal(targets, [pair[1] for pair in wanted])


def test_random_batches_hold_every_window_once_and_leave_out_what_fills_no_batch(rnn: Any) -> None:
    ids = np.arange(5 * 13 + 4)
    inputs, targets = rnn.random_batches(ids, 4, 5, np.random.default_rng(2))
    assert inputs.shape == targets.shape == (3, 4, 5)
    np.testing.assert_array_equal(targets, inputs + 1)
    np.testing.assert_array_equal(np.diff(inputs), 1)
    starts = inputs[..., 0].ravel()
    assert len(set(starts)) == 12 and set(starts) <= set(range(0, 65, 5))
    again, _ = rnn.random_batches(ids, 4, 5, np.random.default_rng(2))
    other, _ = rnn.random_batches(ids, 4, 5, np.random.default_rng(3))
    np.testing.assert_array_equal(inputs, again)
    assert (inputs != other).any()


def test_a_carried_state_makes_windows_of_one_text(rnn: Any, params: Any) -> None:
    ids = np.random.default_rng(4).integers(0, VOCABULARY, (2, 12))
    batches = ids.reshape(2, 3, 4).swapaxes(0, 1)
    whole, _ = rnn.read(ids, np.zeros((2, UNITS)), params)
    carried = rnn.read_batches(batches, params, True)
    np.testing.assert_allclose(carried.swapaxes(0, 1).reshape(2, 12, VOCABULARY), whole)
    fresh = rnn.read_batches(batches, params, False)
    alone = [rnn.read(batch, np.zeros((2, UNITS)), params)[0] for batch in batches]
    np.testing.assert_allclose(fresh, alone)


@pytest.mark.parametrize("built_before", [True, False])
def test_the_keras_cell_equals_the_numpy_one_and_can_be_made_again(
    rnn: Any, params: Any, data: Any, built_before: bool
) -> None:
    cell = rnn.RNNCell(UNITS, dtype="float64", name="mine")
    if built_before:
        cell.build((None, FEATURES))
    cell.load(params)
    layer = keras.layers.RNN(cell, return_sequences=True, dtype="float64")
    hs = layer(data.xs, initial_state=[data.h_0])
    np.testing.assert_allclose(hs, rnn.rnn_over_time(data.xs, data.h_0, params)[0], atol=1e-12)
    again = rnn.RNNCell.from_config(cell.get_config())
    assert (again.units, again.state_size, again.name) == (UNITS, UNITS, "mine")


def test_the_cell_starts_as_the_text_says(rnn: Any) -> None:
    cell = rnn.RNNCell(40)
    cell.build((None, 30))
    W_xh, W_hh, b_h = cell.get_weights()
    np.testing.assert_allclose(W_hh @ W_hh.T, np.eye(40), atol=1e-5)
    assert abs(W_xh).max() <= np.sqrt(6 / 70) and W_xh.std() > 0.1
    assert not b_h.any()


def test_the_language_model_is_read_in_keras(rnn: Any) -> None:
    model = rnn.language_model(VOCABULARY, FEATURES, UNITS)
    ids = np.random.default_rng(0).integers(0, VOCABULARY, (2, 9))
    params = rnn.trained_params(model)
    assert {array.dtype.name for array in params.values()} == {"float64"}
    wanted, _ = rnn.read(ids, np.zeros((2, UNITS)), params)
    np.testing.assert_allclose(model(ids), wanted, atol=1e-5)
    np.testing.assert_allclose(model(ids[:1, :4]), wanted[:1, :4], atol=1e-5)


def test_training_clips_by_global_norm_and_returns_the_loss_of_each_epoch(rnn: Any) -> None:
    keras.utils.set_random_seed(0)
    ids = np.tile(np.arange(7, dtype=np.int32), 60).reshape(20, 21)
    windows = tf.data.Dataset.from_tensor_slices((ids[:, :-1], ids[:, 1:])).batch(5)
    model = rnn.language_model(7, 4, 8)
    losses = rnn.train(model, windows, 15)
    assert len(losses) == 15
    assert losses[0] < 1.2 * np.log(7) and losses[-1] < 0.5 * losses[0]
    assert model.optimizer.global_clipnorm == 1.0
    assert model.optimizer.clipnorm is None and model.optimizer.clipvalue is None


def packed_cell() -> type:
    """A cell that keeps the arrays in one flat weight, in an order of its own."""

    class Packed(keras.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = self.state_size = units

        def build(self, input_shape: Any) -> None:
            self.shape = input_shape[-1], self.units
            size = self.units * (input_shape[-1] + self.units + 1)
            self.flat = self.add_weight(shape=(size,), name="flat")

        def load(self, params: dict[str, np.ndarray]) -> None:
            if not self.built:
                self.build((None, len(params["W_xh"])))
            names = "b_h", "W_hh", "W_xh"
            self.flat.assign(np.concatenate([params[name].T.ravel() for name in names]))

        def call(self, inputs: Any, states: Any) -> Any:
            return states[0] + 0 * inputs[:, :1], states

    return Packed


def test_trained_parameters_are_found_however_a_cell_packs_them(rnn: Any, params: Any) -> None:
    ids = keras.Input(shape=(None,), dtype="int32")
    cell = packed_cell()(UNITS)
    xs = keras.layers.Embedding(VOCABULARY, FEATURES)(ids)
    hs = keras.layers.RNN(cell, return_sequences=True)(xs)
    model = keras.Model(ids, keras.layers.Dense(VOCABULARY)(hs))
    cell.load(params)
    found = rnn.trained_params(model)
    assert list(found) == list(params)
    for name in rnn.CELL:
        np.testing.assert_allclose(found[name], params[name].astype(np.float32), err_msg=name)


@pytest.mark.parametrize("temperature", [0.01, 0.5, 3.0])
def test_temperature_divides_the_logits(rnn: Any, data: Any, temperature: float) -> None:
    wanted = tf.nn.softmax(data.o / temperature)
    np.testing.assert_allclose(rnn.with_temperature(data.o, temperature), wanted, atol=1e-12)
    likeliest = rnn.with_temperature(data.o, 0)
    np.testing.assert_array_equal(likeliest.argmax(axis=-1), data.o.argmax(axis=-1))
    np.testing.assert_array_equal(np.sort(likeliest)[..., -2:], np.tile([0, 1], (3, 6, 1)))


def test_generation_at_temperature_zero_is_greedy_from_the_whole_prefix(
    rnn: Any, params: Any
) -> None:
    prefix = np.array([2, 0, 5, 3])
    seen = rnn.generate(prefix, 8, params, 0, np.random.default_rng(0))
    text = list(prefix)
    for _ in range(8):
        o, _ = rnn.read(np.array([text]), np.zeros((1, UNITS)), params)
        text.append(int(o[0, -1].argmax()))
    assert seen.tolist() == text[4:]
    assert rnn.generate(prefix, 0, params, 1.0, np.random.default_rng(0)).shape == (0,)


def test_generated_tokens_have_the_frequencies_of_the_model(rnn: Any, params: Any) -> None:
    """First tokens of many texts, against the softmax of Keras's own layer."""
    prefix, rng, draws = np.array([2, 0, 5]), np.random.default_rng(7), 4000
    first = [rnn.generate(prefix, 1, params, 0.7, rng)[0] for _ in range(draws)]
    hs = simple_rnn(params)(params["E"][prefix][None]).numpy()
    p = tf.nn.softmax((hs[0, -1] @ params["W_ho"] + params["b_o"]) / 0.7).numpy()
    found = np.bincount(first, minlength=VOCABULARY)
    chi_squared = ((found - draws * p) ** 2 / (draws * p)).sum()
    assert chi_squared < 45  # of 6 degrees of freedom: by chance less often than once in 10^7


def test_ngrams_of_the_ladder_equal_those_of_the_library(rnn: Any) -> None:
    rng = np.random.default_rng(9)
    ids, new = rng.integers(0, 6, 400) ** 2 // 5, rng.integers(0, 6, 100) ** 2 // 5
    for order in (1, 2, 3):
        model = ngram.fit(ids, VOCABULARY, order, smoothing="witten_bell")
        wanted = np.exp(-model.log_probabilities(new)[1:].mean())
        assert rnn.ngram_perplexity(ids, new, order, VOCABULARY) == pytest.approx(wanted)


def test_the_worked_numbers_in_the_text_are_right(rnn: Any) -> None:
    E = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_array_equal(rnn.one_hot(2, 5), [0, 0, 1, 0, 0])
    np.testing.assert_array_equal(rnn.embed(np.array([0.0, 0.0, 1.0]), E), [5, 6])
    np.testing.assert_array_equal(rnn.embed(np.array([0.5, 0.5, 0.0]), E), [2, 3])
    one = np.ones((1, 1))
    small = {"W_xh": 0.4 * one, "W_hh": -1.2 * one, "b_h": np.array([0.1])}
    assert round(rnn.rnn_step(one, 0.5 * one, small).item(), 4) == -0.0997
    odds = np.array([0.0, np.log(3.0)])
    np.testing.assert_allclose(rnn.softmax(odds), [0.25, 0.75])
    np.testing.assert_allclose(rnn.with_temperature(odds, 0.5), [0.1, 0.9])
    limits = np.finfo(np.float64)
    assert np.log(limits.max) < 710 and np.log(limits.smallest_subnormal) > -750
    assert round(np.e / (np.e + 37 / np.e), 2) == 0.17
    assert round(np.exp(2), 2) == 7.39 and round((np.exp(1) + np.exp(3)) / 2, 1) == 11.4
    inputs, targets = rnn.sequential_batches(np.arange(14), 2, 3)
    np.testing.assert_array_equal(inputs, [[[0, 1, 2], [6, 7, 8]], [[3, 4, 5], [9, 10, 11]]])
    np.testing.assert_array_equal(targets, inputs + 1)
