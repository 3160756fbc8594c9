"""The checks of the lstm unit: inputs that hide no mistake, expected values, the long lag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_process import SEED

from autograder import alternatives, long_lag, reference
from autograder.case import Case, generator
from autograder.check import Check, Finding, GraderFault, find, registry
from autograder.checks import differentiate, lstm_adding, lstm_equations, lstm_gradients
from autograder.observe import observer
from autograder.observe.lstm import GATES, PARAMETERS
from autograder.student import Student, run_observe

CHECKS = registry("lstm")
SEEDS = range(10)


def public(id: str) -> tuple[Check, Case, dict[str, np.ndarray]]:
    """A check, its public case, and what is expected on it."""
    case, expected = find(id).cases(SEED, False)[0]
    return find(id), case, expected


def drawn(id: str) -> Iterator[Case]:
    """Cases of a check from many seeds."""
    for seed in SEEDS:
        yield Case("hidden-1", find(id).draw(generator(seed, id)))


def findings(id: str, seen: dict[str, Any]) -> dict[str, Finding]:
    """The findings of the judge on the public case, by part."""
    check, case, expected = public(id)
    return {f.part: f for f in check.judge(seen, expected, case)}


# --- the registry, the inputs -------------------------------------------------------------------


def test_the_unit_is_worth_a_hundred_points_with_the_written_question() -> None:
    assert sum(check.points for check in CHECKS) == 94  # and 6 for the written question


def test_checks_come_in_the_order_in_which_they_need_each_other() -> None:
    order = [check.id for check in CHECKS]
    provided: set[str] = set()
    for index, check in enumerate(CHECKS):
        assert set(check.requires) <= set(order[:index])
        assert set(check.uses) <= provided | set(check.provides), check.id
        provided |= set(check.provides)


def test_every_check_has_a_sentence_in_both_languages_an_equation_and_an_observer() -> None:
    for check in CHECKS:
        assert check.sentence.en.endswith(".") and check.sentence.zh.endswith("。")
        assert check.equation
        assert callable(observer(check.id))
        assert check.points > 0 and 1 <= check.task <= 10


@pytest.mark.parametrize("seed", SEEDS)
def test_all_sizes_differ_and_nothing_is_zero_equal_or_symmetric(seed: int) -> None:
    values = lstm_equations.draw_lstm(generator(seed, "values"))
    (batch, time, features), (_, units) = values["xs"].shape, values["c_0"].shape
    assert len({batch, time, features, units}) == 4 and time > 1
    for name in (*PARAMETERS, "x", "h_prev", "c_prev", "h_0", "c_0"):
        assert values[name].dtype == np.float64
        assert np.abs(values[name]).max() > 0.1
        assert len(np.unique(values[name])) == values[name].size
    assert np.abs(values["c_prev"]).max() > 1  # where tanh(c) is far from c
    for name in ("W_hi", "W_hf", "W_ho", "W_hc"):
        assert not np.allclose(values[name], values[name].T)


# --- expected values by another way -------------------------------------------------------------


def test_the_second_implementation_equals_keras() -> None:
    import keras

    for case in drawn("lstm.over_time"):
        p, units = case.values, case.h_0.shape[1]
        layer = keras.layers.LSTM(units, return_sequences=True, return_state=True, dtype="float64")
        layer.build((None, *case.xs.shape[1:]))
        blocks = [np.concatenate([p[a + g] for g in "ifco"], -1) for a in ("W_x", "W_h", "b_")]
        layer.set_weights(blocks)
        hs, _, c_last = layer(case.xs, initial_state=[case.h_0, case.c_0])
        expected = find("lstm.over_time").expect(case)
        np.testing.assert_allclose(expected["hs"], hs, atol=1e-12)
        np.testing.assert_allclose(expected["cs"][:, -1], c_last, atol=1e-12)


@pytest.mark.parametrize("sequence", [False, True])
def test_both_ways_to_the_gradients_agree_on_many_cases(sequence: bool) -> None:
    for case in drawn("lstm.gradients_over_time" if sequence else "lstm.step_gradients"):
        lstm_gradients.expected(case, sequence)


@pytest.mark.parametrize("name", ["x", "c_prev", "W_hf", "b_c"])
def test_a_wrong_expected_gradient_is_the_graders_fault(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _, case, _ = public("lstm.step_gradients")
    right = differentiate.complex_step

    def wrong(*args: Any) -> dict[str, np.ndarray]:
        found = right(*args)
        return {**found, name: found[name] * (1 + 1e-4)}

    monkeypatch.setattr(differentiate, "complex_step", wrong)
    with pytest.raises(GraderFault, match=f"dL/d{name}: complex steps and central"):
        lstm_gradients.expected(case, sequence=False)


def test_a_fresh_forget_gate_keeps_sigmoid_of_one() -> None:
    check, case, expected = public("lstm.fresh_cell")
    np.testing.assert_allclose(expected["c"], case.c_prev * lstm_equations.sigmoid(np.array(1.0)))
    assert (
        "0.731" in check.equation
        and round(float(lstm_equations.sigmoid(np.array(1.0))), 3) == 0.731
    )


# --- judges -------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [c for c in CHECKS if not c.trains], ids=lambda c: c.id)
def test_nothing_observed_fails_and_the_shares_sum_to_one(check: Check) -> None:
    case, expected = check.cases(SEED, False)[0]
    found = check.judge({}, expected, case)
    assert sum(f.share for f in found) == pytest.approx(1.0)
    assert any(f.problem for f in found)


def carry(**changes: Any) -> dict[str, Finding]:
    """Findings about a correct carry_params with these entries changed."""
    _, case, _ = public("lstm.limit_carry")
    seen = {name: case.values[name] for name in PARAMETERS}
    seen |= {name: 0 * case.values[name] for name in ("W_xi", "W_hi", "W_xf", "W_hf")}
    seen |= {"b_i": 0 * case.b_i - 50, "b_f": 0 * case.b_f + 50, "input_unchanged": np.array(True)}
    seen |= changes
    _, seen["c"] = lstm_equations.step(case.x, case.h_prev, case.c_prev, seen)
    return findings("lstm.limit_carry", seen)


def test_a_limit_may_be_reached_in_any_way_that_leaves_the_candidate_alone() -> None:
    _, case, _ = public("lstm.limit_carry")
    assert [f.problem for f in carry().values()] == [None, None]
    drowned = {"W_xf": case.W_xf, "W_hf": case.W_hf, "b_f": case.b_f + 1000}
    assert carry(**drowned)["c"].problem is None
    assert carry(**{name: case.values[name] for name in GATES[6:]})["c"].problem is None
    problem = carry(W_hc=0 * case.W_hc)["c"].problem
    assert problem is not None and problem.en.startswith("W_hc differs")
    assert carry(b_f=0 * case.b_f + 5)["c"].problem is not None
    assert carry(input_unchanged=np.array(False))["input"].problem is not None


def states() -> dict[str, np.ndarray]:
    """What the model's cell goes through on the public case, by name, for both lengths."""
    _, case, _ = public("lstm.adding_model")
    zero = np.zeros((len(case.xs), case.units))
    found: dict[str, list[np.ndarray]] = {}
    for xs in (case.xs, case.xs[:, : case.shorter]):
        hs, cs = lstm_equations.over_time(xs, zero, zero, case.values)
        backwards, _ = lstm_equations.over_time(xs[:, ::-1], zero, zero, case.values)
        ways = {"h_T": hs[:, -1], "c_T": cs[:, -1], "backwards": backwards[:, -1]}
        for name, array in {**ways, "mean": hs.mean(1), "sum": hs.sum(1)}.items():
            found.setdefault(name, []).append(array)
    return {name: np.concatenate(arrays) for name, arrays in found.items()}


def adding(make: Any) -> Finding:
    """The finding about predictions that `make` makes of the states."""
    ways = states()
    y = make(ways)
    n = len(y) // 2
    seen = {"predictions": y[:n], "predictions_of_shorter": y[n:], **ways}
    return findings("lstm.adding_model", seen)["model"]


def test_the_observed_states_are_those_of_the_cell_that_was_given() -> None:
    check, case, _ = public("lstm.adding_model")
    student = Student(reference.namespace("lstm", [*check.provides, *check.uses]), Path())
    seen, failure = run_observe(observer(check.id), student, case)
    assert failure is None
    for name, wanted in states().items():
        np.testing.assert_allclose(seen[name], wanted, atol=1e-5, err_msg=name)


def test_an_adding_model_may_have_any_weights_but_no_other_relation_to_the_last_state() -> None:
    w = np.array([[0.7], [-1.3], [0.4]])
    assert adding(lambda s: s["h_T"] @ w + 0.3).problem is None
    assert adding(lambda s: (s["h_T"] @ w).astype(np.float32)).problem is None
    for wrong, said in (
        (lambda s: s["c_T"] @ w, "the last cell c_T"),
        (lambda s: s["mean"] @ w, "the mean of all hidden states"),
        (lambda s: s["sum"] @ w, "the sum of all hidden states"),
        (lambda s: s["backwards"] @ w, "the sequence read from its end"),
        (lambda s: np.tanh(s["h_T"] @ w), "a tanh at the end"),
        (lambda s: lstm_equations.sigmoid(s["h_T"] @ w), "a sigmoid at the end"),
        (lambda s: np.maximum(s["h_T"] @ w, 0.0), "not a dense layer of the last hidden state"),
        (lambda s: 0 * s["h_T"][:, :1] + 1.0, "All predictions are the same"),
        (lambda s: (s["h_T"] @ w)[:, 0], r"predictions has shape \(12,\); expected"),
    ):
        problem = adding(wrong).problem
        assert problem is not None and re.search(said, problem.en)


# --- the long lag -------------------------------------------------------------------------------


def trained(error: float, **changes: Any) -> dict[str, Finding]:
    """Findings about a training run that ends with this mean squared error."""
    _, _, expected = public("lstm.long_lag")
    seen = {
        "predictions": expected["sums"] + np.sqrt(error),
        "losses": np.linspace(0.25, 0.01, lstm_adding.EPOCHS),
        "theta": np.array(1.0),
        "steps": np.array(520.0),
    }
    return findings("lstm.long_lag", seen | changes)


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (0.003, "learns"),
        (0.08, "remembers little"),
        (1 / 6, "remembers nothing"),
        (1, "hardly moved"),
    ],
)
def test_the_error_tells_what_the_network_remembers(error: float, part: str) -> None:
    found = trained(error)
    assert set(found) == {part, "losses", "batches", "clipping"}
    assert (found[part].problem is None) == (part == "learns")
    if part != "learns":
        assert f"{error:.4f} (threshold" in found[part].problem.en


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"losses": None}, "losses"),
        ({"losses": np.ones(3)}, "losses"),
        ({"losses": np.linspace(9.0, 1.0, lstm_adding.EPOCHS)}, "losses"),
        ({"losses": np.linspace(0.2, 0.3, lstm_adding.EPOCHS)}, "losses"),
        ({"other_clipping": np.array(True)}, "clipping"),
        ({"theta": np.array(0.0)}, "no clipping"),
        ({"theta": np.array(5.0)}, "another θ"),
        ({"theta": np.array(np.nan)}, ""),
        ({"steps": np.array(1008.0)}, "batches"),
        ({"steps": np.array(np.nan)}, ""),
    ],
)
def test_losses_and_clipping_are_parts_of_their_own(change: dict[str, Any], part: str) -> None:
    wrong = [name for name, finding in trained(0.003, **change).items() if finding.problem]
    assert wrong == ([part] if part else [])


def test_a_training_that_trains_nothing_has_no_credit_for_its_losses_or_its_clipping() -> None:
    assert sum(finding.share for finding in trained(1.0).values()) == 0.0
    assert sum(finding.share for finding in trained(0.08).values()) == 1.0


def test_the_sums_are_those_of_the_marked_numbers() -> None:
    _, case, expected = public("lstm.long_lag")
    numbers = case.new_inputs[case.new_inputs[:, :, 1] == 1][:, 0].reshape(-1, 2)
    np.testing.assert_allclose(expected["sums"][:, 0], numbers.sum(axis=1), rtol=1e-6)
    assert "sums" not in case.values and "new_targets" not in case.values


def test_the_long_lag_threshold_follows_from_the_runs_that_are_kept_with_it() -> None:
    data = lstm_adding.evidence()
    others = [error for runs in data["alternatives"].values() for error in runs]
    assert len(data["lstm"]) >= 20 and len(data["rnn"]) >= 20
    assert data["threshold"] == long_lag.threshold([*data["lstm"], *others], data["rnn"])
    assert (data["time"], data["units"]) == (lstm_adding.TIME, lstm_adding.UNITS)
    assert (data["sequences"], data["epochs"]) == (lstm_adding.SEQUENCES, lstm_adding.EPOCHS)
    trains = {a.id for a in alternatives.bank("lstm") if a.defines & set(long_lag.NAMES)}
    assert set(data["alternatives"]) == trains


def test_every_lstm_and_no_rnn_reaches_the_long_lag_threshold_with_a_wide_margin() -> None:
    data = lstm_adding.evidence()
    others = [error for runs in data["alternatives"].values() for error in runs]
    assert max([*data["lstm"], *others]) < data["threshold"] / 2
    assert min(data["rnn"]) > 2 * data["threshold"]
    logs = np.log(data["lstm"])
    assert (np.log(data["threshold"]) - logs.mean()) / logs.std(ddof=1) > 3.3  # 1 in 2,000
    learned = np.array(data["lstm_epochs_until_half_of_one_number"])
    assert (data["epochs"] - learned.mean()) / learned.std(ddof=1) > 3.3
