"""Training against the same steps written out with TensorFlow, and what it refuses."""

import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_lib.evaluation import evaluate
from course_lib.language_model import LanguageModel
from course_lib.perplexity import perplexity
from course_lib.training import train

VOCABULARY, TIME = 5, 6


def random_batches(seed, sizes=((3, TIME), (1, TIME))):
    """Windows of unequal size with nothing to learn in them."""
    rng = np.random.default_rng(seed)
    return [tuple(rng.integers(VOCABULARY, size=(2, *size))) for size in sizes]


ONE_BATCH = random_batches(0, ((2, 3),))


def small_model(seed=0, mask_zero=False):
    """Embedding and logits; without a recurrent layer it compiles fastest."""
    keras.utils.set_random_seed(seed)
    ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(VOCABULARY, 3, mask_zero=mask_zero)(ids)
    return keras.Model(ids, keras.layers.Dense(VOCABULARY, name="logits")(x))


def all_at_once(model, batches):
    """Perplexity of all the tokens of all batches, in one piece."""
    logits = np.concatenate([np.reshape(model(x), (-1, VOCABULARY)) for x, _ in batches])
    return perplexity(logits, np.concatenate([y.ravel() for _, y in batches]))


def test_a_text_that_repeats_itself_is_learnt():
    ids = np.tile([1, 2, 3, 1, 4], 40)  # what follows a 1 depends on what came before it
    windows = [(ids[:100].reshape(5, 20), ids[1:101].reshape(5, 20))] * 10
    held_out = [(ids[None, 105:125], ids[None, 106:126])]
    keras.utils.set_random_seed(0)
    model = LanguageModel(VOCABULARY, 4, 8)
    history = train(model, windows, 4, learning_rate=0.1, held_out=held_out, progress=False)
    assert history["perplexity"][0] > 2
    assert history["perplexity"][-1] < 1.1
    assert history["held_out_perplexity"][-1] < 1.1


@pytest.mark.parametrize("max_norm", [0.05, 100])
def test_the_weights_follow_clipped_gradients_and_adam(max_norm):
    batches = random_batches(1)
    ours, twin = small_model(), small_model()
    train(ours, batches, 2, learning_rate=0.01, max_norm=max_norm, progress=False)
    optimizer = keras.optimizers.Adam(0.01)
    for inputs, targets in batches * 2:
        with tf.GradientTape() as tape:
            nats = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, twin(inputs))
            loss = tf.reduce_mean(nats)
        gradients = tape.gradient(loss, twin.trainable_variables)
        dense = [tf.convert_to_tensor(g) for g in gradients]
        optimizer.apply(tf.clip_by_global_norm(dense, max_norm)[0], twin.trainable_variables)
    for got, expected in zip(ours.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)


def test_reported_perplexities_weigh_every_token_alike():
    batches, held_out = random_batches(2), random_batches(3, ((2, 4), (1, 3)))
    model = small_model()
    history = train(model, batches, 1, learning_rate=1e-9, held_out=held_out, progress=False)
    assert history["perplexity"] == pytest.approx([all_at_once(model, batches)], rel=1e-5)
    assert history["held_out_perplexity"] == pytest.approx([all_at_once(model, held_out)], rel=1e-5)
    assert np.exp(history["held_out_loss"]) == pytest.approx(history["held_out_perplexity"])
    assert np.exp(history["loss"]) == pytest.approx(history["perplexity"])


def test_the_history_has_one_entry_an_epoch():
    history = train(small_model(), ONE_BATCH, 3, progress=False)
    assert set(history) == {"loss", "perplexity", "seconds"}
    assert {len(numbers) for numbers in history.values()} == {3}
    assert all(type(number) is float for numbers in history.values() for number in numbers)


def test_the_same_seed_gives_the_same_training():
    runs = [train(small_model(7), ONE_BATCH, 3, progress=False) for _ in range(2)]
    assert runs[0]["loss"] == runs[1]["loss"]


def test_evaluating_changes_no_weight():
    model, batches = small_model(), random_batches(6)
    before = model.get_weights()
    assert evaluate(model, batches) == pytest.approx(all_at_once(model, batches), rel=1e-5)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_tf_data_dataset_is_read_like_a_list():
    batches = random_batches(8, ((3, TIME), (3, TIME)))
    dataset = tf.data.Dataset.from_tensor_slices(tuple(map(np.stack, zip(*batches, strict=True))))
    ours, twin = small_model(), small_model()
    losses = [
        train(*pair, 2, progress=False)["loss"] for pair in ((ours, dataset), (twin, batches))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    assert evaluate(ours, dataset) == pytest.approx(evaluate(ours, batches))


def test_padding_is_trained_and_scored_as_if_it_were_not_there():
    inputs, targets = np.array([[1, 2, 3]]), np.array([[2, 3, 4]])
    padded = (np.pad(inputs, ((0, 0), (0, 4))), np.pad(targets, ((0, 0), (0, 4))))
    plain = train(small_model(), [(inputs, targets)], 3, progress=False)
    assert train(small_model(mask_zero=True), [padded], 3, progress=False)["loss"] == pytest.approx(
        plain["loss"], rel=1e-5
    )


def test_a_stateful_layer_goes_on_in_the_next_window_and_starts_each_epoch_from_zero():
    keras.utils.set_random_seed(0)
    ids = keras.Input(batch_shape=(1, 3), dtype="int32")
    x = keras.layers.Embedding(VOCABULARY, 3)(ids)
    h = keras.layers.SimpleRNN(4, return_sequences=True, stateful=True)(x)
    model = keras.Model(ids, keras.layers.Dense(VOCABULARY)(h))
    whole = LanguageModel(VOCABULARY, 3, 4, keras.layers.SimpleRNNCell)
    whole.set_weights(model.get_weights())
    row = np.random.default_rng(9).integers(VOCABULARY, size=7)
    halves = [(row[None, 0:3], row[None, 1:4]), (row[None, 3:6], row[None, 4:7])]
    expected = perplexity(whole(row[None, :6])[0], row[1:])
    scores = train(model, halves, 2, learning_rate=1e-9, progress=False)["perplexity"]
    scores += [evaluate(model, halves), evaluate(model, halves)]
    assert scores == pytest.approx([expected] * 4, rel=1e-5)


def test_a_regulariser_pulls_the_weights_and_is_not_counted_as_nats():
    plain = small_model()
    pulled = small_model()
    layer = pulled.get_layer("logits")
    layer.kernel.regularizer = keras.regularizers.L2(100.0)
    histories = [train(model, ONE_BATCH * 50, 1, progress=False) for model in (plain, pulled)]
    kernels = [np.abs(model.get_layer("logits").kernel).mean() for model in (plain, pulled)]
    assert kernels[1] < 0.8 * kernels[0]
    assert histories[1]["perplexity"][0] < 1.1 * VOCABULARY


def test_progress_is_a_line_an_epoch_where_nobody_watches(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    history = train(small_model(), ONE_BATCH, 2, held_out=ONE_BATCH)
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [line for line in lines if line.startswith("Epoch")] == ["Epoch 1/2", "Epoch 2/2"]
    for number, line in enumerate(line for line in lines if "held_out_perplexity" in line):
        assert f"held_out_perplexity: {history['held_out_perplexity'][number]:.4f}" in line
    assert len(lines) == 4 and printed.err == ""


def test_without_progress_nothing_is_printed(capsys):
    train(small_model(), ONE_BATCH, 1, progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_loss_that_is_not_finite_stops_the_training_and_says_where():
    model = small_model()
    model.get_layer("logits").bias.assign(np.full(VOCABULARY, np.nan))
    expected = r"the loss is nan at step 1 of epoch 1; .* learning_rate below 0\.004 or a max_norm"
    with pytest.raises(FloatingPointError, match=expected):
        train(model, ONE_BATCH, 1, progress=False)


@pytest.mark.parametrize("epochs", [0, -1, 1.5])
def test_epochs_are_a_positive_whole_number(epochs):
    with pytest.raises(ValueError, match="epochs is not a positive whole number"):
        train(small_model(), ONE_BATCH, epochs)


@pytest.mark.parametrize("rate", [0, -0.1, np.nan, np.inf, "fast"])
def test_the_learning_rate_is_a_positive_number(rate):
    with pytest.raises(ValueError, match="learning_rate is not a positive number; .*got"):
        train(small_model(), ONE_BATCH, 1, learning_rate=rate)


def test_a_wrong_max_norm_is_refused_before_the_first_step():
    with pytest.raises(ValueError, match="max_norm is the largest length .* got 0"):
        train(small_model(), ONE_BATCH, 1, max_norm=0)


def test_no_windows_are_refused():
    with pytest.raises(ValueError, match="there are no windows to read; expected at least one"):
        train(small_model(), [], 1, progress=False)
    with pytest.raises(ValueError, match="there are no held-out windows to read"):
        train(small_model(), ONE_BATCH, 1, held_out=[], progress=False)


def test_windows_that_can_be_read_once_only_or_never_end_are_refused():
    with pytest.raises(ValueError, match="the windows can be read once only; .*got list_iterator"):
        train(small_model(), iter(ONE_BATCH), 2, progress=False)
    endless = tf.data.Dataset.from_tensors(ONE_BATCH[0]).repeat()
    with pytest.raises(ValueError, match="the windows never end; .*without repeat"):
        train(small_model(), endless, 2, progress=False)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("token", [-1, VOCABULARY])
def test_a_token_out_of_range_is_refused_before_the_first_step(place, token):
    batch = [np.array(part) for part in ONE_BATCH[0]]
    batch[place][1, 2] = token
    model = small_model()
    with pytest.raises(ValueError, match=f"out of range; expected ids from 0 to 4, got {token}"):
        train(model, [*ONE_BATCH, tuple(batch)], 1, progress=False)
    assert not model.compiled


def test_a_decay_takes_the_learning_rate_down_over_all_epochs():
    rates = {}
    for decay in ("cosine", "linear"):
        kept = rates.setdefault(decay, [])

        class Rates(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None, kept=kept):
                kept.append(float(self.model.optimizer.learning_rate))

        train(
            small_model(),
            ONE_BATCH * 5,
            2,
            learning_rate=0.1,
            decay=decay,
            progress=False,
            callbacks=[Rates()],
        )
    share = np.arange(1, 11) / 10
    np.testing.assert_allclose(rates["linear"], 0.1 * (1 - 0.98 * share), rtol=1e-5)
    half_wave = 0.5 * (1 + np.cos(np.pi * share))
    np.testing.assert_allclose(rates["cosine"], 0.1 * (0.02 + 0.98 * half_wave), rtol=1e-5)


def test_a_trained_model_is_saved_with_its_optimizer_and_loaded(tmp_path):
    model = small_model()
    train(model, ONE_BATCH, 1, max_norm=0.5, progress=False)
    model.save(tmp_path / "model.keras")
    twin = keras.models.load_model(tmp_path / "model.keras")
    assert twin.optimizer.max_norm == 0.5
    inputs = ONE_BATCH[0][0]
    np.testing.assert_array_equal(twin(inputs), model(inputs))


def test_tensorboard_sees_the_numbers_of_the_history(tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is optional and not installed")
    board = keras.callbacks.TensorBoard(str(tmp_path))
    train(small_model(), ONE_BATCH, 1, held_out=ONE_BATCH, progress=False, callbacks=[board])
    events = b"".join(path.read_bytes() for path in tmp_path.rglob("*tfevents*"))
    assert b"epoch_held_out_perplexity" in events


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"decay": "slowly"},
            "unknown decay; expected None or one of cosine, linear, got 'slowly'",
        ),
        ({"patience": 2}, "patience waits for .*expected held_out, got None; try held_out="),
        ({"patience": 0, "held_out": ONE_BATCH}, "patience is not a positive whole number"),
    ],
)
def test_wrong_options_are_refused_before_the_first_step(options, said):
    with pytest.raises(ValueError, match=said):
        train(small_model(), ONE_BATCH, 1, progress=False, **options)


@pytest.mark.parametrize(
    ("batch", "got"),
    [
        (np.zeros((2, 3), int), "got ndarray"),
        ((np.zeros((2, 3), int), np.zeros((2, 4), int)), r"got \[\(2, 3\), \(2, 4\)\]"),
    ],
)
def test_what_is_not_a_window_is_refused(batch, got):
    expected = rf"batch 1 of the windows is not a window; expected \(inputs, targets\).*{got}"
    with pytest.raises(ValueError, match=expected):
        train(small_model(), [batch], 1, progress=False)
