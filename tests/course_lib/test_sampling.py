"""Sampling against the whole forward pass repeated for every token, and against probabilities."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_lib import sampling
from course_lib.cells import GRUCell
from course_lib.language_model import LanguageModel
from course_lib.sampling import sample, stream
from course_lib.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_text("abcdefg")
SIZE = len(VOCABULARY)


def randomised(model, seed=0):
    """Weights large enough that the state decides what is likely."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 1.5, w.shape) for w in model.weights])
    return model


def constant_model(logits):
    """A model that always gives the same logits."""
    ids = keras.Input((None,), dtype="int32")
    layer = keras.layers.Dense(SIZE)
    model = keras.Model(ids, layer(keras.layers.Embedding(SIZE, 2)(ids)))
    layer.set_weights([np.zeros((2, SIZE)), logits])
    return model


def whole_forward(model, prefix, length):
    """Greedy text, the full sequence read again for every token."""
    ids = list(VOCABULARY.encode(prefix))
    for _ in range(length):
        ids.append(1 + int(np.argmax(model(np.array([ids]))[0, -1, 1:])))
    return prefix + VOCABULARY.decode(ids[len(prefix) :])


def stacked():
    """Two recurrent layers of Keras's, and a path around them."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(SIZE, 4)(ids)
    h = keras.layers.GRU(4, return_sequences=True)(x)
    h, _ = keras.layers.SimpleRNN(4, return_sequences=True, return_state=True)(h)
    return keras.Model(ids, keras.layers.Dense(SIZE)(x + h))


def masking():
    """Unknown tokens are skipped, and give no output."""
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(SIZE, 4, mask_zero=True)(ids)
    cell = keras.layers.GRUCell(4)
    h = keras.layers.RNN(cell, return_sequences=True, zero_output_for_mask=True)(x)
    return keras.Model(ids, keras.layers.Dense(SIZE)(h))


def sequential():
    """Compiled with a loss that Keras cannot find again by its name."""
    layers = [keras.layers.Embedding(SIZE, 4), keras.layers.LSTM(4, return_sequences=True)]
    model = keras.Sequential([keras.Input((None,)), *layers, keras.layers.Dense(SIZE)])
    model.compile(loss=lambda y, o: 0.0 * o)
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda: LanguageModel(SIZE, 3, 5, "gru"),
        lambda: LanguageModel(SIZE, 3, 5, "lstm", layers=2, tied=True, dropout=0.5),
        lambda: LanguageModel(SIZE, 3, 6, "rnn", layers=2, one_hot=True),
        lambda: LanguageModel(SIZE, 3, 5, "linear", tied=True),
        lambda: LanguageModel(SIZE, 3, 5, keras.layers.LSTMCell),
        stacked,
        masking,
        sequential,
    ],
    ids=["gru", "lstm", "rnn", "linear", "cell", "stacked", "masking", "sequential"],
)
def test_carrying_the_state_gives_what_reading_it_all_again_gives(make):
    model = randomised(make())
    text = sample(model, VOCABULARY, "abz", 12, temperature=0)  # z is not in the vocabulary
    assert text == whole_forward(model, "abz", 12)
    assert len(set(text)) > 3  # and the model does not just repeat a letter


def test_a_stateful_model_writes_what_its_stateless_twin_writes():
    stateful = randomised(LanguageModel(SIZE, 3, 5, "lstm", stateful=True, batch_size=4))
    twin = randomised(LanguageModel(SIZE, 3, 5, "lstm"))
    text = sample(stateful, VOCABULARY, "ab", 12, temperature=0)
    assert text == whole_forward(twin, "ab", 12)


def test_the_fast_layers_read_one_token_for_each_that_they_write(monkeypatch):
    model = randomised(LanguageModel(SIZE, 3, 5, "lstm"))
    read = []
    carrying = sampling.carrying_state

    def counting(model):
        reading = carrying(model)
        once = reading.predict_on_batch
        monkeypatch.setattr(
            reading, "predict_on_batch", lambda ids: read.append(ids.size) or once(ids)
        )
        return reading

    monkeypatch.setattr(sampling, "carrying_state", counting)
    sample(model, VOCABULARY, "abcde", 40, seed=0)
    assert read == [5] + [1] * 39


def test_a_stream_gives_the_text_piece_by_piece_as_it_is_made():
    model = constant_model(np.zeros(SIZE))
    pieces = stream(model, VOCABULARY, "ab", 30, seed=1)
    assert next(pieces) == "ab"
    rest = list(pieces)
    assert len(rest) == 30 and all(len(piece) == 1 for piece in rest)
    assert "ab" + "".join(rest) == sample(model, VOCABULARY, "ab", 30, seed=1)
    with pytest.raises(ValueError, match="no token to start from"):
        stream(model, VOCABULARY, "", 1)  # at once, not with the first piece


def test_top_k_draws_among_the_likeliest_only_and_in_their_proportion():
    logits = np.array([9, 0, 2, 1, 2.5, 0, 1, 0.5])
    drawn = sample(constant_model(logits), VOCABULARY, "a", 600, seed=2, top_k=2)[1:]
    first, second = VOCABULARY.tokens[4], VOCABULARY.tokens[2]
    assert set(drawn) == {first, second}
    share = 1 / (1 + np.exp(-0.5))
    assert abs(drawn.count(first) / 600 - share) < 4.5 * np.sqrt(share * (1 - share) / 600)
    every = sample(constant_model(logits), VOCABULARY, "a", 600, seed=2, top_k=SIZE)
    assert every == sample(constant_model(logits), VOCABULARY, "a", 600, seed=2)


@pytest.mark.parametrize("top_k", [0, -1, 1.5, True])
def test_top_k_is_a_number_of_tokens(top_k):
    with pytest.raises(ValueError, match="top_k is not a number of tokens; .*got"):
        sample(constant_model(np.zeros(SIZE)), VOCABULARY, "a", 1, top_k=top_k)


def test_a_token_costs_the_same_wherever_it_stands():
    steps = tf.Variable(0, trainable=False)

    class CountingCell(GRUCell):  # not registered with Keras, as in a notebook
        def call(self, inputs, states, training=False):
            steps.assign_add(1)
            return super().call(inputs, states)

    model = LanguageModel(SIZE, 3, 5, CountingCell)
    counted = []
    for length in (1, 2, 12, 32):
        steps.assign(0)
        sample(model, VOCABULARY, "abcdefg", length, seed=0)
        counted.append(int(steps))
    a_token = counted[1] - counted[0]  # Keras's loop calls the cell once more to learn its shapes
    assert a_token in (1, 2)
    assert counted == [counted[0] + more * a_token for more in (0, 1, 11, 31)]


@pytest.mark.parametrize("temperature", [0.5, 1, 2.0])
def test_tokens_follow_the_softmax_of_logits_over_temperature(temperature):
    logits = np.linspace(-1, 1, SIZE)
    drawn = sample(constant_model(logits), VOCABULARY, "a", 800, temperature, seed=3)[1:]
    p = np.exp(logits[1:] / temperature)
    p /= p.sum()
    seen = np.array([drawn.count(token) for token in VOCABULARY.tokens[1:]])
    assert np.all(np.abs(seen / 800 - p) < 4.5 * np.sqrt(p * (1 - p) / 800))


def test_temperature_zero_and_its_limit_take_the_likeliest():
    model = constant_model(np.array([9, 0, 1, 5, 2, 0, 1, 4.9]))
    likeliest = VOCABULARY.tokens[3] * 5
    assert sample(model, VOCABULARY, "a", 5, temperature=0) == "a" + likeliest
    assert sample(model, VOCABULARY, "a", 5, temperature=1e-320, seed=0) == "a" + likeliest


def test_the_unknown_token_is_never_generated():
    model = constant_model(np.array([50.0] + [0.0] * (SIZE - 1)))
    for temperature in (0, 1):
        assert "<unk>" not in sample(model, VOCABULARY, "a", 50, temperature, seed=0)


def test_a_seed_fixes_the_text_and_another_changes_it():
    model = constant_model(np.zeros(SIZE))
    texts = [sample(model, VOCABULARY, "ab", 30, seed=seed) for seed in (1, 1, 2, None, None)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 4


def test_the_text_begins_with_the_prefix_as_it_was_typed():
    model = constant_model(np.zeros(SIZE))
    assert sample(model, VOCABULARY, "a\n界", 4, seed=0)[:3] == "a\n界"
    assert len(sample(model, VOCABULARY, "a\n界", 4, seed=0)) == 3 + 4
    assert sample(model, VOCABULARY, "a\n界", 0) == "a\n界"


@pytest.mark.parametrize(("prefix", "joint"), [("a  b", " "), ("a b\n", "")])
def test_words_are_joined_with_spaces(prefix, joint):
    words = Vocabulary.from_text("a b c d e f g", tokens="words")
    text = sample(constant_model(np.arange(SIZE)), words, prefix, 3, temperature=0)
    assert text == prefix + joint + "g g g"


def test_the_given_model_keeps_its_weights_and_its_state():
    ids = keras.Input(batch_shape=(1, None), dtype="int32")
    recurrent = keras.layers.GRU(4, return_sequences=True, stateful=True)
    h = recurrent(keras.layers.Embedding(SIZE, 3)(ids))
    model = randomised(keras.Model(ids, keras.layers.Dense(SIZE)(h)))
    model(np.array([[1, 2]]))
    state, weights = recurrent.states[0].numpy(), model.get_weights()
    text = sample(model, VOCABULARY, "ab", 8, temperature=0)
    np.testing.assert_array_equal(recurrent.states[0], state)
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    assert sample(model, VOCABULARY, "ab", 8, temperature=0) == text


@pytest.mark.parametrize("length", [-1, 2.5, True])
def test_the_length_is_a_whole_number(length):
    with pytest.raises(ValueError, match="length is not a number of tokens; .*got"):
        sample(constant_model(np.zeros(SIZE)), VOCABULARY, "a", length)


@pytest.mark.parametrize("temperature", [-0.1, np.nan, np.inf, "hot"])
def test_the_temperature_is_not_negative(temperature):
    with pytest.raises(ValueError, match="temperature is not a number of at least 0; got"):
        sample(constant_model(np.zeros(SIZE)), VOCABULARY, "a", 1, temperature)


def test_an_empty_prefix_is_refused():
    with pytest.raises(ValueError, match="no token to start from; .* of the characters, got ''"):
        sample(constant_model(np.zeros(SIZE)), VOCABULARY, "", 1)


def test_a_vocabulary_of_another_size_is_refused():
    with pytest.raises(ValueError, match="logits are over 8 tokens and the vocabulary has 3;"):
        sample(constant_model(np.zeros(SIZE)), Vocabulary.from_text("ab"), "a", 1)


@pytest.mark.parametrize("backwards", [True, False])
def test_a_model_that_reads_the_future_is_refused(backwards):
    layer = keras.layers.GRU(4, return_sequences=True, go_backwards=backwards, name="both")
    if not backwards:
        layer = keras.layers.Bidirectional(layer, name="both")
    ids = keras.Input((None,), dtype="int32")
    h = layer(keras.layers.Embedding(SIZE, 3)(ids))
    model = keras.Model(ids, keras.layers.Dense(SIZE)(h))
    with pytest.raises(ValueError, match="layer 'both' reads the text backwards; expected a model"):
        sample(model, VOCABULARY, "a", 1)


def test_a_model_inside_the_model_is_refused():
    inner = keras.Sequential(
        [keras.Input((None, 3)), keras.layers.GRU(4, return_sequences=True)], name="inner"
    )
    ids = keras.Input((None,), dtype="int32")
    h = inner(keras.layers.Embedding(SIZE, 3)(ids))
    model = keras.Model(ids, keras.layers.Dense(SIZE)(h))
    with pytest.raises(ValueError, match="layer 'inner' is itself a model, whose state"):
        sample(model, VOCABULARY, "a", 1)


def test_a_model_without_known_output_is_refused():
    model = keras.Sequential([keras.layers.Embedding(SIZE, SIZE)])
    with pytest.raises(ValueError, match="no known output; expected a functional model"):
        sample(model, VOCABULARY, "a", 1)


def test_a_spoilt_model_is_named():
    with pytest.raises(ValueError, match=r"logits are not numbers \(NaN\); .*train it again"):
        sample(constant_model(np.full(SIZE, np.nan)), VOCABULARY, "a", 1)
