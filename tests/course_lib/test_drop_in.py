"""A script with keras.layers.SimpleRNN, GRU and LSTM runs with ours: same options, same results."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

import course_lib
from course_lib import GRU, LSTM, RNN, LinearRNN

PEERS = {RNN: keras.layers.SimpleRNN, GRU: keras.layers.GRU, LSTM: keras.layers.LSTM}
BATCH, TIME, FEATURES, UNITS = 4, 6, 3, 5
every_layer = pytest.mark.parametrize("layer_class", PEERS)
# Keras's own saving calls np.array on its variables, which have NumPy 1's __array__.
saves = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def both(layer_class):
    """Our layer's class, and a function that makes Keras's with the lecture's equations."""
    if layer_class is GRU:
        return GRU, lambda *units, **options: keras.layers.GRU(
            *units, **{"reset_after": False, **options}
        )
    return layer_class, PEERS[layer_class]


def same_models(layer_class, build):
    """build(constructor) -> keras.Model, for ours and Keras's, with the same random weights."""
    models = [build(make) for make in both(layer_class)]
    rng = np.random.default_rng(0)
    weights = [0.5 * rng.normal(size=w.shape) for w in models[0].get_weights()]
    for model in models:
        model.set_weights(weights)
    return models


def assert_same(got, expected, tolerance=1e-5):
    for one, other in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@every_layer
def test_the_constructor_takes_what_keras_takes_in_keras_order(layer_class):
    ours, peer = (
        inspect.signature(layer).parameters for layer in (layer_class, PEERS[layer_class])
    )
    differing = {name for name in peer if str(ours[name]) != str(peer[name])}
    assert list(ours) == list(peer)
    assert differing == ({"reset_after"} if layer_class is GRU else set())


@every_layer
def test_the_config_is_keras_own_and_goes_both_ways(layer_class):
    ours, peer = (
        make(
            UNITS,
            kernel_regularizer="l2",
            dropout=0.25,
            zero_output_for_mask=True,
            trainable=False,
            dtype="float64",
            name="memory",
        )
        for make in both(layer_class)
    )
    config = ours.get_config()
    assert set(peer.get_config()) <= set(config)
    assert {name: config[name] for name in peer.get_config()} == peer.get_config()
    assert layer_class.from_config(peer.get_config()).get_config() == config
    assert layer_class.from_config(config).get_config() == config


@every_layer
def test_the_layer_shows_what_keras_layer_shows(layer_class):
    ours, peer = (make(UNITS, dropout=0.5) for make in both(layer_class))
    ours.build((None, None, FEATURES))
    peer.build((None, None, FEATURES))
    own = [name for name, value in vars(PEERS[layer_class]).items() if isinstance(value, property)]
    shown = [name for name in own if name != "reset_after"]
    assert len(shown) > 10
    for name in shown:
        assert type(getattr(ours, name)) is type(getattr(peer, name)), name
    assert [w.shape for w in ours.weights] == [w.shape for w in peer.weights]
    assert [w.name for w in ours.weights] == [w.name for w in peer.weights]
    assert ours.compute_output_shape((2, 7, FEATURES)) == (2, UNITS)


@every_layer
def test_state_is_carried_across_windows_until_it_is_reset(layer_class):
    def build(make):
        inputs = keras.Input(batch_shape=(BATCH, None, FEATURES))
        return keras.Model(inputs, make(UNITS, stateful=True, return_sequences=True)(inputs))

    ours, peer = same_models(layer_class, build)
    windows = normal(1, 3, BATCH, TIME, FEATURES)
    for window in windows:
        assert_same(ours(window), peer(window))
    for model in (ours, peer):
        model.layers[-1].reset_state()
    assert_same(ours(windows[0]), peer(windows[0]))
    with pytest.raises(ValueError, match="Expected batch size: 4"):
        ours.layers[-1](windows[0][:2])


@pytest.mark.parametrize("merge_mode", ["concat", "sum", None])
@every_layer
def test_a_bidirectional_layer_reads_a_masked_text_both_ways(layer_class, merge_mode):
    def build(make):
        ids = keras.Input((None,), dtype="int32")
        embedded = keras.layers.Embedding(7, FEATURES, mask_zero=True)(ids)
        layer = make(UNITS, return_sequences=True)
        return keras.Model(ids, keras.layers.Bidirectional(layer, merge_mode=merge_mode)(embedded))

    ours, peer = same_models(layer_class, build)
    ids = np.random.default_rng(2).integers(0, 7, (BATCH, TIME))
    assert_same(ours(ids), peer(ids))


def test_cells_stack_as_keras_cells_do():
    ours = [course_lib.RNNCell(3), course_lib.GRUCell(4), course_lib.LSTMCell(UNITS)]
    peers = [
        keras.layers.SimpleRNNCell(3),
        keras.layers.GRUCell(4, reset_after=False),
        keras.layers.LSTMCell(UNITS),
    ]
    layers = [keras.layers.RNN(c, return_sequences=True, return_state=True) for c in (ours, peers)]
    xs = normal(3, BATCH, TIME, FEATURES)
    for layer in layers:
        layer.build(xs.shape)
    layers[0].set_weights([normal(4, *w.shape) for w in layers[1].get_weights()])
    layers[1].set_weights(layers[0].get_weights())
    assert_same(layers[0](xs), layers[1](xs))


@pytest.mark.parametrize(
    ("layer_class", "options"),
    [
        *((layer_class, {"dropout": 0.4}) for layer_class in PEERS),
        (GRU, {"dropout": 0.2, "recurrent_dropout": 0.4}),
    ],
)
def test_a_fit_with_every_option_is_keras_fit(layer_class, options):
    """Dropout with a seed, regularizers, constraints, a mask, a carried first state, gradients."""

    def build(make):
        xs, h = keras.Input((TIME, FEATURES)), keras.Input((UNITS,))
        masked = keras.layers.Masking()(xs)
        out = make(
            UNITS,
            kernel_regularizer="l2",
            recurrent_regularizer="l1",
            bias_regularizer="l2",
            activity_regularizer=None if layer_class is RNN else "l2",  # SimpleRNN forgets it
            kernel_constraint=keras.constraints.MaxNorm(1.0),
            seed=11,
            name="memory",
            **options,
        )(masked, initial_state=[h] * (2 if layer_class is LSTM else 1))
        return keras.Model([xs, h], keras.layers.Dense(1)(out))

    xs, h, target = normal(5, 8, TIME, FEATURES), normal(6, 8, UNITS), normal(7, 8, 1)
    xs[::2, -2:] = xs[1::4, 0] = 0
    histories = []
    models = same_models(layer_class, build)
    for model in models:
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        fitted = model.fit([xs, h], target, batch_size=4, epochs=2, shuffle=False, verbose=0)
        histories.append(fitted.history["loss"])
    assert_same(*histories)
    assert_same(models[0].get_weights(), models[1].get_weights())


@pytest.mark.parametrize(
    ("layer_class", "jit_compile"), [(RNN, True), (GRU, True), (GRU, False), (LSTM, True)]
)
def test_fit_and_predict_work_with_and_without_xla(layer_class, jit_compile):
    def build(make):
        return keras.Sequential([keras.Input((None, FEATURES)), make(UNITS), keras.layers.Dense(1)])

    xs, target = normal(8, 8, TIME, FEATURES), normal(9, 8, 1)
    ours, peer = same_models(layer_class, build)
    for model, jit in ((ours, jit_compile), (peer, False)):
        model.compile("sgd", "mse", jit_compile=jit)
        model.fit(xs, target, batch_size=4, shuffle=False, verbose=0)
    assert_same(ours.predict(xs, verbose=0), peer.predict(xs, verbose=0))


@saves
@pytest.mark.parametrize("layer_class", [LinearRNN, *PEERS])
def test_a_saved_model_and_an_exported_one_give_the_same_outputs(layer_class, tmp_path, capsys):
    layer = layer_class(UNITS, return_sequences=True, dropout=0.1, name="memory")
    model = keras.Sequential([keras.Input((None, FEATURES)), layer])
    xs = normal(10, BATCH, TIME, FEATURES)
    expected = model(xs)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(xs), expected)
    assert type(again.layers[-1]) is layer_class and again.layers[-1].dropout == 0.1
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    for batch in (xs, normal(11, 1, TIME + 3, FEATURES)):  # any batch, any time
        assert_same(exported.serve(batch), model(batch))


@saves
@every_layer
def test_weights_of_a_keras_model_load_into_ours(layer_class, tmp_path):
    def build(make):
        return keras.Sequential([keras.Input((None, FEATURES)), make(UNITS, name="memory")])

    ours, peer = build(both(layer_class)[0]), build(both(layer_class)[1])
    ours.set_weights(peer.get_weights())
    xs = normal(12, BATCH, TIME, FEATURES)
    assert_same(ours(xs), peer(xs))
    if layer_class is not RNN:  # Keras names a file's groups after classes, and SimpleRNN is one
        peer.set_weights([w + 0.1 for w in peer.get_weights()])
        peer.save_weights(tmp_path / "model.weights.h5")
        ours.load_weights(tmp_path / "model.weights.h5")
        assert_same(ours(xs), peer(xs))


@every_layer
def test_an_activity_regularizer_counts(layer_class):
    """Keras's SimpleRNN takes one and forgets it; ours does not."""
    layer = layer_class(UNITS, activity_regularizer=keras.regularizers.L1(0.5))
    output = layer(normal(13, BATCH, TIME, FEATURES))
    np.testing.assert_allclose(layer.losses[0], 0.5 * np.abs(output).sum() / BATCH, rtol=1e-5)
    assert layer_class.from_config(layer.get_config()).activity_regularizer.l1 == 0.5


@pytest.mark.parametrize("way", ["auto", "readable"])
@every_layer
def test_one_row_of_state_or_mask_is_that_of_the_whole_batch(layer_class, way):
    """As in Keras; so a first state can be learnt."""
    ours, peer = (make(UNITS, return_sequences=True) for make in both(layer_class))
    xs = normal(14, 20, TIME, FEATURES)  # 20: the fast way reads it in two halves
    for layer in (ours, peer):
        layer.build(xs.shape)
    ours.way = way
    ours.set_weights([normal(15, *w.shape) for w in ours.get_weights()])
    peer.set_weights(ours.get_weights())
    states = [normal(16, 1, UNITS) for _ in ours.state_size]
    mask = np.arange(TIME)[None] % 3 != 1
    expected = peer(xs, initial_state=states, mask=np.repeat(mask, 20, 0))
    assert_same(ours(xs, initial_state=states, mask=mask), expected)


@pytest.mark.parametrize("way", ["auto", "readable"])
@every_layer
def test_states_and_masks_that_do_not_fit_are_refused(layer_class, way):
    layer = layer_class(UNITS)
    layer.way = way
    xs = normal(17, BATCH, TIME, FEATURES)
    layer(xs)
    for shape in ((BATCH - 1, UNITS), (BATCH, UNITS + 1), (UNITS,)):
        states = [normal(18, *shape) for _ in layer.state_size]
        with pytest.raises(
            ValueError, match=r"state does not fit .* = \(4, 5\), got .* try layer."
        ):
            layer(xs, initial_state=states)
    with pytest.raises(
        ValueError, match=r"state does not fit .* got \(4, 5\), \(4, 5\), \(4, 5\);"
    ):
        layer(xs, initial_state=3 * [normal(18, BATCH, UNITS)])
    for shape in ((BATCH, TIME - 1), (BATCH - 1, TIME), (BATCH, TIME, FEATURES)):
        with pytest.raises(ValueError, match=r"mask does not fit .* = \(4, 6\), got"):
            layer(xs, mask=np.ones(shape, bool))


@pytest.mark.parametrize("way", ["auto", "readable"])
@every_layer
def test_whole_numbers_are_read_as_keras_reads_them(layer_class, way):
    ours, peer = (make(UNITS) for make in both(layer_class))
    xs = np.random.default_rng(19).integers(-2, 3, (BATCH, TIME, FEATURES))
    ours.build(xs.shape)
    peer.build(xs.shape)
    peer.set_weights(ours.get_weights())
    ours.way = way
    assert_same(ours(xs), peer(xs))
    assert_same(
        ours.cell(xs[:, 0], ours.get_initial_state(BATCH)),
        peer.cell(xs[:, 0], peer.get_initial_state(BATCH)),
    )


def test_keras_default_gru_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"expected reset_after=False, got True.*keras.layers.GRU"):
        GRU(UNITS, reset_after=True)


@pytest.mark.parametrize("layer_class", [GRU, LSTM])
def test_cudnn_is_never_used_and_never_promised(layer_class):
    assert layer_class(UNITS, use_cudnn=False).why_readable() == ""
    with pytest.raises(ValueError, match=r"never uses cuDNN; expected use_cudnn='auto' or False"):
        layer_class(UNITS, use_cudnn=True)


def test_an_unknown_argument_is_named():
    with pytest.raises(ValueError, match="Unrecognized keyword arguments.*units_forget_bias"):
        LSTM(UNITS, units_forget_bias=True)


def test_cells_given_to_the_plain_rnn_are_explained():
    with pytest.raises(ValueError, match="units is not a positive whole number"):
        RNN([course_lib.RNNCell(3)])
