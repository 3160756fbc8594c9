"""What the checks of the markov unit tell a student, and which free choices they leave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from in_process import followed_by, marks

from autograder import reference
from autograder.case import Case, generator
from autograder.check import Check, find, registry
from autograder.checks import markov_source, markov_tables
from autograder.mistakes import bank
from autograder.observe import observer
from autograder.student import Student, run_observe
from autograder.verdict import Verdict

BY_NAME = {mistake.__name__: mistake for mistake in bank("markov")}
UNIT = registry("markov")
LIMITED = [c for c in UNIT if type(c).limiting_cases is not Check.limiting_cases]


def verdict_on(source: str, check: str, hidden: bool = False, language: str = "en") -> Verdict:
    handed_in = followed_by(source, unit="markov")
    return marks(handed_in, check, hidden=hidden, language=language).verdict(check)


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ("ForwardMarginals", "p(x_2 | x_1) has shape"),
        ("BackwardAxesReversed", "Two axes look swapped"),
        ("VocabularyMoreThanMinCount", "(min_count = "),
        ("WindowsWithoutEnd", "windows("),
        ("WindowsAppendToInput", "windows changed the list that it was given"),
        ("CountsPlainKeys", "The keys of the dict are not all tuples"),
        ("CountsSkipEmpty", "All counts sum to"),
        ("MLEZerosForUnseen", "The row of the unseen context"),
        ("MLEZeroByZero", "holds nan"),
        ("AddKWithoutUnknown", "expected 1."),
        ("BackoffWithoutDiscount", "The row of the seen context"),
        ("NatsInBits", "one constant factor, 1.4427: 1/ln 2"),
        ("NatsWithoutSign", "one constant factor, -1: a sign"),
        ("NatsOfProduct", "holds inf"),
        ("PerplexityHiddenFloor", "where a token has probability 0; expected inf"),
        ("TemperatureUnderflows", "θ = 0.006, V = 400: p_θ holds nan"),
        ("SampleWithBoundary", "a sequence holds the id 1"),
        ("SampleGreedy", "was drawn in 100.0% of"),
        ("SampleWithoutTemperature", "θ = 0.5: after the context"),
        ("SampleCountsThePadding", "len(sample(...)) differs"),
        ("SampleGlobalRandom", "draw from the `rng` that was given only"),
        ("TextModelBigram", "perplexity is 9.74; the threshold is 5.20. Beside it: unigram 18.07"),
        ("TextModelNotNormalised", "rows are no distributions"),
        ("TextModelCountsHeldOut", "did your model count the held-out lines?"),
        ("TextModelWithoutOrder", "text_model returned the order None"),
        ("EntropyRateInBits", "one constant factor, 1.4427: 1/ln 2"),
        ("ExpectedForgivesExclusion", "expected inf"),
    ],
)
def test_a_finding_says_what_is_wrong(mistake: str, says: str) -> None:
    wrong = BY_NAME[mistake]
    assert says in verdict_on(wrong.source(), wrong.caught_by).message


def test_a_slip_beside_the_point_costs_a_part_of_the_points() -> None:
    for name in ("WindowsAppendToInput", "PerplexityHiddenFloor", "SampleOneTooMany"):
        wrong = BY_NAME[name]
        verdict = verdict_on(wrong.source(), wrong.caught_by)
        assert 0.5 * verdict.max_points <= verdict.points <= 0.9 * verdict.max_points


def test_rows_that_exceed_one_are_below_the_entropy_of_the_source() -> None:
    verdict = verdict_on(
        "def fit(sequences, order, vocabulary_size, k):\n"
        "    counts = count_ngrams(sequences, order)\n"
        "    return lambda c: 1.02 * mle_row(counts, c, vocabulary_size)\n"
        "def stationary(P):\n"
        "    return np.linalg.matrix_power(P, 500)[0]\n",
        "markov.known_source",
    )
    assert "below exp(H)" in verdict.message and verdict.points == pytest.approx(2.4)


def test_a_model_that_ignores_its_context_does_not_reach_the_entropy_of_the_source() -> None:
    verdict = verdict_on(
        "def fit(sequences, order, vocabulary_size, k):\n"
        "    counts = count_ngrams(sequences, 0)\n"
        "    return lambda c: add_k_row(counts, (), vocabulary_size, k)\n",
        "markov.known_source",
    )
    assert "expected close to exp(H)" in verdict.message


# --- limiting cases -----------------------------------------------------------------------------


@pytest.mark.parametrize("check", LIMITED, ids=lambda check: check.id)
def test_the_reference_is_right_at_every_limiting_case(check: Check) -> None:
    names = (*check.provides, *check.uses)
    student = Student(reference.namespace("markov", names), Path())
    case, _ = check.cases(1, False)[0]
    for name, values in check.limiting_cases(case):
        limit = Case(case.name, {**case.values, **values})
        seen, failure = run_observe(observer(check.id), student, limit)
        assert failure is None, name.en
        findings = check.judge(seen, check.expect(limit), limit)
        assert [finding.problem for finding in findings if finding.problem is not None] == []
    assert len(LIMITED) >= 12


def test_a_slip_that_nobody_knows_learns_where_it_is_right() -> None:
    source = """
def interpolated_row(counts_by_order, context, vocabulary_size, k):
    row = np.full(vocabulary_size, 1 / vocabulary_size)
    for m in range(len(context) + 1):
        seen = counts_by_order[m].get(context[len(context) - m :], {})
        row = np.array([seen.get(w, 0) + (m + 1) * k * row[w] for w in range(vocabulary_size)])
        row = row / row.sum()
    return row
"""
    said = verdict_on(source, "markov.interpolation").message
    assert "Limiting cases: right at τ = 0; k → 0; k → ∞. Wrong at an empty text" in said
    said = verdict_on(source, "markov.interpolation", language="zh").message
    assert "极限情形：正确的有 τ = 0；k → 0；k → ∞。错误的有 空文本" in said


# --- sampling, by numbers -----------------------------------------------------------------------


def test_a_sampler_that_is_a_little_off_is_told_from_a_right_one() -> None:
    check = find("markov.sampling")
    found = {0.0: 0, 0.3: 0}
    for seed in range(10):
        case = check.draw(generator(seed, "markov.sampling", "hidden-1"))
        for share in found:
            rows = (1.0 - share) * case["table"] + share / 4  # a share of uniform tokens
            drawn = markov_tables.draw_text(
                np.random.default_rng(seed), rows, 450, case["max_length"]
            )
            matrix = np.full((len(drawn), case["max_length"] + 1), -1)
            for row, ids in zip(matrix, drawn, strict=True):
                row[: len(ids)] = ids
            draws = markov_source._draws(matrix, 2, case["max_length"])
            found[share] += markov_source._surprising("", draws, case["table"]) is not None
            assert share or markov_source._unlikely("", draws, case["table"]) is None
    assert found == {0.0: 0, 0.3: 10}


def test_sources_have_zeros_and_every_state_is_met() -> None:
    for seed in range(20):
        P = markov_source.draw_source(np.random.default_rng(seed), 5)
        np.testing.assert_allclose(P.sum(axis=1), 1.0)
        pi = markov_source.pi_of(P)
        assert (P == 0).any() and pi.min() > 1e-4
        np.testing.assert_allclose(pi @ P, pi, atol=1e-12)
        # a power that a student may take is as good as the limit
        np.testing.assert_allclose(np.linalg.matrix_power(P, 200)[-1], pi, atol=1e-8)


# --- free choices -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "check"),
    [
        (
            "class Model:\n"
            "    def __init__(self, of): self.of = of\n"
            "    def __call__(self, context): return self.of(context).tolist()\n"
            "def text_model(training, vocabulary_size):\n"
            "    return Model(fit(training, 3, vocabulary_size, 8.0)), np.int64(3)\n",
            "markov.result",
        ),
        (
            "def read_both_ways(row_of, training, sequence, order):\n"
            "    both = {}\n"
            "    for step in (1, -1):\n"
            "        n = count_ngrams([ids[::step] for ids in training], order)\n"
            "        model = lambda c, n=n: row_of(n, c)\n"
            "        both[step] = sequence_probability(model, sequence[::step], order)\n"
            "    return list(both.values())\n",
            "markov.both_directions",
        ),
        (
            "def best_order(training, validation, orders, vocabulary_size, k):\n"
            "    def tried(o): return fit(training, o, vocabulary_size, k)\n"
            "    found = np.array([perplexity(tried(o), validation, o) for o in orders])\n"
            "    return np.array(orders)[found.argmin()], found\n",
            "markov.best_order",
        ),
    ],
)
def test_a_free_choice_is_free(source: str, check: str) -> None:
    verdict = verdict_on(source, check, hidden=True)
    assert (verdict.status, verdict.message) == ("pass", "")


def test_a_wrong_earlier_part_is_replaced_and_costs_its_own_points_only() -> None:
    wrong = [BY_NAME[name].source() for name in ("WindowsWithoutEnd", "CountsOnce")]
    report = marks(followed_by(*wrong, unit="markov"), hidden=False)
    failed = [verdict.check for verdict in report.checks if verdict.status != "pass"]
    assert failed == ["markov.windows", "markov.counts"]
