"""Fast, readable, Keras: one layer, three computations, the same outputs, states and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import GRU, LSTM, RNN, GRUCell, LinearRNN

PEERS = {
    LinearRNN: lambda units, **options: keras.layers.SimpleRNN(
        units, activation=None, use_bias=False, **options
    ),
    RNN: keras.layers.SimpleRNN,
    GRU: lambda units, **options: keras.layers.GRU(units, reset_after=False, **options),
    LSTM: keras.layers.LSTM,
}
FAST = [RNN, GRU, LSTM]
BATCH, TIME, FEATURES, UNITS = 3, 5, 2, 4
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}


def normal(rng, *shape, dtype="float64"):
    return tf.constant(rng.normal(size=shape), dtype)


def twins(layer_class, rng, dtype="float64", scale=0.5, **options):
    """Our layer and Keras's, with the same random weights."""
    layers = [make(UNITS, dtype=dtype, **options) for make in (layer_class, PEERS[layer_class])]
    for layer in layers:
        layer.build((BATCH, TIME, FEATURES))
    weights = [scale * rng.normal(size=w.shape) for w in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def values_and_gradients(layer, xs, states, mask, d_results):
    """Everything the layer gives, and the gradients by input, first states and weights."""
    with tf.GradientTape() as tape:
        tape.watch([xs, *states])
        results = tf.nest.flatten(layer(xs, initial_state=states or None, mask=mask))
        loss = sum(tf.reduce_sum(d * r) for d, r in zip(d_results, results, strict=True))
    wanted = [xs, *states, *(weight.value for weight in layer.trainable_weights)]
    return results + tape.gradient(loss, wanted, unconnected_gradients="zero")


def assert_same(got, expected, dtype="float64"):
    for one, other in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layer_class", FAST)
@given(data=st.data())
@settings(max_examples=6, deadline=None)
def test_fast_and_readable_equal_keras(layer_class, dtype, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1), "seed"))
    flag = {name: data.draw(st.booleans(), name) for name in ("sequences", "backwards", "zero")}
    mask = data.draw(st.sampled_from(["none", "right", "any", "all"]), "mask")
    ours, peer = twins(
        layer_class,
        rng,
        dtype,
        return_state=True,
        return_sequences=flag["sequences"],
        go_backwards=flag["backwards"],
        zero_output_for_mask=flag["zero"],
    )
    xs = normal(rng, BATCH, TIME, FEATURES, dtype=dtype)
    mask = {
        "none": None,
        "right": np.arange(TIME) < rng.integers(0, TIME + 1, (BATCH, 1)),
        "any": rng.random((BATCH, TIME)) < 0.5,
        "all": np.zeros((BATCH, TIME), bool),
    }[mask]
    count = len(ours.state_size) * data.draw(st.booleans(), "states given")
    states = [normal(rng, BATCH, UNITS, dtype=dtype) for _ in range(count)]
    d_results = [
        normal(rng, *result.shape, dtype=dtype) for result in tf.nest.flatten(peer(xs, mask=mask))
    ]
    expected = values_and_gradients(peer, xs, states, mask, d_results)
    for ours.way in ("fast", "readable"):
        assert_same(values_and_gradients(ours, xs, states, mask, d_results), expected, dtype)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layer_class", FAST)
def test_the_fast_way_works_under_every_kind_of_graph(layer_class, bias):
    """Dynamic batch and time; one graph for all lengths; XLA around it; without a bias."""
    rng = np.random.default_rng(1)
    ours, peer = twins(layer_class, rng, return_sequences=True, use_bias=bias)
    ours.way = "fast"
    signature = [tf.TensorSpec((None, None, FEATURES), tf.float64)]
    dynamic = tf.function(ours, input_signature=signature)
    for batch, time in ((BATCH, TIME), (1, 7)):
        xs = normal(rng, batch, time, FEATURES)
        assert_same(dynamic(xs), peer(xs))
    assert_same(tf.function(ours, jit_compile=True)(xs), peer(xs))


def test_a_linear_rnn_equals_keras():
    rng = np.random.default_rng(2)
    ours, peer = twins(LinearRNN, rng, return_state=True, return_sequences=True)
    xs, mask = normal(rng, BATCH, TIME, FEATURES), rng.random((BATCH, TIME)) < 0.7
    states = [normal(rng, BATCH, UNITS)]
    d_results = [normal(rng, BATCH, TIME, UNITS), normal(rng, BATCH, UNITS)]
    assert_same(
        values_and_gradients(ours, xs, states, mask, d_results),
        values_and_gradients(peer, xs, states, mask, d_results),
    )
    assert "no function for a LinearRNN" in ours.why_readable()


@pytest.mark.parametrize("layer_class", FAST)
def test_standard_equations_take_the_fast_way(layer_class, monkeypatch):
    layer = layer_class(UNITS, dropout=0.5)
    assert layer.way == "auto"
    assert layer.why_readable() == layer.why_readable(training=True) == ""
    import course_lib.fast

    called = []
    monkeypatch.setattr(
        course_lib.fast,
        layer.fast,
        lambda *tensors, mask: called.append(1) or (tensors[0], *tensors[1:-3]),
    )
    layer(np.ones((BATCH, TIME, UNITS), "float32"))
    assert called == [1]


@pytest.mark.parametrize(
    ("options", "training", "reason"),
    [
        ({"activation": "relu"}, False, "activation is not tanh"),
        ({"recurrent_activation": "hard_sigmoid"}, False, "recurrent_activation is not the sigm"),
        ({"unroll": True}, False, "unrolled"),
        ({"recurrent_dropout": 0.5}, True, "recurrent dropout"),
        (
            {"dropout": 0.5, "implementation": 1, "use_cudnn": False},
            True,
            "a dropout mask for each equation",
        ),
    ],
)
def test_other_layers_take_the_readable_way_and_say_why(options, training, reason):
    rng = np.random.default_rng(3)
    ours, peer = twins(GRU, rng, seed=5, **options)
    assert reason in ours.why_readable(training)
    assert not (training and ours.why_readable())
    xs = normal(rng, BATCH, TIME, FEATURES)
    assert_same(ours(xs, training=training), peer(xs, training=training))
    ours.way = "fast"
    with pytest.raises(ValueError, match=f"cannot take the fast way: .*{reason}.* try way='auto'"):
        ours(xs, training=training)


class ResetsAfter(GRUCell):
    def candidate(self, x, h_prev, r):
        return self.activation(x @ self.W_xh + r * (h_prev @ self.W_hh) + self.b_h)


def put_on_the_layer(layer, patch):
    layer.cell = ResetsAfter.from_config(layer.cell.get_config())


def put_on_the_cell(layer, patch):
    layer.cell.candidate = ResetsAfter.candidate.__get__(layer.cell)


def put_on_the_class(layer, patch):
    patch.setattr(GRUCell, "candidate", ResetsAfter.candidate)


@pytest.mark.parametrize("put", [put_on_the_layer, put_on_the_cell, put_on_the_class])
def test_a_changed_equation_is_the_one_that_runs(put, monkeypatch):
    rng = np.random.default_rng(4)
    layer = GRU(UNITS, return_sequences=True, dtype="float64")
    put(layer, monkeypatch)
    peer = keras.layers.GRU(UNITS, return_sequences=True, dtype="float64")
    xs = normal(rng, BATCH, TIME, FEATURES)
    for one in (layer, peer):
        one.build(xs.shape)
    kernel, recurrent_kernel, bias = (rng.normal(size=w.shape) for w in layer.weights)
    layer.set_weights([kernel, recurrent_kernel, bias])
    peer.set_weights([kernel, recurrent_kernel, np.stack([bias, np.zeros_like(bias)])])
    assert layer.why_readable()
    assert_same(layer(xs), peer(xs))


def test_a_way_must_have_a_known_name():
    layer = RNN(UNITS)
    with pytest.raises(
        ValueError, match="unknown way 'quick' .* one of 'auto', 'fast', 'readable'"
    ):
        layer.way = "quick"


@pytest.mark.parametrize("layer_class", FAST)
def test_input_dropout_is_keras_own_in_both_ways(layer_class):
    rng = np.random.default_rng(5)
    xs = normal(rng, BATCH, TIME, FEATURES)
    for way in ("fast", "readable"):
        ours, peer = twins(
            layer_class, np.random.default_rng(6), dropout=0.5, seed=7, return_sequences=True
        )
        ours.way = way
        for _ in range(2):  # a new mask for each call
            assert_same(ours(xs, training=True), peer(xs, training=True))
        assert_same(ours(xs), peer(xs))


def test_a_mask_may_have_a_third_axis_and_any_dtype():
    rng = np.random.default_rng(8)
    ours, peer = twins(LSTM, rng, return_sequences=True)
    ours.way = "fast"
    xs = normal(rng, BATCH, TIME, FEATURES)
    mask = rng.random((BATCH, TIME, 1)) < 0.6
    assert_same(ours(xs, mask=mask.astype("int32")), peer(xs, mask=mask))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16"])
@pytest.mark.parametrize("layer_class", FAST)
def test_half_precision_is_as_near_to_float64_as_keras(layer_class, policy):
    rng = np.random.default_rng(9)
    exact, _ = twins(layer_class, rng, return_sequences=True)
    xs = normal(rng, BATCH, TIME, FEATURES)
    errors = []
    for make in (layer_class, PEERS[layer_class]):
        layer = make(
            UNITS, return_sequences=True, dtype=policy, recurrent_initializer="glorot_uniform"
        )  # Keras's orthogonal one knows no bfloat16
        layer.build(xs.shape)
        layer.set_weights(exact.get_weights())
        output = layer(xs)
        assert output.dtype == policy.removeprefix("mixed_")
        errors.append(np.abs(np.asarray(tf.cast(output, tf.float64)) - exact(xs)).max())
    assert errors[0] <= 2 * errors[1] + 1e-3
