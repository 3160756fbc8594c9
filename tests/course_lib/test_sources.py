"""Sources: exact joints by enumeration, entropies by closed form, and no perplexity below them."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import (
    EmbeddedReberGrammar,
    HiddenMarkovSource,
    MarkovChain,
    ReberGrammar,
    adding_predictor,
    adding_problem,
    ngram,
)
from course_lib.sources import TRIVIAL_MSE, Grammar

few = settings(max_examples=20, deadline=None)
SHAPES = st.tuples(st.integers(2, 4), st.integers(1, 3), st.integers(0, 2**32 - 1))


def random_chain(tokens, order, seed):
    rng = np.random.default_rng(seed)
    return MarkovChain(rng.dirichlet(np.full(tokens, 0.7), (tokens,) * order))


def random_hidden(seed, states=3, tokens=2):
    rng = np.random.default_rng(seed)
    return HiddenMarkovSource(
        rng.dirichlet(np.ones(states), states), rng.dirichlet(np.ones(tokens), states)
    )


def all_texts(tokens, length):
    return [np.array(text) for text in itertools.product(range(tokens), repeat=length)]


def joint(source, text):
    return math.exp(source.log_probabilities(text).sum())


@few
@given(SHAPES)
def test_the_stationary_distribution_stays_when_time_goes_on(shape) -> None:
    chain = random_chain(*shape)
    pi = chain.stationary
    assert pi.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose((pi[..., None] * chain.transition).sum(0), pi, atol=1e-12)


def test_two_states_have_the_closed_form() -> None:
    a, b = 0.1, 0.4  # probabilities of leaving state 0 and state 1
    chain = MarkovChain([[1 - a, a], [b, 1 - b]])
    np.testing.assert_allclose(chain.stationary, [b / (a + b), a / (a + b)], rtol=1e-12)
    h = [-p * math.log(p) - (1 - p) * math.log(1 - p) for p in (a, b)]
    assert chain.entropy_rate == pytest.approx((b * h[0] + a * h[1]) / (a + b), rel=1e-12)
    assert chain.perplexity == pytest.approx(math.exp(chain.entropy_rate), rel=1e-12)


def test_a_chain_that_cannot_surprise_has_entropy_0() -> None:
    chain = MarkovChain(np.eye(3)[[1, 2, 0]])
    assert chain.entropy_rate == 0 and chain.perplexity == 1
    text = chain.sample(10, seed=0)
    np.testing.assert_array_equal(np.diff(text) % 3, 1)


@few
@given(SHAPES)
def test_joint_probabilities_are_stationary_start_times_transitions(shape) -> None:
    chain, length = random_chain(*shape), shape[1] + 2
    total = 0.0
    for text in all_texts(shape[0], length)[:: 1 + shape[0] ** length // 60]:
        expected = chain.stationary[tuple(text[: chain.order])]
        for t in range(chain.order, length):
            expected *= chain.transition[tuple(text[t - chain.order : t + 1])]
        assert joint(chain, text) == pytest.approx(expected, rel=1e-10)
    for short in range(1, 4):
        total = sum(joint(chain, text) for text in all_texts(shape[0], short))
        assert total == pytest.approx(1, abs=1e-10)


@few
@given(SHAPES)
def test_the_reversed_chain_gives_the_same_joint(shape) -> None:
    chain = random_chain(*shape)
    backward = chain.reversed()
    for text in all_texts(shape[0], shape[1] + 2)[::7]:
        assert joint(backward, text[::-1]) == pytest.approx(joint(chain, text), rel=1e-9)
    assert backward.entropy_rate == pytest.approx(chain.entropy_rate, rel=1e-9)


def test_a_chain_with_impossible_contexts_can_be_reversed() -> None:
    chain = MarkovChain([[0.5, 0.5, 0], [0.5, 0.5, 0], [0.3, 0.3, 0.4]])  # 2 is left for good
    backward = chain.reversed()
    np.testing.assert_allclose(backward.stationary, [0.5, 0.5, 0], atol=1e-12)
    assert not (chain.sample(200, seed=0) == 2).any()


def test_probabilities_take_the_last_tokens_and_know_the_beginning() -> None:
    chain = random_chain(3, 2, 1)
    np.testing.assert_allclose(chain.probabilities([[2, 0, 1]]), chain.transition[0, 1][None])
    np.testing.assert_allclose(chain.probabilities([]), chain.stationary.sum(1), rtol=1e-12)
    begin = chain.stationary[2] / chain.stationary[2].sum()
    np.testing.assert_allclose(chain.probabilities([2]), begin, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2])
def test_a_sample_has_the_frequencies_of_the_chain(order) -> None:
    chain = random_chain(3, order, 5)
    text = chain.sample(60_000, seed=2)
    grams = np.stack([text[k : len(text) - order + k] for k in range(order + 1)])
    seen = np.zeros(chain.transition.shape)
    np.add.at(seen, tuple(grams), 1)
    expected = chain.stationary[..., None] * chain.transition
    np.testing.assert_allclose(seen / seen.sum(), expected, atol=0.01)


SOURCES = {
    "chain": random_chain(4, 1, 0),
    "chain of order 2": random_chain(3, 2, 1),
    "hidden": random_hidden(2, states=3, tokens=3),
    "reber": ReberGrammar(),
    "embedded reber": EmbeddedReberGrammar(),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_exact_predictor_scores_the_entropy_rate(name) -> None:
    """Means of 12 texts: within four standard errors of the entropy rate, on both sides of it."""
    source = SOURCES[name]
    bounds = source.entropy_rate_bounds(9) if name == "hidden" else (source.entropy_rate,) * 2
    assert bounds[1] - bounds[0] < 1e-3
    nats = [-source.log_probabilities(source.sample(5000, seed)).mean() for seed in range(12)]
    error = np.std(nats, ddof=1) / math.sqrt(12)
    assert abs(np.mean(nats) - bounds[0]) < 4 * error + 1e-3
    assert min(nats) < bounds[1] < max(nats) + 1e-3


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_seed_gives_the_same_text(name) -> None:
    first, again, other = (list(SOURCES[name].sample(200, seed)) for seed in (3, 3, 4))
    assert first == again != other and len(first) == 200


def test_no_ngram_model_is_better_than_the_source_and_the_right_order_comes_near() -> None:
    chain = random_chain(4, 2, 3)
    train, test = chain.sample(60_000, seed=0), chain.sample(60_000, seed=1)
    exact = math.exp(-chain.log_probabilities(test).mean())
    for smoothing in ("add_k", "witten_bell", "kneser_ney"):
        got = [ngram.fit(train, 4, n, smoothing).perplexity(test) for n in (1, 2, 3, 4)]
        assert min(got) > exact * (1 - 1e-5)
        assert got[2] == pytest.approx(exact, rel=2e-3) and min(got[:2]) > exact * 1.02
        assert got[2] < got[3]


@few
@given(st.integers(0, 2**32 - 1))
def test_the_forward_algorithm_is_the_sum_over_all_paths(seed) -> None:
    source = random_hidden(seed)
    a, b, pi = source.transition, source.emission, source.stationary
    np.testing.assert_allclose(pi @ a, pi, atol=1e-12)
    for text in all_texts(2, 5)[::3]:
        expected = 0.0
        for path in itertools.product(range(3), repeat=5):
            p = pi[path[0]] * b[path[0], text[0]]
            for t in range(1, 5):
                p *= a[path[t - 1], path[t]] * b[path[t], text[t]]
            expected += p
        assert joint(source, text) == pytest.approx(expected, rel=1e-10)
    rows = source.probabilities(text)
    assert rows.shape == (5, 2)
    np.testing.assert_allclose(rows.sum(-1), 1, atol=1e-12)


@few
@given(st.integers(0, 2**32 - 1))
def test_the_bounds_of_the_entropy_rate_close_in(seed) -> None:
    source = random_hidden(seed)
    bounds = [source.entropy_rate_bounds(n) for n in (1, 2, 4, 7)]
    lower, upper = zip(*bounds, strict=True)
    assert (np.diff(lower) > -1e-12).all() and (np.diff(upper) < 1e-12).all()
    assert all(low <= high + 1e-12 for low, high in bounds)

    def entropy_of(length):
        p = np.array([joint(source, text) for text in all_texts(2, length)])
        return -np.sum(p * np.log(p))

    assert upper[2] == pytest.approx(entropy_of(4) - entropy_of(3), abs=1e-10)
    assert upper[0] == pytest.approx(entropy_of(1), abs=1e-10)


def test_states_that_are_seen_make_a_markov_chain() -> None:
    transition = np.random.default_rng(3).dirichlet(np.ones(3), 3)
    hidden, chain = HiddenMarkovSource(transition, np.eye(3)), MarkovChain(transition)
    text, states = hidden.sample_hidden(50, seed=1)
    np.testing.assert_array_equal(text, states)
    np.testing.assert_allclose(
        hidden.log_probabilities(text), chain.log_probabilities(text), rtol=1e-10
    )
    np.testing.assert_allclose(hidden.entropy_rate_bounds(2), [chain.entropy_rate] * 2, rtol=1e-10)


def test_known_reber_strings_are_accepted_and_others_are_not() -> None:
    grammar = ReberGrammar()
    for string in ("BTXSE", "BPVVE", "BTSSXXTVVE", "BPVPXVPXVPXVVE", "BTSXXTVPSE"):
        assert grammar.accepts(string)
    for string in ("", "BT", "BTXSEB", "BTXSEBTXSE", "BPXSE", "TXSE", "BTXSE?"):
        assert not grammar.accepts(string)
    embedded = EmbeddedReberGrammar()
    assert embedded.accepts("BTBTXSETE") and embedded.accepts("BPBTXSEPE")
    assert not embedded.accepts("BTBTXSEPE") and not embedded.accepts("BTXSE")


@pytest.mark.parametrize("grammar", [ReberGrammar(), EmbeddedReberGrammar()], ids=["plain", "emb"])
def test_every_string_is_accepted_and_every_symbol_legal(grammar) -> None:
    strings = grammar.strings(300, seed=0)
    assert all(map(grammar.accepts, strings)) and len(set(strings)) > 50
    assert np.mean([len(s) for s in strings]) == pytest.approx(grammar.mean_length, rel=0.1)
    for string in strings[:20]:
        rows = grammar.probabilities(string)
        for t, symbol in enumerate(string):
            legal = grammar.legal_next(string[:t])
            assert symbol in legal
            for i, other in enumerate(grammar.symbols):
                assert rows[t, i] == pytest.approx(1 / len(legal) if other in legal else 0)
    assert grammar.legal_next("") == {"B"} == grammar.legal_next(strings[0])
    assert grammar.decode(grammar.encode(strings[0])) == strings[0]


def test_the_probabilities_of_all_short_reber_strings_are_those_seen() -> None:
    grammar = ReberGrammar()
    strings = grammar.strings(4000, seed=1)
    p = math.exp(grammar.log_probabilities("BTXSE").sum())
    assert p == pytest.approx(1 / 8)  # T of two, X of two, S of two
    assert strings.count("BTXSE") / 4000 == pytest.approx(p, abs=0.02)


def test_the_long_lag_symbol_repeats_the_second_and_is_certain_to_who_remembers() -> None:
    grammar = EmbeddedReberGrammar()
    lags = set()
    for string in grammar.strings(100, seed=2):
        first, back = grammar.long_lag(string)
        assert string[first] == string[back] and string[back + 1 :] == "E"
        assert grammar.legal_next(string[:back]) == {string[first]}
        assert grammar.log_probabilities(string)[back] == 0
        lags.add(back - first)
    assert min(lags) >= 6 and len(lags) > 8
    with pytest.raises(ValueError, match="not a string of the embedded Reber grammar; .* 'BT'"):
        grammar.long_lag("BT")


@few
@given(st.integers(1, 9), st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_targets_are_the_sum_of_the_two_marked_numbers(batch, time, seed) -> None:
    inputs, targets = adding_problem(batch, time, seed)
    assert inputs.shape == (batch, time, 2) and inputs.dtype == targets.dtype == np.float32
    for row, target in zip(inputs, targets, strict=True):
        places = np.flatnonzero(row[:, 1])
        assert len(places) == 2 and places[0] < time // 2 <= places[1]
        assert set(np.unique(row[:, 1])) <= {0, 1}
        assert target == pytest.approx(row[places, 0].sum(), rel=1e-6)
    np.testing.assert_allclose(adding_predictor(inputs)[:, -1], targets, rtol=1e-6)
    np.testing.assert_array_equal(adding_problem(batch, time, seed)[0], inputs)


def test_the_best_prediction_has_the_error_of_the_marks_to_come() -> None:
    inputs, targets = adding_problem(40_000, 6, seed=0)
    predicted, marks = adding_predictor(inputs), np.cumsum(inputs[..., 1], 1)
    for to_come in (0, 1, 2):
        at = marks == 2 - to_come
        error = np.mean((predicted - targets[:, None])[at] ** 2)
        assert error == pytest.approx(to_come / 12, abs=3e-3)
    assert np.mean((targets - 1) ** 2) == pytest.approx(TRIVIAL_MSE, abs=3e-3)
    assert np.mean(targets) == pytest.approx(1, abs=0.01)


FULL = [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: MarkovChain([0.5, 0.5]), "transition has the wrong number of axes; .* shape .2,."),
        (lambda: MarkovChain([[0.5, 0.6], [0.5, 0.5]]), "rows of transition are not distr.* 1.1"),
        (lambda: MarkovChain([[1.5, -0.5], [0.5, 0.5]]), "smallest number -0.5; try values /"),
        (lambda: MarkovChain([[np.nan, 1], [0.5, 0.5]]), "rows of transition are not distributi"),
        (lambda: MarkovChain([[0.5, 0.5]]), "axes of transition are not of one length; expect.* 2"),
        (lambda: MarkovChain(np.eye(2)), "more than one stationary distribution; expected states"),
        (lambda: MarkovChain(FULL).sample(0, 1), "length is not a positive whole number"),
        (lambda: MarkovChain(FULL).sample(5, None), "seed is not a whole number; .* got None"),
        (lambda: MarkovChain(FULL).sample(5, -1), "seed is not a whole number; .* got -1"),
        (lambda: MarkovChain(FULL).log_probabilities([0, 2]), "token id out of range"),
        (lambda: MarkovChain(FULL).log_probabilities([]), "not one text; .* got shape .0,"),
        (lambda: MarkovChain(FULL).log_probabilities([[0, 1]]), "not one text; .* shape .1, 2."),
        (lambda: MarkovChain(FULL).probabilities(1), "a context is a row of ids; .* number 1"),
        (lambda: HiddenMarkovSource(FULL, [[1.0], [1.0], [1.0]]), "and emission do not fit; exp"),
        (lambda: HiddenMarkovSource(FULL, [[[1.0]]]), "emission has the wrong number of axes"),
        (lambda: HiddenMarkovSource(FULL, FULL).entropy_rate_bounds(40), "too many texts; expec"),
        (lambda: HiddenMarkovSource(FULL, [[1, 0], [1, 0]]).probabilities([0, 1, 0]),
         "the source cannot emit this text; .* at place 1, got 1"),
        (lambda: HiddenMarkovSource(FULL, FULL).log_probabilities([]), "not one text; .* got "),
        (lambda: HiddenMarkovSource(FULL, FULL).probabilities([[0], [1]]), "try one call for eac"),
        (lambda: Grammar([]), "not an automaton; expected for every state .* got {} for state 0"),
        (lambda: Grammar([{"B": 1}, {"E": 2}]), "states from 0 to 1, got {'E': 2} for state 1"),
        (lambda: Grammar([{"Q": 0}]), "symbols of 'BTPSXVE' .* got {'Q': 0} for state 0"),
        (lambda: ReberGrammar().probabilities(""), "the text is empty; expected at least one symb"),
        (lambda: ReberGrammar().decode([0, 7]), "token id out of range; .* from 0 to 6, got 7"),
        (lambda: ReberGrammar().decode([-1]), "token id out of range; .* from 0 to 6, got -1"),
        (lambda: ReberGrammar().probabilities("BTB"), "not a text of the grammar; expected one of "
         "S, X at place 2, got 'B' after 'BT'"),
        (lambda: ReberGrammar().encode("BA"), "not a symbol of the grammar; .* got 'A'"),
        (lambda: ReberGrammar().strings(0, 1), "count is not a positive whole number"),
        (lambda: adding_problem(2, 1, 0), "the sequence is too short for two marks; .* got 1"),
        (lambda: adding_predictor(np.zeros((2, 3))), "not inputs of the adding problem; .* .2, 3."),
    ],
)  # fmt: skip
def test_bad_input_is_explained(wrong, message) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()
