"""A cell over time: the loop by hand, the layer, and Keras's own layer give the same arrays."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_lib.cells import GRU_PARAMETERS, GRUCell
from course_lib.recurrent import GRU, over_time

BATCH, TIME, FEATURES, UNITS = 3, 6, 5, 4


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def random_weights(seed):
    """[kernel, recurrent_kernel, bias], the bias not zero."""
    return [normal(seed, n, 3 * UNITS) for n in (FEATURES, UNITS)] + [normal(seed, 3 * UNITS)]


def pair(seed=0, **options):
    """Our layer and Keras's in float64, with the same random weights."""
    options = {"return_sequences": True, "dtype": "float64", **options}
    layers = GRU(UNITS, **options), keras.layers.GRU(UNITS, reset_after=False, **options)
    for layer in layers:
        layer.build((BATCH, TIME, FEATURES))
        layer.set_weights(random_weights(seed))
    return layers


def assert_same(got, expected):
    for one, other in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_state", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_outputs_equal_keras(return_sequences, return_state, go_backwards):
    ours, peer = pair(
        return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards
    )
    xs, h_0 = normal(1, BATCH, TIME, FEATURES), normal(2, BATCH, UNITS)
    assert_same(ours(xs), peer(xs))
    assert_same(ours(xs, initial_state=[h_0]), peer(xs, initial_state=[h_0]))


def test_gradients_equal_keras():
    xs, h_0 = (tf.constant(a) for a in (normal(1, BATCH, TIME, FEATURES), normal(2, BATCH, UNITS)))
    dhs = normal(3, BATCH, TIME, UNITS)
    gradients = []
    for layer in pair():
        with tf.GradientTape() as tape:
            tape.watch([xs, h_0])
            loss = tf.reduce_sum(dhs * layer(xs, initial_state=[h_0]))
        gradients.append(tape.gradient(loss, [xs, h_0, *(w.value for w in layer.weights)]))
    assert_same(*gradients)


@pytest.mark.parametrize("with_state", [False, True])
def test_the_loop_by_hand_equals_the_layer(with_state):
    layer, _ = pair(return_state=True)
    xs = normal(1, BATCH, TIME, FEATURES)
    states = [tf.constant(normal(2, BATCH, UNITS))] if with_state else None
    outputs, (last,) = over_time(layer.cell, xs, states)
    assert_same((outputs, last), layer(xs, initial_state=states))
    assert_same(outputs[:, -1], last)


def test_the_loop_by_hand_runs_any_cell():
    cell = keras.layers.LSTMCell(UNITS, dtype="float64")
    layer = keras.layers.RNN(cell, return_sequences=True, return_state=True, dtype="float64")
    xs = normal(1, BATCH, TIME, FEATURES)
    outputs, states = over_time(cell, xs)
    assert_same((outputs, states), (layer(xs)[0], layer(xs)[1:]))


@pytest.mark.parametrize("zero_output_for_mask", [False, True])
def test_masked_steps_are_skipped_as_in_keras(zero_output_for_mask):
    xs = normal(1, BATCH, TIME, FEATURES)
    mask = np.arange(TIME) % 4 != np.array([[0], [1], [3]])
    ours, peer = pair(return_state=True, zero_output_for_mask=zero_output_for_mask)
    assert_same(ours(xs, mask=mask), peer(xs, mask=mask))


def test_right_padding_changes_no_last_state():
    layer, _ = pair(return_sequences=False)
    xs = normal(1, BATCH, TIME, FEATURES)
    padded = np.concatenate([xs, normal(2, BATCH, 3, FEATURES)], axis=1)
    mask = np.broadcast_to(np.arange(TIME + 3) < TIME, (BATCH, TIME + 3))
    assert_same(layer(padded, mask=mask), layer(xs))


def test_a_stateful_layer_carries_its_state_across_windows():
    whole, _ = pair()
    stateful, _ = pair(stateful=True)
    xs = normal(1, BATCH, TIME, FEATURES)
    halves = [stateful(xs[:, : TIME // 2]), stateful(xs[:, TIME // 2 :])]
    assert_same(tf.concat(halves, axis=1), whole(xs))
    stateful.reset_state()
    assert_same(stateful(xs), whole(xs))


@pytest.mark.parametrize("options", [{}, {"jit_compile": True}, {"reduce_retracing": True}])
def test_a_compiled_layer_equals_the_eager_one(options):
    layer, _ = pair()
    xs = tf.constant(normal(1, BATCH, TIME, FEATURES))
    assert_same(tf.function(layer, **options)(xs), layer(xs))


def test_an_unrolled_layer_equals_the_rolled_one():
    xs = normal(1, BATCH, TIME, FEATURES)
    assert_same(pair(unroll=True)[0](xs), pair()[0](xs))


def test_the_layer_loads_and_shows_the_lectures_parameters():
    cell = GRUCell(UNITS, dtype="float64")
    cell.build((None, FEATURES))
    cell.set_weights(random_weights(5))
    layer = GRU(UNITS, return_sequences=True, dtype="float64")
    layer.load(cell.parameters())
    xs = normal(1, BATCH, TIME, FEATURES)
    assert_same(layer(xs), over_time(cell, xs)[0])
    assert tuple(layer.parameters()) == GRU_PARAMETERS


# Keras's own saving calls np.array on its variables, which have NumPy 1's __array__.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
def test_a_saved_model_gives_the_same_outputs(tmp_path):
    layer = GRU(UNITS, return_sequences=True, bias_initializer="random_normal", name="memory")
    model = keras.Sequential([keras.Input((None, FEATURES)), layer])
    xs = normal(1, BATCH, TIME, FEATURES).astype("float32")
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(xs), model(xs))


def test_a_config_rebuilds_the_layer():
    layer = GRU(UNITS, return_state=True, go_backwards=True, bias_initializer="ones", name="memory")
    twin = GRU.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    assert (twin.units, twin.name) == (UNITS, "memory")
    assert twin.go_backwards and twin.return_state and not twin.return_sequences


def test_mixed_precision_keeps_float32_weights():
    layer = GRU(UNITS, dtype="mixed_float16")
    output = layer(normal(1, BATCH, TIME, FEATURES))
    assert output.dtype == "float16"
    assert {w.dtype for w in layer.weights} == {"float32"}


@pytest.mark.parametrize("shape", [(BATCH, FEATURES), (BATCH, 0, FEATURES)])
def test_the_loop_by_hand_wants_three_axes_and_a_time_step(shape):
    with pytest.raises(ValueError, match=r"xs of shape \(batch, time, features\).*got shape"):
        over_time(GRUCell(UNITS), np.zeros(shape))


def test_where_students_write_the_gru_all_else_works_and_its_layer_names_what_is_missing():
    code = (
        "import sys; sys.modules['course_lib.cells.gru'] = None\n"
        "import keras, numpy as np\n"
        "from course_lib import LanguageModel, sample, train, Vocabulary, ladder, Perplexity\n"
        "from course_lib.recurrent import over_time\n"
        "vocabulary = Vocabulary.from_text('abc')\n"
        "model = LanguageModel(4, 2, 3, cell=keras.layers.SimpleRNNCell)\n"
        "ids = np.array([[1, 2, 3, 1]])\n"
        "train(model, [(ids[:, :-1], ids[:, 1:])], 1, progress=False)\n"
        "assert len(sample(model, vocabulary, 'ab', 3)) == 5\n"
        "try: LanguageModel(4, 2, 3, cell='gru')\n"
        "except ModuleNotFoundError as error: assert 'cells.gru' in str(error)\n"
        "else: raise SystemExit('a GRU without its cell')\n"
        "import course_lib; course_lib.LSTM(3); course_lib.GRU(3)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    wanted = "No module named 'course_lib.cells.gru', which course_lib.cells.GRUCell needs: it "
    assert wanted in done.stderr.splitlines()[-1], done.stderr


WITHOUT_FAST = """
import sys; sys.modules["course_lib.fast"] = None
import keras, numpy as np
from course_lib import GRU
keras.utils.set_random_seed(1)
layer, xs = GRU(4), np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
theirs = keras.layers.GRU(4, reset_after=False)
theirs.build((2, 5, 3)), layer.build((2, 5, 3)), layer.set_weights(theirs.get_weights())
np.testing.assert_allclose(layer(xs), theirs(xs), atol=1e-6)
print(layer.why_readable())
layer.way = "fast"
try:
    layer(xs)
except ValueError as error:
    print(error)
"""


def test_without_the_fast_way_a_layer_takes_the_readable_one_and_says_why(root):
    silent = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_FAST], cwd=root, env=silent, capture_output=True, text=True
    )
    why, *error = ran.stdout.splitlines()
    assert why == "course_lib.fast answers a task and is left out of this copy of course_lib"
    assert "cannot take the fast way: course_lib.fast answers a task" in "".join(error)
