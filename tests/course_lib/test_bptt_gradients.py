"""Gradients through time by hand against automatic differentiation, in float64."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import bptt

ACTIVATIONS = {"tanh": tf.tanh, "linear": tf.identity}
LOSSES = {"squared error": bptt.squared_error, "cross-entropy": bptt.softmax_cross_entropy}
BATCH, TIME, FEATURES, UNITS, OUTPUTS = 2, 5, 3, 4, 6


def draw(seed, batch=BATCH, time=TIME, features=FEATURES, units=UNITS, outputs=OUTPUTS, bias=True):
    """(parameters, x, h_0, {loss: targets}), all nonzero, with large pre-activations."""
    rng = np.random.default_rng(seed)
    shapes = {"W_xh": (features, units), "W_hh": (units, units), "W_ho": (units, outputs)}
    shapes |= {"b_h": (units,), "b_o": (outputs,)} if bias else {}
    parameters = {name: rng.normal(0, 0.7, shape) for name, shape in shapes.items()}
    targets = {
        "squared error": rng.normal(size=(batch, time, outputs)),
        "cross-entropy": rng.integers(outputs, size=(batch, time)),
    }
    return (
        parameters,
        rng.normal(size=(batch, time, features)),
        rng.normal(size=(batch, units)),
        (targets),
    )


def by_tape(parameters, x, h_0, y, activation, loss, cut=None, reduction="sum"):
    """The gradients that TensorFlow gives; cut(t, k): does the loss at step t stop before h_k?

    Without a cut one forward pass serves all losses. With one, each loss has a pass of its own,
    in which the states that it may not see are constants.
    """
    v = {name: tf.Variable(value) for name, value in parameters.items()}
    v |= {"x": tf.Variable(x), "h_0": tf.Variable(h_0)}
    phi, time = ACTIVATIONS[activation], x.shape[1]

    def losses(h, last, cut):
        for t in range(1, time + 1):
            a = v["x"][:, t - 1] @ v["W_xh"] + h @ v["W_hh"] + v.get("b_h", 0.0)
            h = phi(a)
            if cut and last is not None and t < last and cut(last, t):
                h = tf.stop_gradient(h)
            if last is None or t == last:
                o = h @ v["W_ho"] + v.get("b_o", 0.0)
                if loss == "squared error":
                    yield 0.5 * tf.reduce_sum((o - y[:, t - 1]) ** 2)
                else:
                    yield tf.reduce_sum(
                        tf.nn.sparse_softmax_cross_entropy_with_logits(y[:, t - 1], o)
                    )

    with tf.GradientTape() as tape:
        if cut is None:
            total = tf.add_n(list(losses(v["h_0"], None, None)))
        else:
            starts = [
                tf.stop_gradient(v["h_0"]) if cut(t, 0) else v["h_0"] for t in range(time + 1)
            ]
            total = tf.add_n([next(losses(starts[t], t, cut)) for t in range(1, time + 1)])
        if reduction == "mean":
            total /= x.shape[0] * time
    found = tape.gradient(total, v, unconnected_gradients="zero")
    return float(total), {name: value.numpy() for name, value in found.items()}


def assert_equal(got, expected, tolerance=1e-10):
    assert list(got) == list(expected)
    for name, value in expected.items():
        scale = max(1.0, np.abs(value).max())
        np.testing.assert_allclose(got[name], value, rtol=0, atol=tolerance * scale, err_msg=name)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_forward_pass_equals_keras(activation):
    p, x, h_0, _ = draw(0)
    run = bptt.forward(p, x, h_0, activation)
    layer = keras.layers.SimpleRNN(
        UNITS, activation=activation, return_sequences=True, dtype="float64"
    )
    layer.build(x.shape)
    layer.set_weights([p["W_xh"], p["W_hh"], p["b_h"]])
    expected = layer(x, initial_state=h_0).numpy()
    np.testing.assert_allclose(run.h, expected, rtol=1e-12)
    np.testing.assert_allclose(run.o, expected @ p["W_ho"] + p["b_o"], rtol=1e-12)
    np.testing.assert_array_equal(run.h_prev[:, 0], h_0)
    np.testing.assert_array_equal(run.h_prev[:, 1:], run.h[:, :-1])


def test_the_lectures_column_vectors_give_the_same_numbers():
    p, x, h_0, _ = draw(1, bias=False)
    W_hx, W_hh, W_oh = p["W_xh"].T, p["W_hh"].T, p["W_ho"].T
    h = h_0[0]
    for x_t in x[0]:
        h = W_hx @ x_t + W_hh @ h
    run = bptt.forward(p, x, h_0, "linear")
    np.testing.assert_allclose(run.h[0, -1], h, rtol=1e-12)
    np.testing.assert_allclose(run.o[0, -1], W_oh @ h, rtol=1e-12)


@given(
    seed=st.integers(0, 2**20),
    sizes=st.tuples(*[st.integers(1, 5)] * 5),
    bias=st.booleans(),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    loss=st.sampled_from(sorted(LOSSES)),
    reduction=st.sampled_from(["sum", "mean"]),
)
@settings(max_examples=60, deadline=None)
def test_full_gradients_equal_automatic_differentiation(
    seed, sizes, bias, activation, loss, reduction
):
    parameters, x, h_0, targets = draw(seed, *sizes, bias=bias)
    run = bptt.forward(parameters, x, h_0, activation)
    value, d_o = LOSSES[loss](run.o, targets[loss], reduction)
    expected_value, expected = by_tape(
        parameters, x, h_0, targets[loss], activation, loss, reduction=reduction
    )
    assert value == pytest.approx(expected_value, rel=1e-12)
    assert_equal(bptt.gradients(run, d_o), expected)
    assert_equal(bptt.closed_form_gradients(run, d_o), expected)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("tau", [*range(TIME + 2), None])
def test_every_truncation_equals_stopped_gradients(activation, loss, tau):
    parameters, x, h_0, targets = draw(2)
    run = bptt.forward(parameters, x, h_0, activation)
    _, d_o = LOSSES[loss](run.o, targets[loss])
    reach = TIME if tau is None else tau
    _, expected = by_tape(
        parameters, x, h_0, targets[loss], activation, loss, cut=lambda t, k: t - k > reach
    )
    assert_equal(bptt.gradients(run, d_o, tau), expected)
    assert_equal(bptt.closed_form_gradients(run, d_o, tau), expected)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("window", range(1, TIME + 2))
def test_windows_with_carried_state_equal_stopped_gradients(activation, window):
    parameters, x, h_0, targets = draw(3)
    run = bptt.forward(parameters, x, h_0, activation)
    _, d_o = bptt.squared_error(run.o, targets["squared error"])

    def cut(t, k):  # h_k is the last state of a window before that of step t
        return k > 0 and k % window == 0 and k < t or (k == 0 and t > window)

    expected = by_tape(
        parameters, x, h_0, targets["squared error"], activation, "squared error", cut=cut
    )[1]
    assert_equal(bptt.windowed_gradients(run, d_o, window), expected)


def test_windows_add_up_to_what_a_stateful_training_loop_sees():
    parameters, x, h_0, targets = draw(4, time=7)
    y, total, h = targets["cross-entropy"], {}, h_0
    for start in range(0, 7, 3):
        part = slice(start, start + 3)
        run = bptt.forward(parameters, x[:, part], h)
        found = bptt.gradients(run, bptt.softmax_cross_entropy(run.o, y[:, part])[1])
        for name in parameters:
            total[name] = total.get(name, 0) + found[name]
        h = run.h[:, -1]
    run = bptt.forward(parameters, x, h_0)
    got = bptt.windowed_gradients(run, bptt.softmax_cross_entropy(run.o, y)[1], 3)
    assert_equal({name: got[name] for name in parameters}, total)


def test_delta_is_the_gradient_of_the_loss_with_respect_to_each_state():
    parameters, x, h_0, targets = draw(5)
    run = bptt.forward(parameters, x, h_0)
    loss, d_o = bptt.squared_error(run.o, targets["squared error"])
    delta = bptt.deltas(run, d_o)
    for k in range(TIME + 1):  # the loss of the steps after k as a function of h_k alone

        def loss_from(arrays, k=k):
            h_k = arrays["h"]
            o_k = h_k @ parameters["W_ho"] + parameters["b_o"]
            y = targets["squared error"]
            own = 0.5 * np.sum((o_k - y[:, k - 1]) ** 2) if k else 0.0
            if k == TIME:
                return own
            rest = bptt.forward(parameters, x[:, k:], h_k)
            return own + bptt.squared_error(rest.o, y[:, k:])[0]

        h_k = h_0 if k == 0 else run.h[:, k - 1]
        errors = bptt.check_gradients(loss_from, {"h": h_k}, {"h": delta[:, k]})
        assert errors["h"] < 1e-6


def test_truncation_leaves_states_outputs_and_loss_alone_and_changes_the_gradient():
    parameters, x, h_0, targets = draw(6)
    run = bptt.forward(parameters, x, h_0)
    _, d_o = bptt.squared_error(run.o, targets["squared error"])
    before = run.h.copy(), run.o.copy()
    full, cut = bptt.gradients(run, d_o), bptt.gradients(run, d_o, tau=1)
    np.testing.assert_array_equal(run.h, before[0])
    np.testing.assert_array_equal(run.o, before[1])
    np.testing.assert_array_equal(full["W_ho"], cut["W_ho"])  # the output layer sees no past
    assert np.abs(full["W_hh"] - cut["W_hh"]).max() > 1e-3


@pytest.mark.parametrize("keep", [0.5, 1.0, [0.3, 0.9, 0.5, 1.0, 0.7]])
def test_randomised_truncation_is_unbiased(keep):
    parameters, x, h_0, targets = draw(7)
    run = bptt.forward(parameters, x, h_0)
    _, d_o = bptt.squared_error(run.o, targets["squared error"])
    mean, variance = bptt.randomised_moments(run, d_o, keep)
    assert_equal(mean, bptt.gradients(run, d_o))
    spread = max(value.max() for value in variance.values())
    assert spread < 1e-9 if keep == 1.0 else spread > 1e-3


def test_the_variance_of_randomised_truncation_is_that_of_its_samples():
    parameters, x, h_0, targets = draw(8)
    run = bptt.forward(parameters, x, h_0)
    _, d_o = bptt.squared_error(run.o, targets["squared error"])
    mean, variance = bptt.randomised_moments(run, d_o, 0.6)
    rng, draws = np.random.default_rng(0), 6000
    samples = [bptt.randomised_gradients(run, d_o, 0.6, rng) for _ in range(draws)]
    for name in ("W_xh", "W_hh", "b_h", "h_0"):
        drawn = np.stack([sample[name] for sample in samples])
        error = np.abs(drawn.mean(axis=0) - mean[name]) / np.sqrt(variance[name] / draws + 1e-12)
        assert error.max() < 4.5  # standard errors
        np.testing.assert_allclose(
            drawn.var(axis=0), variance[name], rtol=0.25, atol=1e-3 * variance[name].max()
        )


def test_rarer_steps_back_make_a_larger_variance():
    parameters, x, h_0, targets = draw(9)
    run = bptt.forward(parameters, x, h_0)
    _, d_o = bptt.squared_error(run.o, targets["squared error"])
    spread = [bptt.randomised_moments(run, d_o, p)[1]["W_hh"].sum() for p in (0.9, 0.6, 0.3)]
    assert spread[0] < spread[1] < spread[2]


def test_a_single_path_carries_the_product_of_its_weights():
    """T = 2, one unit, by hand: W_hh's gradient is h_0 ε_1 + h_1 ε_2, ε_1 seen through ξ_2."""
    one = {"W_xh": [[0.5]], "W_hh": [[0.8]], "W_ho": [[2.0]]}
    run = bptt.forward(one, [[[1.0], [0.0]]], [[1.0]], "linear")  # h_1 = 1.3, h_2 = 1.04
    d_o = np.array([[[0.0], [1.0]]])
    mean, variance = bptt.randomised_moments(run, d_o, [1.0, 0.25])
    assert mean["W_hh"].item() == pytest.approx(2 * 1.3 + 2 * 0.8 * 1.0)
    # 2.6 always, and 1.6 / 0.25 = 6.4 in one case of four
    assert variance["W_hh"].item() == pytest.approx(0.25 * 6.4**2 - 1.6**2)


def refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_wrong_parameters_are_refused():
    p, x, h_0, _ = draw(0)
    refused(lambda: bptt.forward(p | {"W_hx": 0}, x), r"the parameters are W_xh.*unknown: W_hx")
    without = {name: value for name, value in p.items() if name != "W_hh"}
    refused(lambda: bptt.forward(without, x), "missing: W_hh; unknown: none")
    turned = p | {"W_xh": p["W_xh"].T}
    refused(lambda: bptt.forward(turned, x), r"W_xh must be \(3, 4\), got \(4, 3\)\. Rows of x")
    refused(lambda: bptt.forward(p | {"W_ho": 1.0}, x), r"wrong shape for 3 features")
    refused(lambda: bptt.forward(p, x[0]), r"x is \(batch, time, features\).*x\[None\]")
    refused(lambda: bptt.forward(p, x[:, :0]), r"at least one of each; got shape \(2, 0, 3\)")
    refused(lambda: bptt.forward(p, x, h_0[0]), r"h_0 is \(batch, units\); expected \(2, 4\)")
    refused(lambda: bptt.forward(p, x, h_0, "relu"), 'expected "tanh" or "linear", got \'relu\'')


def test_wrong_targets_are_refused():
    o, ids = np.zeros((2, 5, 6)), np.zeros((2, 5), int)
    refused(lambda: bptt.squared_error(o, ids), r"both alike, .* got outputs \(2, 5, 6\)")
    refused(lambda: bptt.squared_error(o[:, :0], o[:, :0]), r"at least one of each; got outputs")
    refused(lambda: bptt.softmax_cross_entropy(o, o), r"targets ids \(batch, time\), .* got logits")
    refused(lambda: bptt.softmax_cross_entropy(o[:0], ids[:0]), r"at least one .* logits \(0, 5, 6")
    for bad in (ids + 6, ids - 1, ids + 0.5):
        refused(lambda y=bad: bptt.softmax_cross_entropy(o, y), "whole numbers from 0 to 5")
    refused(lambda: bptt.squared_error(o, o, "max"), 'expected "sum" or "mean", got \'max\'')


@pytest.mark.parametrize(
    "function", [bptt.gradients, bptt.closed_form_gradients, bptt.deltas], ids=lambda f: f.__name__
)
def test_wrong_truncations_are_refused(function):
    p, x, _, _ = draw(0)
    run = bptt.forward(p, x)
    for tau in (-1, 1.5, True):
        refused(
            lambda tau=tau: function(run, run.o, tau), f"steps that a loss reaches back.*got {tau}"
        )
    refused(lambda: function(run, run.o[:, 1:]), r"d_o is ∂L/∂o.*expected \(2, 5, 6\), got \(2, 4")


def test_wrong_windows_and_probabilities_are_refused():
    p, x, _, _ = draw(0)
    run, rng = bptt.forward(p, x), np.random.default_rng(0)
    for window in (0, 2.0, True):
        refused(
            lambda w=window: bptt.windowed_gradients(run, run.o, w), "window is the number of steps"
        )
    for keep in (0, 1.1, -0.5, [0.5] * 4, np.nan):
        refused(
            lambda k=keep: bptt.randomised_gradients(run, run.o, k, rng),
            r"keep is the probability.*a number or an array \(5,\), got",
        )
    with pytest.raises(
        TypeError, match=r"expected a NumPy generator, got 7; try np.random.default"
    ):
        bptt.randomised_gradients(run, run.o, 0.5, 7)
    long = bptt.forward(p, np.zeros((1, 17, FEATURES)))
    refused(
        lambda: bptt.randomised_moments(long, long.o, 0.5), r"17 steps have 2\^17.*at most 16 steps"
    )
