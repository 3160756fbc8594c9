"""The language model against its parts in NumPy, and the properties that grading relies on."""

import keras
import numpy as np
import pytest

from course_lib.cells import GRUCell
from course_lib.language_model import LanguageModel
from course_lib.windows import sequential_windows

BATCH, TIME, VOCABULARY, EMBEDDING, UNITS = 3, 6, 11, 5, 4


def model_with_random_weights(seed=0, cell="gru", **options):
    """No weight is left at zero."""
    model = LanguageModel(VOCABULARY, EMBEDDING, UNITS, cell=cell, **options)
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    return model


def random_ids(seed=1):
    return np.random.default_rng(seed).integers(VOCABULARY, size=(BATCH, TIME))


def test_logits_equal_embedding_cell_and_product_by_hand():
    model, ids = model_with_random_weights(), random_ids()
    embedding, *gru, output, bias = model.get_weights()
    cell = GRUCell(UNITS)
    cell.build((None, EMBEDDING))
    cell.set_weights(gru)
    h = np.zeros((BATCH, UNITS), "float32")
    for t in range(TIME):
        h = cell.step(embedding[ids[:, t]], h)
        np.testing.assert_allclose(model(ids)[:, t], h @ output + bias, rtol=0, atol=1e-5)


def test_a_later_token_changes_no_earlier_logits():
    model, ids = model_with_random_weights(), random_ids()
    changed = ids.copy()
    changed[:, 3] = (ids[:, 3] + 1) % VOCABULARY
    before, after = model(ids).numpy(), model(changed).numpy()
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert np.abs(before[:, 3:] - after[:, 3:]).max(axis=-1).min() > 1e-3


def test_any_batch_and_any_length_give_the_same_logits():
    model, ids = model_with_random_weights(), random_ids()
    np.testing.assert_allclose(model(ids)[1:2, :4], model(ids[1:2, :4]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("cell", ["gru", keras.layers.LSTMCell, lambda n: GRUCell(n, name="mine")])
def test_every_cell_makes_a_model_from_ids_to_logits(cell):
    model = model_with_random_weights(cell=cell)
    assert model(random_ids()).shape == (BATCH, TIME, VOCABULARY)
    assert model.input_shape == (None, None)


def test_the_lectures_gru_scores_as_keras_gru_with_the_same_weights():
    ours = model_with_random_weights()
    peer = LanguageModel(
        VOCABULARY, EMBEDDING, UNITS, lambda n: keras.layers.GRUCell(n, reset_after=False)
    )
    peer.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(random_ids()), peer(random_ids()), rtol=0, atol=1e-5)


# Keras's own saving calls np.array on its variables, which have NumPy 1's __array__.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
@pytest.mark.parametrize("file", ["model.keras", "model.weights.h5"])
def test_a_saved_model_gives_the_same_logits(tmp_path, file):
    model = model_with_random_weights()
    if file.endswith(".keras"):
        model.save(tmp_path / file)
        twin = keras.models.load_model(tmp_path / file)
    else:
        model.save_weights(tmp_path / file)
        twin = LanguageModel(VOCABULARY, EMBEDDING, UNITS, "gru")
        twin.load_weights(tmp_path / file)
    np.testing.assert_array_equal(twin(random_ids()), model(random_ids()))


@pytest.mark.parametrize("name", ["vocabulary_size", "embedding_size", "units"])
@pytest.mark.parametrize("size", [0, -3, 1.5, True])
def test_sizes_are_positive_whole_numbers(name, size):
    sizes = {"vocabulary_size": 7, "embedding_size": 3, "units": 2, name: size}
    with pytest.raises(ValueError, match=f"{name} is not a positive whole number; .*got {size}"):
        LanguageModel(**sizes)


def test_an_unknown_cell_is_named():
    with pytest.raises(
        ValueError, match="unknown cell 'lstmm'; expected one of linear, rnn, gru, lstm"
    ):
        LanguageModel(7, 3, 2, cell="lstmm")


OPTIONS = [
    {"cell": "lstm"},
    {"cell": "rnn", "layers": 2, "dropout": 0.3},
    {"cell": "linear", "tied": True},
    {"cell": "gru", "one_hot": True},
    {"cell": "lstm", "stateful": True, "batch_size": BATCH},
    {"cell": keras.layers.LSTMCell, "layers": 2},
    {"cell": lambda units: GRUCell(units, name="mine")},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_a_model_of_every_kind_is_saved_and_loaded(tmp_path, options):
    model = model_with_random_weights(**options)
    expected = model(random_ids())  # a stateful one starts from zero only once
    model.save(tmp_path / "model.keras")
    twin = keras.models.load_model(tmp_path / "model.keras")
    assert type(twin) is LanguageModel
    np.testing.assert_array_equal(twin(random_ids()), expected)
    assert twin.settings() == model.settings()


def test_a_tied_model_makes_its_logits_with_the_embedding():
    model = model_with_random_weights(cell="rnn", tied=True)
    hidden = keras.Model(model.inputs[0], model.recurrent[-1].output)
    embedding, projection = (
        model.get_layer(name).get_weights()[0] for name in ("embedding", "projection")
    )
    expected = hidden(random_ids()) @ projection @ embedding.T
    np.testing.assert_allclose(model(random_ids()), expected, rtol=1e-5, atol=1e-5)
    square = LanguageModel(VOCABULARY, 6, 6, "rnn", tied=True)
    assert square.count_params() == VOCABULARY * 6 + 6 * 6 + 6 * 6 + 6


def test_an_embedding_starts_as_large_as_a_state_and_a_tied_one_with_small_logits():
    keras.utils.set_random_seed(0)
    alone, tied = (
        np.std(LanguageModel(50, 64, 64, "rnn", tied=t).get_layer("embedding").get_weights()[0])
        for t in (False, True)
    )
    assert alone == pytest.approx(1, rel=0.05)
    assert tied == pytest.approx(0.05 / np.sqrt(3), rel=0.05)


def test_one_hot_vectors_are_an_embedding_that_is_not_there():
    model = model_with_random_weights(cell="lstm", one_hot=True)
    twin = LanguageModel(VOCABULARY, VOCABULARY, UNITS, "lstm")
    twin.set_weights([np.eye(VOCABULARY), *model.get_weights()])
    np.testing.assert_allclose(model(random_ids()), twin(random_ids()), rtol=0, atol=1e-5)


def test_dropout_acts_on_inputs_and_outputs_of_the_layers_while_training_only():
    model = model_with_random_weights(cell="rnn", layers=2, dropout=0.5)
    plain = model_with_random_weights(cell="rnn", layers=2)
    ids = random_ids()
    np.testing.assert_array_equal(model(ids), plain(ids))
    dropped = [layer.output for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    after = keras.Model(model.inputs[0], dropped)(ids, training=True)
    assert len(after) == 3
    for values in after:
        assert 0.2 < np.mean(np.asarray(values) == 0) < 0.8


def test_fit_with_sequential_windows_carries_the_state_and_starts_each_epoch_from_zero():
    ids = np.random.default_rng(2).integers(VOCABULARY, size=25)
    windows = sequential_windows(ids, 2, 4)
    model = model_with_random_weights(cell="rnn", stateful=True, batch_size=2)
    twin = model_with_random_weights(cell="rnn")
    whole = ids[:24].reshape(2, 12), ids[1:].reshape(2, 12)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    expected = float(loss(whole[1], twin(whole[0])))
    model.compile(keras.optimizers.SGD(0.0), loss)
    losses = model.fit(windows, epochs=2, shuffle=False, verbose=0).history["loss"]
    losses += [model.evaluate(windows, verbose=0), model.evaluate(windows, verbose=0)]
    assert losses == pytest.approx([expected] * 4, rel=1e-5)
    logits = np.concatenate([model.predict(windows, verbose=0)[r::2] for r in (0, 1)])
    expected = np.asarray(twin(whole[0])).reshape(6, 4, VOCABULARY)
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("dropout", [-0.1, 1, 1.5, True, "much"])
def test_the_dropout_is_a_share(dropout):
    with pytest.raises(ValueError, match="dropout is not a share; .*got .*; try dropout=0.2"):
        LanguageModel(7, 3, 2, dropout=dropout)


def test_options_that_exclude_or_need_each_other_are_named():
    with pytest.raises(ValueError, match="tied and one_hot exclude each other; expected at most"):
        LanguageModel(7, 3, 2, tied=True, one_hot=True)
    with pytest.raises(ValueError, match="a stateful model keeps .*expected a batch_size, got"):
        LanguageModel(7, 3, 2, stateful=True)
    with pytest.raises(ValueError, match="layers is not a positive whole number"):
        LanguageModel(7, 3, 2, layers=0)
