"""The reference solution of the gru unit, against Keras, autodiff and its own text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autograder import reference

NAMES = [
    "PARAMETERS",
    "sigmoid",
    "random_params",
    "reset_gate",
    "update_gate",
    "candidate",
    "new_state",
    "gru_step",
    "gru_over_time",
    "copy_params",
    "plain_rnn_params",
    "forget_params",
    "gru_step_gradients",
    "gru_gradients",
    "GRUCell",
    "keras_weights",
    "parameter_count",
    "language_model",
    "train",
    "gates_over_time",
    "half_life",
    "trained_params",
]
BATCH, TIME, FEATURES, UNITS = 3, 6, 4, 5


@pytest.fixture(scope="module")
def gru() -> Any:
    """The definitions of the solution notebook."""
    return SimpleNamespace(**reference.namespace("gru", NAMES))


@pytest.fixture
def params(gru: Any) -> dict[str, np.ndarray]:
    return gru.random_params(FEATURES, UNITS, seed=3)


@pytest.fixture
def data() -> Any:
    rng = np.random.default_rng(5)
    return SimpleNamespace(
        xs=rng.normal(size=(BATCH, TIME, FEATURES)),
        h_0=rng.uniform(-0.9, 0.9, (BATCH, UNITS)),
        dhs=rng.normal(size=(BATCH, TIME, UNITS)),
    )


def test_the_given_sigmoid_is_exact_in_both_tails(gru: Any) -> None:
    a = np.array([-800.0, -40.0, 0.0, 3.0, 800.0])
    with np.errstate(all="raise", under="ignore"):
        seen = gru.sigmoid(a)
    np.testing.assert_allclose(seen, [0.0, np.exp(-40.0), 0.5, 1 / (1 + np.exp(-3.0)), 1.0])


def test_over_time_it_equals_keras_with_reset_before(gru: Any, params: Any, data: Any) -> None:
    layer = keras.layers.GRU(
        UNITS, reset_after=False, return_sequences=True, return_state=True, dtype="float64"
    )
    layer.build((None, TIME, FEATURES))
    layer.set_weights(gru.keras_weights(params))
    wanted_hs, wanted_last = layer(data.xs, initial_state=data.h_0)
    hs, h_last = gru.gru_over_time(data.xs, data.h_0, params)
    np.testing.assert_allclose(hs, wanted_hs, atol=1e-12)
    np.testing.assert_allclose(h_last, wanted_last, atol=1e-12)


def test_reading_in_two_parts_equals_reading_in_one_go(gru: Any, params: Any, data: Any) -> None:
    whole, _ = gru.gru_over_time(data.xs, data.h_0, params)
    first, h = gru.gru_over_time(data.xs[:, :2], data.h_0, params)
    second, _ = gru.gru_over_time(data.xs[:, 2:], h, params)
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1), whole)


def test_the_limits_are_the_three_networks_and_leave_the_given_dict_alone(
    gru: Any, params: Any, data: Any
) -> None:
    before = {name: value.copy() for name, value in params.items()}
    x, h = 5.0 * data.xs[:, 0], data.h_0
    step = x @ params["W_xh"] + params["b_h"]
    wanted = {
        gru.copy_params: h,
        gru.plain_rnn_params: np.tanh(step + h @ params["W_hh"]),
        gru.forget_params: np.tanh(step),
    }
    for limit, h_next in wanted.items():
        changed = limit(params)
        np.testing.assert_allclose(gru.gru_step(x, h, changed), h_next, atol=1e-12)
        assert {n for n in gru.PARAMETERS if changed[n] is params[n]} == {"W_xh", "W_hh", "b_h"}
    assert all(np.array_equal(params[name], before[name]) for name in before)


def by_tape(gru: Any, params: Any, data: Any, steps: int) -> dict[str, np.ndarray]:
    """Gradients of sum(dhs * hs) from TensorFlow, through Keras's own GRU."""
    layer = keras.layers.GRU(UNITS, reset_after=False, return_sequences=True, dtype="float64")
    layer.build((None, steps, FEATURES))
    layer.set_weights(gru.keras_weights(params))
    xs, h_0 = tf.constant(data.xs[:, :steps]), tf.constant(data.h_0)
    with tf.GradientTape() as tape:
        tape.watch([xs, h_0])
        loss = tf.reduce_sum(data.dhs[:, :steps] * layer(xs, initial_state=h_0))
    dxs, dh_0, *packed = tape.gradient(loss, [xs, h_0, *layer.trainable_variables])
    found = {"xs": dxs.numpy(), "h_0": dh_0.numpy()}
    for part, array in zip(("W_x", "W_h", "b_"), packed, strict=True):
        for gate, piece in zip("zrh", np.split(array.numpy(), 3, axis=-1), strict=True):
            found[part + gate] = piece
    return found


def test_gradients_by_hand_equal_automatic_differentiation(
    gru: Any, params: Any, data: Any
) -> None:
    wanted = by_tape(gru, params, data, TIME)
    seen = gru.gru_gradients(data.xs, data.h_0, params, data.dhs)
    assert set(seen) == set(wanted)
    for name, array in wanted.items():
        np.testing.assert_allclose(seen[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


def test_gradients_of_one_step_equal_automatic_differentiation(
    gru: Any, params: Any, data: Any
) -> None:
    wanted = by_tape(gru, params, data, 1)
    wanted = {"x": wanted.pop("xs")[:, 0], "h_prev": wanted.pop("h_0"), **wanted}
    seen = gru.gru_step_gradients(data.xs[:, 0], data.h_0, params, data.dhs[:, 0])
    assert set(seen) == set(wanted)
    for name, array in wanted.items():
        np.testing.assert_allclose(seen[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("built_before", [True, False])
def test_the_keras_cell_equals_the_numpy_one_and_can_be_made_again(
    gru: Any, params: Any, data: Any, built_before: bool
) -> None:
    cell = gru.GRUCell(UNITS, dtype="float64", name="mine")
    if built_before:
        cell.build((None, FEATURES))
    cell.load(params)
    layer = keras.layers.RNN(cell, return_sequences=True, dtype="float64")
    hs = layer(data.xs, initial_state=[data.h_0])
    np.testing.assert_allclose(hs, gru.gru_over_time(data.xs, data.h_0, params)[0], atol=1e-12)
    again = gru.GRUCell.from_config(cell.get_config())
    assert (again.units, again.state_size, again.name) == (UNITS, UNITS, "mine")


@pytest.mark.parametrize("reset_after", [False, True])
def test_parameter_count_is_that_of_keras(gru: Any, reset_after: bool) -> None:
    cell = keras.layers.GRUCell(UNITS, reset_after=reset_after)
    cell.build((None, FEATURES))
    assert gru.parameter_count(FEATURES, UNITS, reset_after) == cell.count_params()


def test_the_language_model_takes_any_batch_and_length_and_never_sees_the_future(gru: Any) -> None:
    model = gru.language_model(11, 6, 8)
    ids = np.random.default_rng(0).integers(0, 11, (2, 9))
    logits = model(ids).numpy()
    assert logits.shape == (2, 9, 11)
    np.testing.assert_allclose(model(ids[:1, :4]), logits[:1, :4], atol=1e-6)
    assert not np.allclose(logits.sum(axis=-1), 1.0)


def test_training_clips_by_global_norm_and_returns_the_loss_of_each_epoch(gru: Any) -> None:
    keras.utils.set_random_seed(0)
    ids = np.tile(np.arange(7, dtype=np.int32), 60).reshape(20, 21)
    windows = tf.data.Dataset.from_tensor_slices((ids[:, :-1], ids[:, 1:])).batch(5)
    model = gru.language_model(7, 4, 8)
    losses = gru.train(model, windows, 15)
    assert len(losses) == 15
    assert losses[0] < 1.2 * np.log(7) and losses[-1] < 0.5 * losses[0]
    assert model.optimizer.global_clipnorm == 1.0
    assert model.optimizer.clipnorm is None and model.optimizer.clipvalue is None


def test_gates_are_read_along_the_states_that_the_cell_leaves(
    gru: Any, params: Any, data: Any
) -> None:
    r, z = gru.gates_over_time(data.xs, data.h_0, params)
    hs, _ = gru.gru_over_time(data.xs, data.h_0, params)
    before = np.concatenate([data.h_0[:, None], hs[:, :-1]], axis=1)
    h_tilde = np.tanh(data.xs @ params["W_xh"] + (r * before) @ params["W_hh"] + params["b_h"])
    np.testing.assert_allclose(z * before + (1 - z) * h_tilde, hs, atol=1e-12)


def test_after_one_half_life_half_of_the_product_of_the_gates_is_left(gru: Any) -> None:
    z = np.random.default_rng(2).uniform(0.3, 0.99, (4, 50, UNITS))
    steps = gru.half_life(z)
    assert steps.shape == (UNITS,)
    left = np.exp(np.log(z).sum(axis=(0, 1)) / 200 * steps)  # the geometric mean, `steps` times
    np.testing.assert_allclose(left, 0.5)


def packed_cell(gru: Any) -> type:
    """A cell that keeps the arrays in one flat weight, in an order of its own."""

    class Packed(keras.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape: Any) -> None:
            size = 3 * self.units * (input_shape[-1] + self.units + 1)
            self.flat = self.add_weight(shape=(size,), name="flat")

        def load(self, params: dict[str, np.ndarray]) -> None:
            flat = np.concatenate([params[name].T.ravel() for name in reversed(gru.PARAMETERS)])
            if not self.built:
                self.build((None, len(params["W_xr"])))
            self.flat.assign(flat)

    return Packed


@pytest.mark.parametrize("kind", ["the reference's", "packed"])
def test_trained_parameters_are_found_however_a_cell_packs_them(
    gru: Any, params: Any, kind: str
) -> None:
    cell = (packed_cell(gru) if kind == "packed" else gru.GRUCell)(UNITS)
    cell.load(params)
    found = gru.trained_params(cell, FEATURES)
    assert list(found) == list(gru.PARAMETERS)
    for name in gru.PARAMETERS:
        np.testing.assert_allclose(found[name], params[name].astype(np.float32), err_msg=name)


def test_the_worked_numbers_in_the_text_are_right(gru: Any) -> None:
    one = np.ones((1, 1))
    r = gru.reset_gate(one, 0.5 * one, 0.4 * one, -1.2 * one, np.array([0.1]))
    assert round(r.item(), 3) == 0.475
    assert round(gru.sigmoid(4.0).item(), 3) == 0.982
    r, h, W_hh = np.array([[1.0, 0.0]]), np.ones((1, 2)), np.array([[0.0, 1.0], [1.0, 0.0]])
    h_tilde = gru.candidate(np.zeros((1, 1)), h, r, np.zeros((1, 2)), W_hh, np.zeros(2))
    np.testing.assert_allclose(np.arctanh(h_tilde), [[0.0, 1.0]])
    assert gru.new_state(0.9, 0.5, -1.0) == pytest.approx(0.35)
    steady = np.array([0.5, 0.9, 0.99]) * np.ones((2, 3, 1))
    np.testing.assert_allclose(gru.half_life(steady), [1.0, 6.6, 69.0], rtol=0.005)
    assert np.log(0.001) / np.log(0.99) == pytest.approx(690, rel=0.01)
    assert {gru.parameter_count(4, 5), gru.parameter_count(4, 5, reset_after=True)} == {150, 165}
