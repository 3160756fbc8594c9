"""What the checks of the rnn unit tell a student, and which free choices they leave."""

from __future__ import annotations

import numpy as np
import pytest
from in_process import followed_by, marks

from autograder.check import find
from autograder.checks import rnn_generation
from autograder.mistakes import bank
from autograder.verdict import Verdict

BY_NAME = {mistake.__name__: mistake for mistake in bank("rnn")}


def verdict_on(source: str, check: str, hidden: bool = False) -> Verdict:
    return marks(followed_by(source, unit="rnn"), check, hidden=hidden).verdict(check)


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        ("OneInputLate", "already the first time step is wrong"),
        ("ReadLastLogitsOnly", "logits has shape"),
        ("SoftmaxOverflows", "p_of_large_logits holds nan"),
        ("SoftmaxInPlace", "changed the logits that it was given"),
        ("LogSoftmaxInBits", "one constant factor, 1.4427: 1/ln 2"),
        ("LossWithoutMinus", "one constant factor, -1: a sign"),
        ("PaddingCounted", "Yours is the mean with padding counted."),
        ("LossSummedOverTokens", "Yours is the sum over the tokens, not their mean."),
        ("MeanOfPerplexities", "Yours is the mean of the batches' perplexities."),
        ("PerplexityBaseTwo", "Yours is 2 to the power of nats."),
        ("TargetsNotShifted", "Your targets are 0 tokens later than the inputs; expected 1."),
        ("NotShuffled", "44 of 44 pairs still follow each other as in the text."),
        ("TokensShuffled", "shuffle whole windows, not tokens"),
        ("WindowsRepeated", "windows come more than once"),
        ("ShuffledBySeedZero", "Generators of different seeds give the same batches"),
        ("WarmUpOmitted", "leaves the likeliest path at its token"),
        ("GenerateIgnoresTemperature", "The text fits the temperature 1, not the temperature"),
        ("ReadsAllAgain", "A token costs more the longer the text is"),
        ("DrawnByTheGlobalGenerator", "Two generators of the same seed give different texts"),
    ],
)
def test_a_finding_says_what_is_wrong(mistake: str, says: str) -> None:
    wrong = BY_NAME[mistake]
    assert says in verdict_on(wrong.source(), wrong.caught_by).message


def test_a_slip_beside_the_point_costs_a_part_of_the_points() -> None:
    for name, most in (("SoftmaxInPlace", 0.9), ("ReadsAllAgain", 0.85), ("NotShuffled", 0.85)):
        wrong = BY_NAME[name]
        verdict = verdict_on(wrong.source(), wrong.caught_by)
        assert 0.6 * verdict.max_points <= verdict.points <= most * verdict.max_points


def test_windows_may_begin_at_a_random_offset() -> None:
    source = """
def random_batches(ids, batch, time, rng):
    start = int(rng.integers(time))
    windows = (len(ids) - 1 - start) // time
    starts = start + time * rng.permutation(windows)[: windows // batch * batch]
    starts = starts.reshape(-1, batch, 1)
    return ids[starts + np.arange(time)], ids[starts + np.arange(time) + 1]
"""
    assert verdict_on(source, "rnn.random_batches", hidden=True).status == "pass"


@pytest.mark.parametrize("count", [0, 1])
def test_batches_without_a_window_or_of_one_token_are_wrong_and_no_fault_of_ours(
    count: int,
) -> None:
    source = f"""
def random_batches(ids, batch, time, rng):
    empty = np.zeros(({count}, batch, {count}), dtype=int)
    return empty, empty
"""
    verdict = verdict_on(source, "rnn.random_batches", hidden=True)
    assert verdict.status == "fail" and "inputs has shape" in verdict.message


def test_an_id_outside_the_vocabulary_is_named() -> None:
    source = """
def generate(prefix, length, params, temperature, rng):
    return rng.integers(0, 50, length)
"""
    message = verdict_on(source, "rnn.generate").message
    assert "the vocabulary has ids from 0 to 6" in message


def test_generation_that_returns_nothing_is_told_so() -> None:
    source = "def generate(prefix, length, params, temperature, rng):\n    pass\n"
    assert "Did you forget `return`?" in verdict_on(source, "rnn.generate").message


@pytest.mark.parametrize("seed", range(8))
def test_the_cases_of_generation_tell_right_from_wrong(seed: int) -> None:
    """Whatever the seed: a right text fits, texts drawn at wrong temperatures do not."""
    for case, _ in find("rnn.generate").cases(seed, hidden=True):
        right = rnn_generation._drawn(case, case.temperature)
        assert rnn_generation._fits(right, case, case.temperature)
        for wrong in (1.0, 1.0 / case.temperature):
            text = rnn_generation._drawn(case, wrong)
            assert not rnn_generation._fits(text, case, case.temperature)


def test_the_cases_of_temperature_hang_on_no_rounding() -> None:
    for case, _ in find("rnn.with_temperature").cases(3, hidden=True):
        top = np.sort(case.o, axis=-1)
        assert (top[..., -1] - top[..., -2]).min() > 0.04
