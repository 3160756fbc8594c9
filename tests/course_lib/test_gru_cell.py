"""The GRU cell against Keras's own, against NumPy, and its errors."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_lib.cells import GRU_PARAMETERS, GRUCell

BATCH, FEATURES, UNITS = 3, 5, 4
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


def random_parameters(rng, features=FEATURES, units=UNITS, dtype="float64"):
    """Nine different random arrays; biases are not zero."""
    shapes = {"W_x": (features, units), "W_h": (units, units), "b_": (units,)}
    return {name: rng.normal(size=shapes[name[:-1]]).astype(dtype) for name in GRU_PARAMETERS}


def keras_weights(params):
    """[kernel, recurrent_kernel, bias] in Keras's order z, r, h, written without the cell."""
    kernel = np.hstack([params["W_xz"], params["W_xr"], params["W_xh"]])
    recurrent_kernel = np.hstack([params["W_hz"], params["W_hr"], params["W_hh"]])
    return [kernel, recurrent_kernel, np.hstack([params["b_z"], params["b_r"], params["b_h"]])]


def pair(rng, dtype):
    """Our cell and Keras's, with the same random weights, an input and a state."""
    ours = GRUCell(UNITS, dtype=dtype)
    peer = keras.layers.GRUCell(UNITS, reset_after=False, dtype=dtype)
    params = random_parameters(rng, dtype=dtype)
    ours.load(params)
    peer.build((None, FEATURES))
    peer.set_weights(keras_weights(params))
    x, h = (tf.constant(rng.normal(size=(BATCH, n)), dtype) for n in (FEATURES, UNITS))
    return ours, peer, x, h


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_step_equals_keras(dtype):
    ours, peer, x, h = pair(np.random.default_rng(1), dtype)
    output, (state,) = ours(x, [h])
    expected, _ = peer(x, [h])
    np.testing.assert_allclose(output, expected, rtol=0, atol=TOLERANCE[dtype])
    np.testing.assert_array_equal(output, state)
    assert output.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_gradients_equal_keras(dtype):
    rng = np.random.default_rng(2)
    ours, peer, x, h = pair(rng, dtype)
    dh = tf.constant(rng.normal(size=(BATCH, UNITS)), dtype)
    gradients = []
    for cell in (ours, peer):
        with tf.GradientTape() as tape:
            tape.watch([x, h])
            loss = tf.reduce_sum(dh * cell(x, [h])[0])
        gradients.append(tape.gradient(loss, [x, h, *(w.value for w in cell.weights)]))
    for got, expected in zip(*gradients, strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=10 * TOLERANCE[dtype])


def test_each_method_is_its_equation():
    rng = np.random.default_rng(3)
    p = random_parameters(rng)
    x, h = rng.normal(size=(BATCH, FEATURES)), rng.normal(size=(BATCH, UNITS))
    r = 1 / (1 + np.exp(-(x @ p["W_xr"] + h @ p["W_hr"] + p["b_r"])))
    z = 1 / (1 + np.exp(-(x @ p["W_xz"] + h @ p["W_hz"] + p["b_z"])))
    h_tilde = np.tanh(x @ p["W_xh"] + (r * h) @ p["W_hh"] + p["b_h"])
    cell = GRUCell(UNITS, dtype="float64")
    cell.load(p)
    close = {"rtol": 0, "atol": 1e-12}
    np.testing.assert_allclose(cell.reset_gate(x, h), r, **close)
    np.testing.assert_allclose(cell.update_gate(x, h), z, **close)
    np.testing.assert_allclose(cell.candidate(x, h, r), h_tilde, **close)
    np.testing.assert_allclose(cell.new_state(z, h, h_tilde), z * h + (1 - z) * h_tilde, **close)
    np.testing.assert_allclose(cell.step(x, h), z * h + (1 - z) * h_tilde, **close)


def test_an_update_gate_of_one_copies_the_state():
    rng = np.random.default_rng(4)
    cell = GRUCell(UNITS, dtype="float64")
    cell.load({**random_parameters(rng), "b_z": np.full(UNITS, 50.0)})
    h = rng.normal(size=(BATCH, UNITS))
    np.testing.assert_allclose(cell.step(rng.normal(size=(BATCH, FEATURES)), h), h, atol=1e-12)


def test_weights_move_to_keras_and_back():
    rng = np.random.default_rng(5)
    ours, peer, x, h = pair(rng, "float32")
    peer.set_weights([rng.normal(size=w.shape) for w in peer.weights])
    ours.set_weights(peer.get_weights())
    np.testing.assert_allclose(ours(x, [h])[0], peer(x, [h])[0], rtol=0, atol=1e-6)
    ours.load(random_parameters(rng))
    peer.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x, [h])[0], peer(x, [h])[0], rtol=0, atol=1e-6)


def test_a_fresh_cell_starts_from_the_same_distribution_as_keras():
    cells = []
    for make in (GRUCell, lambda units: keras.layers.GRUCell(units, reset_after=False)):
        keras.utils.set_random_seed(7)
        cell = make(UNITS)
        cell.build((None, FEATURES))
        cells.append(cell.get_weights())
    for ours, peer in zip(*cells, strict=True):
        np.testing.assert_array_equal(ours, peer)


def test_parameters_returns_what_load_was_given():
    params = random_parameters(np.random.default_rng(6))
    cell = GRUCell(UNITS, dtype="float64")
    cell.load({name: params[name] for name in reversed(GRU_PARAMETERS)})
    assert tuple(cell.parameters()) == GRU_PARAMETERS
    for name, array in cell.parameters().items():
        np.testing.assert_array_equal(array, params[name])


@pytest.mark.parametrize("nested", [True, False])
def test_the_state_comes_back_in_the_shape_it_went_in(nested):
    ours, _, x, h = pair(np.random.default_rng(8), "float32")
    _, state = ours(x, [h] if nested else h)
    assert isinstance(state, list) == nested


# Keras's own saving calls np.array on its variables, which have NumPy 1's __array__.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
def test_works_inside_keras_rnn_and_survives_a_saved_model(tmp_path):
    x = np.random.default_rng(9).normal(size=(BATCH, 6, FEATURES)).astype("float32")
    layer = keras.layers.RNN(GRUCell(UNITS), return_sequences=True)
    model = keras.Sequential([keras.Input((None, FEATURES)), layer])
    model.layers[0].cell.load(random_parameters(np.random.default_rng(10)))
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(x), model(x))


def test_a_config_rebuilds_the_cell():
    cell = GRUCell(UNITS, bias_initializer="ones", dtype="float64", name="memory")
    twin = GRUCell.from_config(cell.get_config())
    assert twin.get_config() == cell.get_config()
    assert (twin.units, twin.name, twin.compute_dtype) == (UNITS, "memory", "float64")
    assert isinstance(twin.bias_initializer, keras.initializers.Ones)


@pytest.mark.parametrize("units", [0, -1, 2.5, True, "4"])
def test_units_must_be_a_positive_whole_number(units):
    with pytest.raises(ValueError, match="units is not a positive whole number; .* got"):
        GRUCell(units)


def test_load_names_missing_and_unknown_parameters():
    params = random_parameters(np.random.default_rng(0))
    params["W_xn"] = params.pop("W_xh")
    with pytest.raises(ValueError, match=r"missing: W_xh; unknown: W_xn"):
        GRUCell(UNITS).load(params)


def test_load_wants_a_dict():
    with pytest.raises(TypeError, match="load expects a dict of the 9 arrays .* got list"):
        GRUCell(UNITS).load([1, 2, 3])


def test_load_says_which_shape_is_wrong():
    params = random_parameters(np.random.default_rng(0))
    params["W_xz"] = params["W_xz"].T
    expected = r"4 units and 5 features: W_xz must be \(5, 4\), got \(4, 5\)\. W_x\* are"
    with pytest.raises(ValueError, match=expected):
        GRUCell(UNITS).load(params)


def test_load_into_a_built_cell_keeps_its_features():
    cell = GRUCell(UNITS)
    cell.build((None, FEATURES + 1))
    with pytest.raises(ValueError, match=r"6 features: W_xr must be \(6, 4\), got \(5, 4\)"):
        cell.load(random_parameters(np.random.default_rng(0)))


def test_parameters_of_an_unbuilt_cell_do_not_exist():
    with pytest.raises(ValueError, match="has no weights yet; call it on an input"):
        GRUCell(UNITS).parameters()


def test_the_package_imports_without_its_cells_and_knows_no_other_name():
    code = (
        "import sys, course_lib.cells as cells\n"
        "assert 'tensorflow' not in sys.modules and 'GRUCell' in dir(cells)\n"
        "sys.modules['course_lib.cells.gru'] = None\n"
        "try: cells.GRUCell\n"
        "except ModuleNotFoundError as error: assert 'course_lib.cells.gru' in str(error)\n"
        "else: raise SystemExit('found a cell that is not there')\n"
        "try: cells.Transformer\n"
        "except AttributeError as error: assert \"no attribute 'Transformer'\" in str(error)\n"
        "else: raise SystemExit('found a name that is not there')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
