"""Perplexity against a brute-force mean of the nats of every token."""

import math
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.perplexity import BitsPerCharacter, Perplexity, bits_per_character, perplexity

BATCH, TIME, VOCABULARY = 3, 5, 7


def draw(seed, batch=BATCH, time=TIME, vocabulary=VOCABULARY):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 3, (batch, time, vocabulary)), rng.integers(vocabulary, size=(batch, time))


def brute_force(logits, targets, weight=None):
    """exp of the weighted mean nats, token by token, from the definition."""
    nats, tokens = 0.0, 0.0
    for index in np.ndindex(*targets.shape):
        w = 1.0 if weight is None else float(weight[index])
        p = np.exp(logits[index]) / np.exp(logits[index]).sum()
        if w:
            nats, tokens = nats - w * np.log(p[targets[index]]), tokens + w
    return np.exp(nats / tokens)


def test_one_batch_equals_brute_force():
    logits, targets = draw(1)
    assert perplexity(logits, targets) == pytest.approx(brute_force(logits, targets), rel=1e-12)


@pytest.mark.parametrize("vocabulary", [1, 2, 28, 10_000])
def test_a_uniform_model_scores_the_vocabulary_size(vocabulary):
    targets = np.arange(6).reshape(2, 3) % vocabulary
    logits = np.full((2, 3, vocabulary), 4.2)
    assert perplexity(logits, targets) == pytest.approx(vocabulary, rel=1e-12)


def test_a_certain_model_scores_one_and_an_impossible_token_infinity():
    logits = np.log([[0.0, 1.0], [0.0, 1.0]], where=[[False, True]] * 2, out=np.full((2, 2), -1e9))
    assert perplexity(logits, [1, 1]) == 1.0
    logits[:, 0] = -np.inf
    assert perplexity(logits, [1, 0]) == np.inf


def test_batches_of_unequal_size_are_weighed_by_their_tokens():
    batches = [
        draw(seed, batch, time) for seed, (batch, time) in enumerate([(4, 5), (1, 2), (3, 1)])
    ]
    metric = Perplexity()
    for logits, targets in batches:
        metric.update_state(targets, logits)
    logits = np.concatenate([b[0].reshape(-1, VOCABULARY) for b in batches])
    targets = np.concatenate([b[1].ravel() for b in batches])
    assert float(metric.result()) == pytest.approx(brute_force(logits, targets), rel=1e-12)
    mean_of_batches = np.mean([brute_force(*b) for b in batches])
    assert float(metric.result()) != pytest.approx(mean_of_batches, rel=1e-2)


@given(
    sizes=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6)), min_size=1, max_size=6),
    parts=st.integers(1, 3),
    seed=st.integers(0, 999),
)
@settings(max_examples=15, deadline=None)
def test_metrics_merged_from_parts_equal_one_that_saw_everything(sizes, parts, seed):
    rng, shares, nats, weights = np.random.default_rng(seed), [], 0.0, 0.0
    whole = Perplexity()
    shares = [Perplexity() for _ in range(parts)]
    for number, (batch, time) in enumerate(sizes):
        logits, targets = draw(seed + number, batch, time)
        weight = rng.choice([0.0, 0.5, 1.0, 2.0], size=(batch, time))
        weight[0, 0] = 1.0
        for metric in (whole, shares[number % parts]):
            metric.update_state(targets, logits, sample_weight=weight)
        nats += np.log(brute_force(logits, targets, weight)) * weight.sum()
        weights += weight.sum()
    before = [float(share.nats) for share in shares]
    merged = Perplexity()
    merged.merge_state(shares)
    assert float(merged.result()) == pytest.approx(float(whole.result()), rel=1e-12)
    assert float(merged.result()) == pytest.approx(np.exp(nats / weights), rel=1e-9)
    assert [float(share.nats) for share in shares] == before


def test_merging_goes_on_from_what_was_counted_already():
    one, other = Perplexity(), BitsPerCharacter()
    one.update_state([0], [[0.0, 0.0]])
    other.update_state([0, 1, 2], np.zeros((3, 8)))
    one.merge_state([other])
    assert float(one.result()) == pytest.approx(2 ** (1 / 4) * 8 ** (3 / 4))
    one.merge_state([])
    assert float(one.tokens) == 4


REPLICAS = """
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
from course_lib import Perplexity
rng = np.random.default_rng(0)
x, y, weight = rng.normal(size=(10, 5, 3)), rng.integers(4, size=(10, 5)), rng.random((10, 5))
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    model = keras.Sequential([keras.Input((5, 3)), keras.layers.Dense(4)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, weighted_metrics=[Perplexity()])
for _ in range(2):  # the second pass begins from nothing
    score = model.evaluate(x, y, sample_weight=weight, batch_size=4, verbose=0, return_dict=True)
alone = Perplexity()
alone.update_state(y, model(x), sample_weight=weight)
print(strategy.num_replicas_in_sync, score["perplexity"], float(alone.result()))
"""


def test_the_replicas_of_a_strategy_add_up(root):
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    replicas, together, alone = map(float, done.stdout.split())
    assert replicas == 2 and together == pytest.approx(alone, rel=1e-6)


def test_updates_without_side_effects_count_the_same():
    metric, (logits, targets) = Perplexity(), draw(8)
    state = [tf.zeros((), tf.float64)] * 2
    for part in (slice(0, 1), slice(1, 3)):
        state = metric.stateless_update_state(state, targets[part], logits[part])
    expected = brute_force(logits, targets)
    assert float(metric.stateless_result(state)) == pytest.approx(expected, rel=1e-12)
    assert float(metric.tokens) == 0


def test_bits_are_the_binary_logarithm_of_the_perplexity():
    logits, targets = draw(9)
    mask = np.arange(TIME) < 3
    metric = BitsPerCharacter()
    metric.update_state(targets, logits, sample_weight=np.broadcast_to(mask, targets.shape))
    value = perplexity(logits, targets, np.broadcast_to(mask, targets.shape))
    assert float(metric.result()) == pytest.approx(math.log2(value), rel=1e-12)
    assert bits_per_character(value) == pytest.approx(math.log2(value), rel=1e-12)
    assert np.isnan(float(BitsPerCharacter().result()))


def test_a_text_costs_the_same_bits_in_characters_and_in_words():
    """A fair coin for each of 8 letters: 3 bits each; as words of two letters: 64 equal choices."""
    assert bits_per_character(8.0) == pytest.approx(3)
    assert bits_per_character(64.0, characters_per_token=2) == pytest.approx(3)
    assert bits_per_character(1.0) == 0 and bits_per_character(math.inf) == math.inf


@pytest.mark.parametrize("kind", [Perplexity, BitsPerCharacter])
def test_a_config_rebuilds_either_metric(kind):
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(kind()))
    assert type(twin) is kind and twin.name == kind().name


@pytest.mark.parametrize("others", [[3.5], [keras.metrics.Mean()], 2.0, keras.metrics.Mean()])
def test_only_metrics_of_the_kind_can_be_merged(others):
    with pytest.raises(TypeError, match="merge_state adds up nats and tokens; expected a list of"):
        Perplexity().merge_state(others)


def test_a_metric_is_not_merged_into_itself():
    metric = Perplexity()
    with pytest.raises(ValueError, match="cannot be merged into itself.*every token twice"):
        metric.merge_state([Perplexity(), metric])


@pytest.mark.parametrize("value", [0.9, 0, -2.0, math.nan])
def test_bits_of_what_is_no_perplexity_are_refused(value):
    with pytest.raises(ValueError, match="a perplexity is at least 1; got"):
        bits_per_character(value)


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_a_token_has_characters(value):
    with pytest.raises(ValueError, match="characters_per_token is the length of the text over"):
        bits_per_character(2.0, value)


def test_a_million_tokens_lose_no_digits():
    metric = Perplexity()
    logits = np.zeros((20_000, 3), "float32")
    for _ in range(50):
        metric.update_state(np.zeros(20_000, int), logits)
    assert float(metric.result()) == pytest.approx(3, rel=1e-7)
    assert float(metric.tokens) == 1_000_000


def test_padding_counts_neither_in_the_nats_nor_in_the_tokens():
    logits, targets = draw(2)
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)
    targets[~mask] = -1  # a padding id that is in no vocabulary
    expected = brute_force(logits, targets, mask)
    assert perplexity(logits, targets, mask) == pytest.approx(expected, rel=1e-12)
    metric = Perplexity()
    metric.update_state(targets, logits, sample_weight=mask)
    assert float(metric.result()) == pytest.approx(expected, rel=1e-12)


def test_a_masked_token_may_be_impossible():
    logits = np.array([[0.0, 0.0], [0.0, -np.inf]])
    assert perplexity(logits, [0, 1], mask=[True, False]) == pytest.approx(2)


def test_keras_mask_and_sample_weight_both_hold():
    logits, targets = draw(3)
    mask = np.random.default_rng(3).random((BATCH, TIME)) < 0.6
    weight = np.array([2.0, 0.5, 1.0])  # one for each sequence
    y_pred = tf.constant(logits)
    y_pred._keras_mask = tf.constant(mask)
    metric = Perplexity()
    metric.update_state(targets, y_pred, sample_weight=weight)
    expected = brute_force(logits, targets, mask * weight[:, None])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-12)


def test_a_model_with_a_masking_embedding_does_not_count_its_padding():
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(VOCABULARY, 4, mask_zero=True),
            keras.layers.Dense(VOCABULARY),
        ]
    )
    ids, (_, targets) = np.array([[3, 2, 1, 0, 0], [1, 5, 0, 0, 0]]), draw(4, batch=2)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=[Perplexity()]
    )
    scores = model.evaluate(ids, targets, verbose=0, return_dict=True)
    expected = brute_force(model(ids).numpy(), targets, ids != 0)
    assert scores["perplexity"] == pytest.approx(expected, rel=1e-5)
    assert np.exp(scores["loss"]) == pytest.approx(expected, rel=1e-5)


def test_nothing_counted_is_not_a_number():
    assert np.isnan(float(Perplexity().result()))
    logits, targets = draw(5)
    assert np.isnan(perplexity(logits, targets, mask=np.zeros((BATCH, TIME))))
    assert np.isnan(perplexity(np.zeros((0, VOCABULARY)), np.zeros(0, int)))


def test_a_reset_forgets():
    metric = Perplexity()
    metric.update_state([0], [[5.0, 0.0]])
    metric.reset_state()
    metric.update_state([1], [[1.0, 1.0]])
    assert float(metric.result()) == pytest.approx(2)


def test_large_logits_do_not_overflow():
    logits = np.array([[1e4, 1e4 - np.log(3)], [-1e4, -1e4]])
    assert perplexity(logits, [0, 1]) == pytest.approx(np.sqrt(4 / 3 * 2), rel=1e-9)


def test_logits_may_be_a_list_of_whole_numbers():
    assert perplexity([[1, 2, 3]], [2]) == pytest.approx(1 + np.exp(-1) + np.exp(-2), rel=1e-6)


def test_half_precision_logits_are_scored_in_single_precision():
    targets = np.zeros(2, int)
    assert perplexity(np.zeros((2, 50_000), "float16"), targets) == pytest.approx(50_000, rel=1e-5)


def test_the_metric_compiles():
    logits, targets = draw(6)
    metric = Perplexity()
    tf.function(metric.update_state, jit_compile=True)(tf.constant(targets), tf.constant(logits))
    assert float(metric.result()) == pytest.approx(brute_force(logits, targets), rel=1e-12)


def test_a_config_rebuilds_the_metric():
    metric = Perplexity(name="held_out")
    twin = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert isinstance(twin, Perplexity) and twin.get_config() == metric.get_config()


@pytest.mark.parametrize("shape", [(BATCH,), (BATCH, TIME + 1), (BATCH, TIME, VOCABULARY), ()])
def test_targets_that_do_not_fit_the_logits_are_refused(shape):
    logits, _ = draw(0)
    with pytest.raises(
        ValueError, match=r"logits are \(\.\.\., vocabulary\).*got logits \(3, 5, 7"
    ):
        perplexity(logits, np.zeros(shape, int))


@pytest.mark.parametrize("stranger", [-1, VOCABULARY])
def test_a_token_outside_the_vocabulary_is_refused(stranger):
    logits, targets = draw(0)
    targets[1, 2] = stranger
    expected = rf"ids from 0 to 6 \(logits have 7 columns\); got {stranger}\. Encode the text"
    with pytest.raises(ValueError, match=expected):
        perplexity(logits, targets)


@pytest.mark.parametrize("shape", [(TIME,), (BATCH, TIME, VOCABULARY)])
def test_a_mask_that_does_not_fit_the_targets_is_refused(shape):
    logits, targets = draw(0)
    with pytest.raises(ValueError, match=r"mask or sample_weight has the shape .* \(3, 5\).*got"):
        perplexity(logits, targets, np.ones(shape))
