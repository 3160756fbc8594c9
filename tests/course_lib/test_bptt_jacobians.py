"""Jacobians of states against automatic differentiation; spectral radius and what follows."""

import numpy as np
import pytest
import tensorflow as tf

from course_lib import bptt

BATCH, TIME, FEATURES, UNITS = 2, 6, 3, 4


def network(seed=0, units=UNITS, time=TIME, scale=0.7):
    rng = np.random.default_rng(seed)
    parameters = {
        "W_xh": rng.normal(0, scale, (FEATURES, units)),
        "W_hh": rng.normal(0, scale, (units, units)),
        "W_ho": rng.normal(size=(units, 1)),
        "b_h": rng.normal(size=units),
    }
    return parameters, rng.normal(size=(BATCH, time, FEATURES)), rng.normal(size=(BATCH, units))


def orthogonal(units, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(units, units)))[0]


@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_jacobians_equal_automatic_differentiation(activation):
    parameters, x, h_0 = network()
    run = bptt.forward(parameters, x, h_0, activation)
    phi = {"tanh": tf.tanh, "linear": tf.identity}[activation]
    for k in range(TIME + 1):
        start = tf.constant(h_0 if k == 0 else run.h[:, k - 1])
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(start)
            states = {k: start}
            for t in range(k + 1, TIME + 1):
                a = x[:, t - 1] @ parameters["W_xh"] + states[t - 1] @ parameters["W_hh"]
                states[t] = phi(a + parameters["b_h"])
            parts = {t: tf.unstack(h_t, axis=1) for t, h_t in states.items()}
        for t, units in parts.items():
            expected = np.stack([tape.gradient(unit, start) for unit in units], axis=1)
            np.testing.assert_allclose(bptt.jacobian_product(run, t, k), expected, atol=1e-10)
            if t == k + 1:
                np.testing.assert_allclose(bptt.jacobians(run)[:, k], expected, atol=1e-10)


@pytest.mark.parametrize("t", [None, 0, 1, 4])
def test_norms_by_lag_are_those_of_the_products(t):
    run = bptt.forward(*network(1))
    last = TIME if t is None else t
    norms = bptt.jacobian_norms(run, t)
    assert norms.shape == (BATCH, last + 1)
    for lag in range(last + 1):
        products = bptt.jacobian_product(run, last, last - lag)
        expected = [np.linalg.svd(product, compute_uv=False)[0] for product in products]
        np.testing.assert_allclose(norms[:, lag], expected, rtol=1e-10)


def test_products_of_the_linear_rnn_are_powers_of_one_matrix():
    parameters, x, h_0 = network(2)
    run = bptt.forward(parameters, x, h_0, "linear")
    expected = np.linalg.matrix_power(parameters["W_hh"].T, 4)  # the lecture's W_hh
    np.testing.assert_allclose(bptt.jacobian_product(run, 5, 1)[1], expected, rtol=1e-10)


@pytest.mark.parametrize("radius", [0.7, 1.0, 1.3])
def test_the_spectral_radius_tells_vanishing_from_exploding(radius):
    parameters, x, h_0 = network(3, time=200)
    parameters["W_hh"] = bptt.with_spectral_radius(parameters["W_hh"], radius)
    norms = bptt.jacobian_norms(bptt.forward(parameters, x, h_0, "linear"))
    rate = (norms[:, 200] / norms[:, 100]) ** (1 / 100)
    np.testing.assert_allclose(rate, radius, rtol=5e-3)


def test_an_orthogonal_matrix_keeps_every_gradient_in_the_linear_rnn():
    parameters, x, h_0 = network(4)
    parameters["W_hh"] = orthogonal(UNITS)
    run = bptt.forward(parameters, x, h_0, "linear")
    np.testing.assert_allclose(bptt.jacobian_norms(run), 1, rtol=1e-12)


def test_a_tanh_rnn_keeps_at_most_the_bound():
    parameters, x, h_0 = network(5)
    run = bptt.forward(parameters, x, h_0)
    sigma = np.linalg.svd(parameters["W_hh"], compute_uv=False)[0]
    bound = (run.slope.max() * sigma) ** np.arange(TIME + 1)
    assert np.all(bptt.jacobian_norms(run) <= bound * (1 + 1e-12))


def test_saturated_units_forget_at_any_spectral_radius():
    parameters, x, h_0 = network(6)
    parameters["W_hh"] = bptt.with_spectral_radius(parameters["W_hh"], 1.3)
    parameters["b_h"] = np.full(UNITS, 50.0)
    assert np.all(bptt.jacobian_norms(bptt.forward(parameters, x, h_0))[:, 1:] < 1e-12)


@pytest.mark.parametrize("units", [1, 3, 8])
def test_the_spectral_radius_is_the_growth_of_the_powers(units):
    W = np.random.default_rng(units).normal(size=(units, units))
    growth = np.linalg.norm(np.linalg.matrix_power(W, 64), 2) ** (1 / 64)
    assert bptt.spectral_radius(W) == pytest.approx(growth, rel=0.06)
    assert bptt.spectral_radius(orthogonal(units)) == pytest.approx(1, rel=1e-12)


def test_a_matrix_is_scaled_to_a_spectral_radius_by_one_factor():
    W = np.random.default_rng(7).normal(size=(5, 5))
    scaled = bptt.with_spectral_radius(W, 0.9)
    assert bptt.spectral_radius(scaled) == pytest.approx(0.9, rel=1e-12)
    np.testing.assert_allclose(scaled / W, (scaled / W)[0, 0], rtol=1e-12)
    assert not bptt.with_spectral_radius(W, 0).any()


@pytest.mark.parametrize(("t", "k"), [(2, 3), (7, 0), (1, -1), (1.5, 0)])
def test_a_state_depends_on_no_later_one(t, k):
    run = bptt.forward(*network())
    with pytest.raises(ValueError, match=rf"0 ≤ k ≤ t ≤ 6; got t={t}, k={k}"):
        bptt.jacobian_product(run, t, k)
    if t > TIME:
        with pytest.raises(ValueError, match="0 ≤ k ≤ t ≤ 6; got t=7"):
            bptt.jacobian_norms(run, t)


@pytest.mark.parametrize("W", [np.ones((2, 3)), np.ones(3), np.ones((0, 0))])
def test_only_square_matrices_have_a_spectral_radius(W):
    with pytest.raises(ValueError, match=r"W_hh is \(units, units\), at least one unit; got shape"):
        bptt.spectral_radius(W)


def test_what_no_factor_can_scale_is_refused():
    with pytest.raises(ValueError, match="W_hh holds a number that is not finite"):
        bptt.spectral_radius([[np.nan]])
    for W, radius in [([[0.0, 1.0], [0.0, 0.0]], 1.0), ([[2.0]], -1.0), ([[2.0]], np.inf)]:
        with pytest.raises(ValueError, match="a spectral radius is a number of at least 0.*got"):
            bptt.with_spectral_radius(W, radius)
