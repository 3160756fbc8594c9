"""The reference solution of the lstm unit, against Keras, autodiff, course_lib and its own text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from autograder import reference
from course_lib.sources import adding_problem

NAMES = [
    "PARAMETERS",
    "sigmoid",
    "random_params",
    "gates",
    "candidate",
    "cell_state",
    "hidden_state",
    "lstm_step",
    "lstm_over_time",
    "carry_params",
    "count_params",
    "rnn_params",
    "direct_path",
    "lstm_step_gradients",
    "lstm_gradients",
    "LSTMCell",
    "keras_weights",
    "forget_bias",
    "language_model",
    "train",
    "adding_model",
    "train_adding",
    "error_by_lag",
    "trained_params",
]
BATCH, TIME, FEATURES, UNITS = 3, 6, 4, 5


@pytest.fixture(scope="module")
def lstm() -> Any:
    """The definitions of the solution notebook."""
    return SimpleNamespace(**reference.namespace("lstm", NAMES))


@pytest.fixture
def params(lstm: Any) -> dict[str, np.ndarray]:
    return lstm.random_params(FEATURES, UNITS, seed=3)


@pytest.fixture
def data() -> Any:
    rng = np.random.default_rng(5)
    return SimpleNamespace(
        xs=rng.normal(size=(BATCH, TIME, FEATURES)),
        h_0=rng.uniform(-0.9, 0.9, (BATCH, UNITS)),
        c_0=rng.normal(0.0, 1.3, (BATCH, UNITS)),
        dhs=rng.normal(size=(BATCH, TIME, UNITS)),
    )


def test_the_given_sigmoid_is_exact_in_both_tails(lstm: Any) -> None:
    a = np.array([-800.0, -40.0, 0.0, 3.0, 800.0])
    with np.errstate(all="raise", under="ignore"):
        seen = lstm.sigmoid(a)
    np.testing.assert_allclose(seen, [0.0, np.exp(-40.0), 0.5, 1 / (1 + np.exp(-3.0)), 1.0])


def keras_layer(lstm: Any, params: Any, steps: int, **options: Any) -> Any:
    """keras.layers.LSTM in float64 with these parameters."""
    layer = keras.layers.LSTM(UNITS, return_sequences=True, dtype="float64", **options)
    layer.build((None, steps, FEATURES))
    layer.set_weights(lstm.keras_weights(params))
    return layer


def test_over_time_it_equals_keras(lstm: Any, params: Any, data: Any) -> None:
    layer = keras_layer(lstm, params, TIME, return_state=True)
    wanted, h_last, c_last = layer(data.xs, initial_state=[data.h_0, data.c_0])
    hs, cs = lstm.lstm_over_time(data.xs, data.h_0, data.c_0, params)
    np.testing.assert_allclose(hs, wanted, atol=1e-12)
    np.testing.assert_allclose(hs[:, -1], h_last, atol=1e-12)
    np.testing.assert_allclose(cs[:, -1], c_last, atol=1e-12)


def test_reading_in_two_parts_equals_reading_in_one_go(lstm: Any, params: Any, data: Any) -> None:
    whole = lstm.lstm_over_time(data.xs, data.h_0, data.c_0, params)
    first = lstm.lstm_over_time(data.xs[:, :2], data.h_0, data.c_0, params)
    states = [state[:, -1] for state in first]
    second = lstm.lstm_over_time(data.xs[:, 2:], *states, params)
    for k in range(2):
        np.testing.assert_array_equal(np.concatenate([first[k], second[k]], axis=1), whole[k])


def test_the_limits_do_what_the_table_says_and_leave_the_given_dict_alone(
    lstm: Any, params: Any, data: Any
) -> None:
    before = {name: value.copy() for name, value in params.items()}
    x, h, c = 5.0 * data.xs[:, 0], data.h_0, data.c_0
    c_tilde = np.tanh(x @ params["W_xc"] + h @ params["W_hc"] + params["b_c"])
    wanted = {
        lstm.carry_params: (1, c),
        lstm.count_params: (1, c + c_tilde),
        lstm.rnn_params: (0, np.tanh(c_tilde)),
    }
    for limit, (state, value) in wanted.items():
        changed = limit(params)
        np.testing.assert_allclose(lstm.lstm_step(x, h, c, changed)[state], value, atol=1e-12)
        assert all(changed[name] is params[name] for name in ("W_xc", "W_hc", "b_c"))
        assert set(changed) == set(lstm.PARAMETERS)
    assert all(np.array_equal(params[name], before[name]) for name in before)


def test_the_direct_path_is_the_gradient_of_the_cell_with_the_hidden_state_cut_out(
    lstm: Any, params: Any, data: Any
) -> None:
    p = {name: tf.constant(value) for name, value in params.items()}
    c_0 = tf.constant(data.c_0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(c_0)
        h, c, cells = tf.constant(data.h_0), c_0, []
        for t in range(TIME):
            h, x = tf.stop_gradient(h), data.xs[:, t]
            i, f, o, a = (x @ p[f"W_x{g}"] + h @ p[f"W_h{g}"] + p[f"b_{g}"] for g in "ifoc")
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(a)
            h = tf.sigmoid(o) * tf.tanh(c)
            cells.append(c)
    wanted = np.stack([tape.gradient(c, c_0) for c in cells], axis=1)
    path = lstm.direct_path(data.xs, data.h_0, data.c_0, params)
    np.testing.assert_allclose(path, wanted, rtol=1e-10)


def by_tape(lstm: Any, params: Any, data: Any, steps: int, dc: Any = None) -> dict[str, Any]:
    """Gradients of sum(dhs * hs) + sum(dc * c_T) from TensorFlow, through Keras's own LSTM."""
    layer = keras_layer(lstm, params, steps, return_state=True)
    xs, h_0, c_0 = (tf.constant(a) for a in (data.xs[:, :steps], data.h_0, data.c_0))
    with tf.GradientTape() as tape:
        tape.watch([xs, h_0, c_0])
        hs, _, c_last = layer(xs, initial_state=[h_0, c_0])
        loss = tf.reduce_sum(data.dhs[:, :steps] * hs)
        if dc is not None:
            loss += tf.reduce_sum(dc * c_last)
    arrays = tape.gradient(loss, [xs, h_0, c_0, *layer.trainable_variables])
    dxs, dh_0, dc_0, *packed = (array.numpy() for array in arrays)
    found = {"xs": dxs, "h_0": dh_0, "c_0": dc_0}
    for part, array in zip(("W_x", "W_h", "b_"), packed, strict=True):
        for block, piece in zip("ifco", np.split(array, 4, axis=-1), strict=True):
            found[part + block] = piece
    return found


def test_gradients_by_hand_equal_automatic_differentiation(
    lstm: Any, params: Any, data: Any
) -> None:
    wanted = by_tape(lstm, params, data, TIME)
    seen = lstm.lstm_gradients(data.xs, data.h_0, data.c_0, params, data.dhs)
    assert set(seen) == set(wanted)
    for name, array in wanted.items():
        np.testing.assert_allclose(seen[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


def test_gradients_of_one_step_equal_automatic_differentiation(
    lstm: Any, params: Any, data: Any
) -> None:
    dc = np.random.default_rng(6).normal(size=data.c_0.shape)
    wanted = by_tape(lstm, params, data, 1, dc)
    wanted |= {"x": wanted.pop("xs")[:, 0]}
    wanted |= {"h_prev": wanted.pop("h_0"), "c_prev": wanted.pop("c_0")}
    given = data.xs[:, 0], data.h_0, data.c_0, params, data.dhs[:, 0], dc
    seen = lstm.lstm_step_gradients(*given)
    assert set(seen) == set(wanted)
    for name, array in wanted.items():
        np.testing.assert_allclose(seen[name], array, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("built_before", [True, False])
def test_the_keras_cell_equals_the_numpy_one_and_can_be_made_again(
    lstm: Any, params: Any, data: Any, built_before: bool
) -> None:
    cell = lstm.LSTMCell(UNITS, dtype="float64", name="mine")
    if built_before:
        cell.build((None, FEATURES))
    cell.load(params)
    layer = keras.layers.RNN(cell, return_sequences=True, dtype="float64")
    hs = layer(data.xs, initial_state=[data.h_0, data.c_0])
    wanted, _ = lstm.lstm_over_time(data.xs, data.h_0, data.c_0, params)
    np.testing.assert_allclose(hs, wanted, atol=1e-12)
    again = lstm.LSTMCell.from_config(cell.get_config())
    assert (again.units, again.state_size, again.name) == (UNITS, [UNITS, UNITS], "mine")


def test_a_fresh_cell_begins_as_kerass_does(lstm: Any) -> None:
    cell, keras_cell = lstm.LSTMCell(UNITS), keras.layers.LSTMCell(UNITS)
    cell.build((None, FEATURES))
    keras_cell.build((None, FEATURES))
    biases = {name: np.asarray(cell.parts[name]) for name in ("b_i", "b_f", "b_c", "b_o")}
    np.testing.assert_array_equal(np.concatenate(list(biases.values())), keras_cell.bias)
    assert cell.count_params() == keras_cell.count_params()


def test_after_so_many_steps_one_half_of_a_fresh_cell_is_left(lstm: Any) -> None:
    steps = np.array([1.0, 2.0, 20.0, 500.0])
    np.testing.assert_allclose(lstm.sigmoid(lstm.forget_bias(steps)) ** steps, 0.5)


def test_the_language_model_takes_any_batch_and_length_and_never_sees_the_future(lstm: Any) -> None:
    model = lstm.language_model(11, 6, 8)
    ids = np.random.default_rng(0).integers(0, 11, (2, 9))
    logits = model(ids).numpy()
    assert logits.shape == (2, 9, 11)
    np.testing.assert_allclose(model(ids[:1, :4]), logits[:1, :4], atol=1e-6)
    assert not np.allclose(logits.sum(axis=-1), 1.0)


def test_training_clips_by_global_norm_and_returns_the_loss_of_each_epoch(lstm: Any) -> None:
    keras.utils.set_random_seed(0)
    ids = np.tile(np.arange(7, dtype=np.int32), 60).reshape(20, 21)
    windows = tf.data.Dataset.from_tensor_slices((ids[:, :-1], ids[:, 1:])).batch(5)
    model = lstm.language_model(7, 4, 8)
    losses = lstm.train(model, windows, 15)
    assert len(losses) == 15
    assert losses[0] < 1.2 * np.log(7) and losses[-1] < 0.7 * losses[0]
    assert model.optimizer.global_clipnorm == 1.0
    assert model.optimizer.clipnorm is None and model.optimizer.clipvalue is None


def test_the_adding_model_takes_any_cell_batch_and_length_and_reads_the_last_state(
    lstm: Any,
) -> None:
    for cell in (lstm.LSTMCell(UNITS), keras.layers.SimpleRNNCell(UNITS)):
        model = lstm.adding_model(cell)
        inputs, _ = adding_problem(3, 8, seed=1)
        kernel, bias = model.layers[-1].get_weights()
        for numbers in (inputs, inputs[:2, :5]):
            wanted = keras.layers.RNN(cell)(numbers) @ kernel + bias
            np.testing.assert_allclose(model(numbers), wanted, atol=1e-6)


def test_training_on_sums_clips_by_global_norm_and_returns_the_loss_of_each_epoch(
    lstm: Any,
) -> None:
    keras.utils.set_random_seed(0)
    model = lstm.adding_model(lstm.LSTMCell(8))
    inputs, targets = adding_problem(200, 4, seed=1)
    losses = lstm.train_adding(model, inputs, targets[:, None], 12)
    assert len(losses) == 12 and losses[-1] < 0.5 * losses[0]
    assert model.optimizer.global_clipnorm == 1.0
    assert model.optimizer.iterations == 12 * 200 / 50


def test_the_errors_of_the_groups_are_those_of_their_sequences(lstm: Any) -> None:
    inputs, targets = adding_problem(400, 20, seed=1)
    first = np.array([min(np.flatnonzero(row)) for row in inputs[:, :, 1]])
    predictions = 19.0 - first[:, None]  # the lag itself
    every = np.arange(10, 21)  # one group a lag
    errors = lstm.error_by_lag(predictions, inputs, 0.0 * targets[:, None], every)
    np.testing.assert_allclose(errors, every[:-1] ** 2)
    (whole,) = lstm.error_by_lag(predictions, inputs, targets[:, None], [10, 20])
    assert whole == pytest.approx(np.mean((predictions[:, 0] - targets) ** 2))


def packed_cell(lstm: Any) -> type:
    """A cell that keeps the arrays in one flat weight, in an order of its own."""

    class Packed(keras.layers.Layer):
        def __init__(self, units: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.units = units

        def build(self, input_shape: Any) -> None:
            size = 4 * self.units * (input_shape[-1] + self.units + 1)
            self.flat = self.add_weight(shape=(size,), name="flat")

        def load(self, params: dict[str, np.ndarray]) -> None:
            flat = np.concatenate([params[name].T.ravel() for name in reversed(lstm.PARAMETERS)])
            if not self.built:
                self.build((None, len(params["W_xi"])))
            self.flat.assign(flat)

    return Packed


@pytest.mark.parametrize("kind", ["the reference's", "packed"])
def test_trained_parameters_are_found_however_a_cell_packs_them(
    lstm: Any, params: Any, kind: str
) -> None:
    cell = (packed_cell(lstm) if kind == "packed" else lstm.LSTMCell)(UNITS)
    cell.load(params)
    found = lstm.trained_params(cell, FEATURES)
    assert list(found) == list(lstm.PARAMETERS)
    for name in lstm.PARAMETERS:
        np.testing.assert_allclose(found[name], params[name].astype(np.float32), err_msg=name)


def test_the_worked_numbers_in_the_text_are_right(lstm: Any) -> None:
    one = np.ones((1, 1))
    small = {name: 0 * value for name, value in lstm.random_params(1, 1).items()}
    small |= {"W_xf": 0.4 * one, "W_hf": -1.2 * one, "b_f": np.array([1.0])}
    assert round(lstm.gates(one, 0.5 * one, small)[1].item(), 3) == 0.690
    assert lstm.cell_state(0.9, 2.0, 0.5, -1.0) == pytest.approx(1.3)
    assert round(lstm.hidden_state(0.5, 1.3), 3) == 0.431
    assert round(np.tanh(1.3), 3) == 0.862
    np.testing.assert_allclose(np.cumprod([0.9, 0.5, 0.8]), [0.9, 0.45, 0.36])
    left = lstm.sigmoid(np.array([0.0, 1.0])) ** 20
    assert 0.9e-6 < left[0] < 1e-6 and 1900 < left[1] / left[0] < 2100
    np.testing.assert_allclose(lstm.forget_bias(np.array([1.0, 20.0])), [0.0, 3.34], atol=0.005)
    inputs, targets = adding_problem(100_000, 40, seed=1)
    assert np.mean((targets - 1) ** 2) == pytest.approx(1 / 6, rel=0.02)
    first = inputs[:, :20].prod(axis=-1).sum(axis=1)
    assert np.mean((targets - first - 0.5) ** 2) == pytest.approx(1 / 12, rel=0.02)
