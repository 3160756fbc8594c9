"""All cells by one set of rules: Keras's cells on the same weights, the equations in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_lib import cells

PEERS = {
    "LinearRNNCell": lambda units, **options: keras.layers.SimpleRNNCell(
        units, activation=None, use_bias=False, **options
    ),
    "RNNCell": keras.layers.SimpleRNNCell,
    "GRUCell": lambda units, **options: keras.layers.GRUCell(units, reset_after=False, **options),
    "LSTMCell": keras.layers.LSTMCell,
}
PARAMETERS = {
    "LinearRNNCell": cells.LINEAR_RNN_PARAMETERS,
    "RNNCell": cells.RNN_PARAMETERS,
    "GRUCell": cells.GRU_PARAMETERS,
    "LSTMCell": cells.LSTM_PARAMETERS,
}
BATCH, FEATURES, UNITS = 3, 5, 4
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}
every_cell = pytest.mark.parametrize("name", PEERS)


def make(name, /, units=UNITS, **options):
    return getattr(cells, name)(units, **options)


def twins(name, rng, dtype="float64", **options):
    """Our cell and Keras's with the same random weights, an input and states."""
    both = make(name, dtype=dtype, **options), PEERS[name](UNITS, dtype=dtype, **options)
    for cell in both:
        cell.build((None, FEATURES))
    weights = [rng.normal(size=weight.shape) for weight in both[0].get_weights()]
    for cell in both:
        cell.set_weights(weights)
    sizes = [FEATURES] + [UNITS] * (2 if name == "LSTMCell" else 1)
    x, *states = (tf.constant(rng.normal(size=(BATCH, n)), dtype) for n in sizes)
    return *both, x, states


def random_parameters(name, rng, leave_out=""):
    shapes = {"W_x": (FEATURES, UNITS), "W_h": (UNITS, UNITS), "b_": (UNITS,)}
    names = [n for n in PARAMETERS[name] if not leave_out or not n.startswith(leave_out)]
    return {n: rng.normal(size=shapes[n[:-1]]) for n in names}


def assert_same(got, expected, tolerance=1e-12):
    for one, other in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dtype", TOLERANCE)
@every_cell
def test_a_step_and_all_its_gradients_equal_keras(name, dtype):
    rng = np.random.default_rng(1)
    ours, peer, x, states = twins(name, rng, dtype)
    d_states = [tf.constant(rng.normal(size=(BATCH, UNITS)), dtype) for _ in states]
    results = []
    for cell in (ours, peer):
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            output, new = cell(x, states)
            loss = sum(tf.reduce_sum(d * s) for d, s in zip(d_states, new, strict=True))
        wanted = [x, *states, *(weight.value for weight in cell.trainable_weights)]
        results.append([output, new, tape.gradient(loss, wanted)])
    assert_same(*results, 10 * TOLERANCE[dtype])


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.5},
        {"recurrent_dropout": 0.5},
        {"dropout": 0.3, "recurrent_dropout": 0.5},
        {"dropout": 1.0},
        {"recurrent_dropout": 1.0},
    ],
)
@every_cell
def test_dropout_is_keras_own(name, options):
    ours, peer, x, states = twins(name, np.random.default_rng(2), seed=3, **options)
    assert_same(ours(x, states, training=True), peer(x, states, training=True))
    assert_same(ours(x, states), peer(x, states))


@pytest.mark.parametrize("name", ["RNNCell", "GRUCell", "LSTMCell"])
def test_other_activations_and_no_bias_equal_keras(name):
    options = {"activation": "relu", "use_bias": False}
    if name != "RNNCell":
        options["recurrent_activation"] = "hard_sigmoid"
    ours, peer, x, states = twins(name, np.random.default_rng(3), **options)
    assert_same(ours(x, states), peer(x, states))


@pytest.mark.parametrize(
    ("name", "options"),
    [*((name, {}) for name in PEERS), ("LSTMCell", {"unit_forget_bias": False})],
)
def test_a_fresh_cell_is_the_one_keras_would_make(name, options):
    fresh = []
    for maker in (make, lambda name, **options: PEERS[name](UNITS, **options)):
        keras.utils.set_random_seed(7)
        cell = maker(name, **options)
        cell.build((None, FEATURES))
        fresh.append(cell.get_weights())
    assert_same(*fresh, 0)


def test_each_method_of_the_lstm_is_its_equation():
    rng = np.random.default_rng(4)
    p = random_parameters("LSTMCell", rng)
    x = rng.normal(size=(BATCH, FEATURES))
    h, c = rng.normal(size=(2, BATCH, UNITS))
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    i = sigmoid(x @ p["W_xi"] + h @ p["W_hi"] + p["b_i"])
    f = sigmoid(x @ p["W_xf"] + h @ p["W_hf"] + p["b_f"])
    o = sigmoid(x @ p["W_xo"] + h @ p["W_ho"] + p["b_o"])
    c_tilde = np.tanh(x @ p["W_xc"] + h @ p["W_hc"] + p["b_c"])
    c_new = f * c + i * c_tilde
    cell = make("LSTMCell", dtype="float64")
    cell.load(p)
    assert_same(cell.input_gate(x, h), i)
    assert_same(cell.forget_gate(x, h), f)
    assert_same(cell.output_gate(x, h), o)
    assert_same(cell.candidate(x, h), c_tilde)
    assert_same(cell.cell_state(f, c, i, c_tilde), c_new)
    assert_same(cell.hidden_state(o, c_new), o * np.tanh(c_new))
    assert_same(cell.step(x, h, c), (o * np.tanh(c_new), c_new))


@pytest.mark.parametrize("name", ["LinearRNNCell", "RNNCell"])
def test_the_method_of_the_plain_cells_is_their_equation(name):
    rng = np.random.default_rng(5)
    p = random_parameters(name, rng)
    x, h = rng.normal(size=(BATCH, FEATURES)), rng.normal(size=(BATCH, UNITS))
    expected = x @ p["W_xh"] + h @ p["W_hh"]
    if name == "RNNCell":
        expected = np.tanh(expected + p["b_h"])
    cell = make(name, dtype="float64")
    cell.load(p)
    assert_same(cell.hidden_state(x, h), expected)
    assert_same(cell.step(x, h), expected)


@every_cell
def test_parameters_returns_what_load_was_given_in_the_lectures_order(name):
    given = random_parameters(name, np.random.default_rng(6))
    cell = make(name, dtype="float64")
    cell.load(dict(reversed(given.items())))
    shown = cell.parameters()
    assert tuple(shown) == PARAMETERS[name]
    for key, array in shown.items():
        np.testing.assert_array_equal(array, given[key])


def test_a_cell_without_bias_has_no_bias_among_its_parameters():
    given = random_parameters("LSTMCell", np.random.default_rng(7), leave_out="b_")
    cell = make("LSTMCell", use_bias=False, dtype="float64")
    cell.load(given)
    assert tuple(cell.parameters()) == tuple(given) and len(given) == 8
    with pytest.raises(ValueError, match=r"parameters of this LSTMCell are .* unknown: b_i"):
        cell.load({**given, "b_i": np.zeros(UNITS)})


@every_cell
def test_a_config_rebuilds_the_cell(name):
    cell = make(name, dropout=0.25, kernel_regularizer="l2", dtype="float64", name="memory")
    twin = type(cell).from_config(cell.get_config())
    assert twin.get_config() == cell.get_config()
    assert (twin.units, twin.dropout, twin.compute_dtype) == (UNITS, 0.25, "float64")


@pytest.mark.parametrize("units", [0, 2.5, "4"])
@every_cell
def test_units_must_be_a_positive_whole_number(name, units):
    with pytest.raises(ValueError, match="units is not a positive whole number; .* got"):
        make(name, units)


def test_the_other_reset_is_refused_with_a_way_out():
    with pytest.raises(ValueError, match=r"expected reset_after=False, got True.*keras.layers.GRU"):
        make("GRUCell", reset_after=True)


def test_a_cell_of_ones_own_uses_its_own_equation_and_keeps_the_others():
    class Forgets(cells.LSTMCell):
        def forget_gate(self, x, h_prev):
            return 0.0

    rng = np.random.default_rng(8)
    given = random_parameters("LSTMCell", rng)
    x, h, c = (tf.constant(rng.normal(size=(BATCH, n))) for n in (FEATURES, UNITS, UNITS))
    plain, own = make("LSTMCell", dtype="float64"), Forgets(UNITS, dtype="float64")
    plain.load({**given, "b_f": np.full(UNITS, -1e9)})
    own.load(given)
    assert_same(own(x, [h, c]), plain(x, [h, c]))
