"""The reference solution of the bptt unit, against Keras, course_lib, SymPy and its own text."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import sympy as sp
import tensorflow as tf

from autograder import reference
from autograder.check import registry
from course_lib import bptt, clip_by_global_norm

GIVEN = ["forward", "states_before", "softmax", "cross_entropy", "random_params", "WEIGHTS", "s"]
NAMES = [name for check in registry("bptt") for name in check.provides]
BATCH, TIME, FEATURES, UNITS, OUTPUTS = 3, 6, 4, 5, 2


@pytest.fixture(scope="module")
def ours() -> Any:
    """The definitions of the solution notebook."""
    return SimpleNamespace(**reference.namespace("bptt", [*GIVEN, *NAMES]))


@pytest.fixture(scope="module")
def params(ours: Any) -> dict[str, np.ndarray]:
    return ours.random_params(FEATURES, UNITS, OUTPUTS, seed=3)


@pytest.fixture(scope="module")
def data() -> Any:
    rng = np.random.default_rng(5)
    return SimpleNamespace(
        xs=rng.normal(size=(BATCH, TIME, FEATURES)),
        h_0=rng.uniform(-0.9, 0.9, (BATCH, UNITS)),
        d_os=rng.normal(size=(BATCH, TIME, OUTPUTS)),
        ys=rng.integers(0, OUTPUTS, (BATCH, TIME)),
    )


def keras_layers(params: dict[str, np.ndarray], activation: str) -> tuple[Any, Any]:
    """Keras's own recurrent layer and output layer with these weights."""
    layer = keras.layers.SimpleRNN(
        UNITS, activation=activation, return_sequences=True, dtype="float64"
    )
    layer.build((None, TIME, FEATURES))
    layer.set_weights([params["W_xh"], params["W_hh"], params["b_h"]])
    dense = keras.layers.Dense(OUTPUTS, dtype="float64")
    dense.build((None, UNITS))
    dense.set_weights([params["W_ho"], params["b_o"]])
    return layer, dense


def by_keras(
    params: dict[str, np.ndarray], data: Any, activation: str = "tanh", tokens: bool = False
) -> dict[str, np.ndarray]:
    """Gradients by TensorFlow's tape through Keras's layers, of Σ d_os ⊙ os or of the nats."""
    layer, dense = keras_layers(params, activation)
    xs, h_0 = tf.constant(data.xs), tf.constant(data.h_0)
    with tf.GradientTape() as tape:
        tape.watch([xs, h_0])
        os = dense(layer(xs, initial_state=h_0))
        if tokens:
            nats = tf.nn.sparse_softmax_cross_entropy_with_logits(data.ys, os)
            loss = tf.reduce_sum(nats)
        else:
            loss = tf.reduce_sum(data.d_os * os)
    sources = [*layer.trainable_variables, *dense.trainable_variables, xs, h_0]
    names = ("W_xh", "W_hh", "b_h", "W_ho", "b_o", "xs", "h_0")
    return dict(zip(names, map(np.asarray, tape.gradient(loss, sources)), strict=True))


def assert_equal(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert set(seen) == set(wanted)
    for name, array in wanted.items():
        np.testing.assert_allclose(seen[name], array, rtol=1e-9, atol=1e-11, err_msg=name)


def test_the_given_network_is_that_of_keras(ours: Any, params: Any, data: Any) -> None:
    layer, dense = keras_layers(params, "tanh")
    hs, os = ours.forward(data.xs, data.h_0, params)
    np.testing.assert_allclose(hs, layer(data.xs, initial_state=data.h_0), atol=1e-12)
    np.testing.assert_allclose(os, dense(hs), atol=1e-12)
    np.testing.assert_array_equal(ours.states_before(hs, data.h_0)[:, 0], data.h_0)
    np.testing.assert_array_equal(ours.states_before(hs, data.h_0)[:, 1:], hs[:, :-1])


def test_the_given_loss_is_tensorflows_also_where_exp_overflows(ours: Any, data: Any) -> None:
    os = data.d_os + 800.0 * (np.arange(TIME) == 2)[:, None]
    nats = tf.nn.sparse_softmax_cross_entropy_with_logits(data.ys, os)
    assert ours.cross_entropy(os, data.ys) == pytest.approx(float(tf.reduce_sum(nats)), rel=1e-12)
    np.testing.assert_allclose(ours.softmax(os).sum(axis=-1), 1.0)


def test_the_closed_form_of_the_linear_rnn_is_automatic_differentiation(
    ours: Any, params: Any, data: Any
) -> None:
    linear = params | {"b_h": np.zeros(UNITS), "b_o": np.zeros(OUTPUTS)}
    hs, _ = ours.forward(data.xs, data.h_0, linear, lambda a: a)
    seen = {
        "W_ho": ours.linear_W_ho_gradient(hs, data.d_os),
        "W_hh": ours.linear_W_hh_gradient(hs, data.h_0, linear, data.d_os),
        "W_xh": ours.linear_W_xh_gradient(data.xs, linear, data.d_os),
    }
    wanted = by_keras(linear, data, "linear")
    assert_equal(seen, {name: wanted[name] for name in seen})


def test_all_gradients_of_the_tanh_rnn_are_automatic_differentiation(
    ours: Any, params: Any, data: Any
) -> None:
    seen = ours.rnn_gradients(data.xs, data.h_0, params, data.d_os)
    assert_equal(seen, by_keras(params, data))
    _, os = ours.forward(data.xs, data.h_0, params)
    seen = ours.rnn_gradients(data.xs, data.h_0, params, ours.output_gradient(os, data.ys))
    assert_equal(seen, by_keras(params, data, tokens=True))


def test_the_lines_of_the_recursion_are_those_of_the_library(
    ours: Any, params: Any, data: Any
) -> None:
    run = bptt.forward(params, data.xs, data.h_0)
    delta = bptt.deltas(run, data.d_os)
    found, delta_0 = ours.deltas(run.h, data.d_os, params)
    np.testing.assert_allclose(found, delta[:, 1:], atol=1e-12)
    np.testing.assert_allclose(delta_0, delta[:, 0], atol=1e-12)


@pytest.mark.parametrize("tau", range(TIME + 2))
def test_truncation_is_that_of_the_library_for_every_tau(
    ours: Any, params: Any, data: Any, tau: int
) -> None:
    run = bptt.forward(params, data.xs, data.h_0)
    wanted = bptt.gradients(run, data.d_os, tau)
    wanted |= {"xs": wanted.pop("x")}
    assert_equal(ours.truncated_gradients(data.xs, data.h_0, params, data.d_os, tau), wanted)


def test_the_mean_over_all_outcomes_of_the_random_truncation_is_the_full_gradient(
    ours: Any, params: Any, data: Any
) -> None:
    keep, mean = 0.7, {}
    for outcome in product([True, False], repeat=TIME):
        draws = iter(np.where(outcome, 0.5 * keep, 0.5 * (1 + keep)))
        rng = SimpleNamespace(random=lambda draws=draws: next(draws))
        found = ours.randomised_gradients(data.xs, data.h_0, params, data.d_os, keep, rng)
        chance = np.prod(np.where(outcome, keep, 1 - keep))
        mean = {name: mean.get(name, 0) + chance * array for name, array in found.items()}
    assert_equal(mean, ours.rnn_gradients(data.xs, data.h_0, params, data.d_os))


def test_jacobians_and_radii_are_those_of_the_library(ours: Any, params: Any, data: Any) -> None:
    run = bptt.forward(params, data.xs, data.h_0)
    W = params["W_hh"]
    np.testing.assert_allclose(ours.jacobian(run.h[1, 2], W), bptt.jacobians(run)[1, 2])
    for row in range(BATCH):
        wanted = bptt.jacobian_norms(run)[row]
        np.testing.assert_allclose(ours.jacobian_norms(run.h[row], W), wanted, rtol=1e-10)
    assert ours.spectral_radius(W) == pytest.approx(bptt.spectral_radius(W))
    wanted = bptt.with_spectral_radius(W, 0.8)
    np.testing.assert_allclose(ours.with_spectral_radius(W, 0.8), wanted)


@pytest.mark.parametrize("theta", [0.1, 1e6])
@pytest.mark.parametrize("first", [1.0, 0.0, np.inf, np.nan])
def test_clipping_is_that_of_tensorflow_and_of_the_library(
    ours: Any, params: Any, theta: float, first: float
) -> None:
    gradients = {name: array.copy() for name, array in params.items()}
    gradients["W_hh"][0, 0] = first
    seen = ours.clip_by_global_norm(gradients, theta)
    for clip in (clip_by_global_norm, tf.clip_by_global_norm):
        wanted, norm = clip(list(gradients.values()), theta)
        np.testing.assert_allclose(ours.global_norm(gradients), norm)
        assert_equal(seen, dict(zip(gradients, map(np.asarray, wanted), strict=True)))


def test_clipping_leaves_zeros_zero(ours: Any) -> None:
    clipped = ours.clip_by_global_norm({"b_h": np.zeros(3)}, 1.0)
    np.testing.assert_array_equal(clipped["b_h"], 0.0)


@pytest.mark.parametrize("tau", [0, 1, 2])
def test_the_sum_over_paths_is_the_derivative_of_the_truncated_loss(ours: Any, tau: int) -> None:
    s, loss = ours.s, 0
    constant = sp.symbols("c_0:3")  # states that count as constants
    for t in (1, 2, 3):
        first = max(t - tau, 1)
        state = constant[first - 1]
        for i in range(first, t + 1):
            state = sp.tanh(s.w * state + s.u * s.x[i])
        loss += (s.v * state - s.y[t]) ** 2 / 2
    states = [s.h[0]]
    for t in (1, 2, 3):
        states.append(sp.tanh(s.w * states[-1] + s.u * s.x[t]))
    wanted = sp.diff(loss, s.w).subs(dict(zip(constant, states, strict=False)))
    seen = ours.dL_dw(s, tau).subs(dict(zip(s.h, states, strict=True)))
    numbers = {
        symbol: 0.3 + 0.17 * k for k, symbol in enumerate(sorted(wanted.free_symbols, key=str))
    }
    assert float(seen.subs(numbers)) == pytest.approx(float(wanted.subs(numbers)), rel=1e-12)


def test_the_gradient_checker_is_that_of_the_library(ours: Any, params: Any, data: Any) -> None:
    def loss(values: dict[str, np.ndarray]) -> float:
        return float(ours.cross_entropy(ours.forward(data.xs, data.h_0, values)[1], data.ys))

    _, os = ours.forward(data.xs, data.h_0, params)
    claims = ours.rnn_gradients(data.xs, data.h_0, params, ours.output_gradient(os, data.ys))
    claims = {name: claims[name] for name in ("W_hh", "b_o")}
    claims["b_o"] = 1.01 * claims["b_o"]
    seen = ours.gradient_errors(loss, params, claims)
    assert seen == pytest.approx(bptt.check_gradients(loss, params, claims))
    assert seen["W_hh"] < 1e-6 and seen["b_o"] == pytest.approx(0.01 / 2.01, rel=1e-3)


def test_the_worked_numbers_in_the_text_are_right(ours: Any) -> None:
    one, xs = np.ones((1, 1)), np.array([[[1.0], [0.0], [0.0]]])
    small = {"W_xh": one, "W_hh": 0.5 * one, "W_ho": one, "b_h": 0.0, "b_o": 0.0}
    hs, _ = ours.forward(xs, 0 * one, small, lambda a: a)
    np.testing.assert_allclose(hs[0, :, 0], [1.0, 0.5, 0.25])
    last = np.array([[[0.0], [0.0], [1.0]]])
    np.testing.assert_allclose(ours.linear_W_hh_gradient(hs, 0 * one, small, last), [[1.0]])

    told = ours.output_gradient(np.array([[[2.0, 1.0, 0.0]]]), np.array([[0]]))
    np.testing.assert_allclose(told[0, 0], [-0.335, 0.245, 0.090], atol=5e-4)
    np.testing.assert_allclose(ours.through_tanh(1.0, np.array([0.5, 0.99])), [0.75, 0.0199])
    turn = np.array([[0.0, 0.9], [-0.9, 0.0]])
    assert ours.spectral_radius(turn) == pytest.approx(0.9)
    clipped = ours.clip_by_global_norm({"a": np.array([3.0]), "b": np.array([4.0])}, 1.0)
    assert (clipped["a"].item(), clipped["b"].item()) == pytest.approx((0.6, 0.8))
    difference = ours.numerical_gradient(lambda x: float(x[0] ** 3), np.array([2.0]), 0.1)
    assert difference.item() == pytest.approx(12.01)
