"""The language model against its parts in NumPy, and the properties that grading relies on."""

import keras
import numpy as np
import pytest

from course_lib.cells import GRUCell
from course_lib.language_model import LanguageModel

BATCH, TIME, VOCABULARY, EMBEDDING, UNITS = 3, 6, 11, 5, 4


def model_with_random_weights(seed=0, cell="gru"):
    """No weight is left at zero."""
    model = LanguageModel(VOCABULARY, EMBEDDING, UNITS, cell=cell)
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
