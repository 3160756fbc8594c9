"""The reference solution of the markov unit, against course_lib, brute force and its own text."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder import reference
from autograder.case import generator
from autograder.check import find
from autograder.checks import markov_scores, markov_source, markov_tables
from autograder.observe.markov import table_model
from course_lib import MarkovChain, ngram

NAMES = [
    *("SENTENCES", "forward_factors", "backward_factors", "build_vocabulary", "encode"),
    *("windows", "count_ngrams", "mle_row", "sequence_probability", "read_both_ways"),
    *("add_k_row", "interpolated_row", "fit", "mean_nats", "perplexity", "with_temperature"),
    *("sample", "unseen", "best_order", "text_model", "stationary", "entropy_rate"),
    "expected_nats",
]
V = 6
LOWER_BOUND = 1e-9


@pytest.fixture(scope="module")
def markov() -> Any:
    """The definitions of the solution notebook."""
    return SimpleNamespace(**reference.namespace("markov", NAMES))


@pytest.fixture(scope="module")
def text() -> list[list[int]]:
    """A small text, with repetitions; the ids 0 and 5 never occur."""
    return markov_tables.draw_training(np.random.default_rng(4), V, without=[0, 5])


def as_library(sequences: list[list[int]]) -> list[list[int]]:
    """Ids without the boundary's: course_lib has marks of its own for the two ends."""
    return [[token - (token > 0) for token in ids] for ids in sequences]


def row_of_library(model: Any, context: tuple[int, ...]) -> np.ndarray:
    """The row of a course_lib model with boundaries, in the order of the notebook's ids."""
    size = model.alphabet.vocabulary_size
    ids = [size + 1 if token == 1 else token - (token > 0) for token in context]
    rest = model.probabilities(np.array(ids, dtype=int))
    return np.concatenate([rest[:1], rest[size : size + 1], rest[1:size]])


@pytest.mark.parametrize("smoothing", ["mle", "add_k"])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_rows_are_those_of_the_library(markov: Any, text: Any, smoothing: str, order: int) -> None:
    library = ngram.fit(as_library(text), V - 1, order + 1, smoothing, k=0.7, boundaries=True)
    counts = markov.count_ngrams(text, order)
    for context in counts:
        row = markov.mle_row(counts, context, V)
        if smoothing == "add_k":
            row = markov.add_k_row(counts, context, V, 0.7)
        np.testing.assert_allclose(row, row_of_library(library, context), atol=1e-12)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_every_row_is_a_distribution_whatever_the_context(
    markov: Any, text: Any, order: int
) -> None:
    counts, model = markov.count_ngrams(text, order), markov.fit(text, order, V, 0.9)
    for context in product(range(V), repeat=order):
        for row in (
            markov.mle_row(counts, context, V),
            markov.add_k_row(counts, context, V, 0.3),
            model(context),
        ):
            assert row.shape == (V,) and row.min() >= 0
            assert row.sum() == pytest.approx(1.0)
        assert model(context).min() > 0


def test_the_model_is_interpolated_down_to_the_uniform_distribution(markov: Any, text: Any) -> None:
    for order in range(4):
        model, table = markov.fit(text, order, V, 1.3), None
        table = markov_tables.interpolated(text, order, V, 1.3)
        for context in product(range(V), repeat=order):
            np.testing.assert_allclose(model(context), table[context], atol=1e-12)
    unseen = markov.fit(text, 2, V, 1.3)((5, 5))
    np.testing.assert_allclose(unseen, markov.fit(text, 0, V, 1.3)(()))


def test_the_probabilities_of_all_sequences_sum_to_one(markov: Any) -> None:
    table = markov_tables.draw_table(np.random.default_rng(1), 3, 1)
    table[..., 1] += 1.0  # ends soon
    model = table_model(table / table.sum(axis=-1, keepdims=True))
    total, longest = 0.0, 9
    for length in range(longest):
        for ids in product([0, 2], repeat=length):
            total += markov.sequence_probability(model, list(ids), 1)
    assert total == pytest.approx(1.0, abs=0.01) and total < 1.0


def test_forward_and_reversed_factors_multiply_to_the_joint_table(markov: Any) -> None:
    joint = np.random.default_rng(0).dirichlet(np.ones(60)).reshape(3, 4, 5)
    a, b, c = markov.forward_factors(joint)
    np.testing.assert_allclose(a[:, None, None] * b[:, :, None] * c, joint)
    c, b, a = markov.backward_factors(joint)
    np.testing.assert_allclose(a * b[None] * c[None, None], joint)
    for factor, axis in ((a, 0), (b, 0), (c, 0)):
        np.testing.assert_allclose(factor.sum(axis=axis), 1.0)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_maximum_likelihood_reads_both_ways_alike_and_a_mixture_does_not(
    markov: Any, text: Any, order: int
) -> None:
    def likely(counts: Any, context: Any) -> Any:
        return markov.mle_row(counts, context, V)

    def smooth(counts: Any, context: Any) -> Any:
        return 0.8 * markov.mle_row(counts, context, V) + 0.2 / V

    unequal = 0
    for length in range(5):
        for ids in product([2, 3, 4], repeat=length):
            forward, backward = markov.read_both_ways(likely, text, list(ids), order)
            assert forward == pytest.approx(backward, abs=1e-12)
            forward, backward = markov.read_both_ways(smooth, text, list(ids), order)
            unequal += abs(forward - backward) > 1e-6
    assert unequal > 10


def test_perplexity_is_that_of_the_library(markov: Any, text: Any) -> None:
    library = ngram.fit(as_library(text), V - 1, 2, "add_k", k=0.4, boundaries=True)
    counts = markov.count_ngrams(text, 1)
    held_out = [[2, 3, 0, 4], [5], [3, 3, 2]]
    seen = markov.perplexity(lambda c: markov.add_k_row(counts, c, V, 0.4), held_out, 1)
    assert seen == pytest.approx(library.perplexity(as_library(held_out)))
    assert markov.perplexity(lambda c: markov.mle_row(counts, c, V), held_out, 1) == np.inf
    assert markov.perplexity(lambda c: np.full(V, 1 / V), held_out, 1) == pytest.approx(V)


def test_temperature_is_softmax_of_logits_over_temperature(markov: Any) -> None:
    logits = np.random.default_rng(3).normal(0, 2, 9)
    p = np.exp(logits) / np.exp(logits).sum()
    for theta in (0.3, 1.0, 2.5):
        wanted = np.exp(logits / theta) / np.exp(logits / theta).sum()
        np.testing.assert_allclose(markov.with_temperature(p, theta), wanted)
    cold = markov.with_temperature(p, 1e-6)
    np.testing.assert_allclose(cold, np.arange(9) == p.argmax())


def test_samples_have_the_distribution_of_the_model(markov: Any) -> None:
    table = markov_tables.draw_table(np.random.default_rng(6), 4, 2)
    rng = np.random.default_rng(7)
    drawn = [markov.sample(table_model(table), 2, rng, 1.0, 50) for _ in range(3000)]
    counts = markov_tables.counted([ids for ids in drawn if len(ids) < 50], 2, 4)
    often = counts.sum(axis=-1) > 300
    assert often.sum() > 5
    np.testing.assert_allclose(markov_tables.mle(counts)[often], table[often], atol=0.12)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_entropy_rate_and_stationary_distribution_are_the_librarys(markov: Any, seed: int) -> None:
    P = markov_source.draw_source(np.random.default_rng(seed), 5)
    chain = MarkovChain(P)
    np.testing.assert_allclose(markov.stationary(P), chain.stationary, atol=1e-12)
    np.testing.assert_allclose(markov_source.pi_of(P), chain.stationary, atol=1e-12)
    assert markov.entropy_rate(P) == pytest.approx(chain.entropy_rate)
    assert markov.expected_nats(P, P) == pytest.approx(chain.entropy_rate)


def test_on_a_known_source_no_model_is_below_the_entropy_rate_and_a_good_one_reaches_it(
    markov: Any,
) -> None:
    rng = np.random.default_rng(12)
    for _ in range(5):
        P = markov_source.draw_source(rng, 4)
        H = markov.entropy_rate(P)
        text = markov_tables.draw_text(rng, P, 800, 50)
        for number in (1, 10, 100, 800):
            model = markov.fit(text[:number], 1, 4, 1.0)
            rows = np.array([model((before,)) for before in range(4)])
            nats = markov.expected_nats(P, rows)
            assert nats >= H - LOWER_BOUND
        assert nats <= H + 0.02


# --- the checks on right and wrong samples ------------------------------------------------------


def test_a_correct_sampler_passes_at_every_seed_tried(markov: Any) -> None:
    check = find("markov.sampling")
    for seed in range(12):
        case = check.draw(generator(seed, "markov.sampling", "hidden-1"))
        for name, theta in (("drawn", 1.0), ("cold", case["theta"])):
            rng = np.random.default_rng(seed)
            table = markov_source.tempered(case["table"], theta)
            drawn = markov_tables.draw_text(rng, table, 200, case["max_length"])
            matrix = np.full((len(drawn), case["max_length"] + 1), -1)
            for row, ids in zip(matrix, drawn, strict=True):
                row[: len(ids)] = ids
            draws = markov_source._draws(matrix, 2, case["max_length"])
            windows = [w for ids in drawn for w in markov_tables.ngrams(ids, 2)[:20].tolist()]
            assert draws.tolist() == windows
            assert markov_source._unlikely(name, draws, table) is None
            assert markov_source._surprising(name, draws, table) is None


def test_the_ladder_of_the_text_is_what_the_library_measures(markov: Any) -> None:
    known = markov_scores.text()
    training, held_out = as_library(known["training"]), as_library(known["held_out"])
    size = known["size"] - 1
    models = {
        "unigram": (1, "witten_bell"),
        "bigram": (2, "witten_bell"),
        "trigram": (3, "witten_bell"),
        "4-gram": (4, "witten_bell"),
        "7-gram, Kneser-Ney": (7, "kneser_ney"),
    }
    for name, (n, smoothing) in models.items():
        library = ngram.fit(training, size, n, smoothing, boundaries=True)
        assert library.perplexity(held_out) == pytest.approx(markov_scores.LADDER[name], abs=0.006)
    assert set(models) == set(markov_scores.LADDER)


def test_the_threshold_takes_more_than_a_trigram_and_less_than_the_best_count(markov: Any) -> None:
    known = markov_scores.text()
    model, order = markov.text_model(known["training"], known["size"])
    got = markov.perplexity(model, known["held_out"], order)
    assert got == pytest.approx(4.93, abs=0.005)
    ladder = markov_scores.LADDER
    assert got < markov_scores.THRESHOLD < ladder["trigram"]
    assert ladder["7-gram, Kneser-Ney"] > markov_scores.FLOOR


def test_the_worked_numbers_in_the_text_are_right(markov: Any) -> None:
    joint = np.array([[0.3, 0.1], [0.2, 0.4]])
    forward, backward = markov.forward_factors(joint), markov.backward_factors(joint)
    np.testing.assert_allclose(forward[0], [0.4, 0.6])
    np.testing.assert_allclose(forward[1], [[0.75, 0.25], [0.33, 0.67]], atol=0.005)
    np.testing.assert_allclose(backward[0], [0.5, 0.5])
    np.testing.assert_allclose(backward[1], [[0.6, 0.2], [0.4, 0.8]])

    pairs = markov.windows([7, 8, 9], 2)
    assert pairs == [((1, 1), 7), ((1, 7), 8), ((7, 8), 9), ((8, 9), 1)]

    words = markov.build_vocabulary(markov.SENTENCES, 1)
    encoded = [markov.encode(sentence, words) for sentence in markov.SENTENCES]
    row = markov.mle_row(markov.count_ngrams(encoded, 1), (words.index("statistics"),), len(words))
    assert row[words.index("is")] == pytest.approx(2 / 3)

    counts = [{(): {3: 1}}, {(3,): {1: 1, 2: 3}}]
    lower = np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(
        markov.add_k_row(counts[1], (3,), 4, 2.0), np.array([2, 3, 5, 2]) / 12
    )
    lambda_c = 4 / 6
    wanted = lambda_c * np.array([0, 1 / 4, 3 / 4, 0]) + (1 - lambda_c) * lower
    np.testing.assert_allclose(np.array([0.2, 1.4, 3.6, 0.8]) / 6, wanted)

    thirds = {(1,): 0.5, (2,): 0.25, (3,): 0.125}
    nats = markov.mean_nats(lambda c: np.full(4, thirds[c]), [[2, 3]], 1)
    assert nats == pytest.approx(2 * np.log(2)) and round(nats, 3) == 1.386

    P = np.array([[0.9, 0.1], [0.5, 0.5]])
    np.testing.assert_allclose(markov.stationary(P), [5 / 6, 1 / 6])
    assert round(markov.entropy_rate(P), 3) == 0.386
    assert round(markov.expected_nats(P, np.full((2, 2), 0.5)), 3) == 0.693
