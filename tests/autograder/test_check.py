"""The checks: inputs that hide no mistake, and expected values confirmed by a second way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from in_process import SEED

from autograder.case import Case, generator
from autograder.check import Check, Finding, GraderFault, find, known, registry
from autograder.checks import differentiate, gru_gradients, language_model
from autograder.checks import gru as gru_checks
from autograder.compare import same_array
from autograder.observe import observer
from autograder.observe.gru import PARAMETERS
from autograder.units import UNITS

CHECKS = registry("gru")
SAMPLED = [check for check in CHECKS if check.hidden_cases]
SEEDS = range(20)


def public(id: str) -> tuple[Check, Case, dict[str, np.ndarray]]:
    """A check, its public case, and what is expected on it."""
    check = find(id)
    case, expected = check.cases(SEED, False)[0]
    return check, case, expected


def drawn(id: str) -> Iterator[Case]:
    """Cases of a check from many seeds."""
    for seed in SEEDS:
        yield Case("hidden-1", find(id).draw(generator(seed, id)))


def findings(check: Check, seen: dict[str, Any], case: Case) -> dict[str, Finding]:
    """The findings of the judge by part."""
    return {f.part: f for f in check.judge(seen, check.expect(case), case)}


# --- the registry ------------------------------------------------------------------------------


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
        assert check.grade_id == f"gru-{check.name}"
        assert check.points > 0 and 1 <= check.task <= 10


def test_an_unknown_check_or_unit_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="no check 'gru.nothing'; unit 'gru' has gru.reset_gate"):
        find("gru.nothing")
    with pytest.raises(ValueError, match="no unit 'cnn'; expected one of markov, rnn"):
        registry("cnn")
    with pytest.raises(KeyError, match="no observation 'gru.nothing'"):
        observer("gru.nothing")
    with pytest.raises(KeyError, match="no observation 'gru._limit'"):
        observer("gru._limit")


def test_units_without_checks_say_which_have_some() -> None:
    for unit in set(UNITS) - set(known().split(", ")):
        with pytest.raises(ValueError, match=f"unit '{unit}' has no checks; units with checks: "):
            registry(unit)
    assert "gru" in known()


# --- inputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_time_features_and_units_all_differ(seed: int) -> None:
    values = gru_checks.draw_gru(generator(seed, "sizes"))
    sizes = [values[name] for name in ("batch", "time", "features", "units")]
    assert len(set(sizes)) == 4 and min(sizes) > 1
    batch, time, features, units = sizes
    assert values["xs"].shape == (batch, time, features)
    assert values["h_0"].shape == values["h_prev"].shape == (batch, units)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_parameters_are_equal_and_no_bias_or_state_is_zero(seed: int) -> None:
    values = gru_checks.draw_gru(generator(seed, "values"))
    for name in (*PARAMETERS, "h_0", "h_prev", "x"):
        assert np.abs(values[name]).max() > 0.1
        assert values[name].dtype == np.float64
        assert len(np.unique(values[name])) == values[name].size
    for one, other in (("W_xr", "W_xz"), ("W_hr", "W_hh"), ("b_r", "b_z"), ("b_z", "b_h")):
        assert not np.allclose(values[one], values[other])
    for name in ("W_hr", "W_hz", "W_hh"):
        assert not np.allclose(values[name], values[name].T)


@pytest.mark.parametrize("check", SAMPLED, ids=lambda c: c.id)
def test_hidden_cases_differ_from_the_public_one_and_from_each_other(check: Check) -> None:
    cases = [case for case, _ in check.cases(SEED, True)]
    hidden = [f"hidden-{i + 1}" for i in range(check.hidden_cases)]
    assert [case.name for case in cases] == ["public", *hidden]
    texts = {repr({k: np.asarray(v).tolist() for k, v in c.values.items()}) for c in cases}
    assert len(texts) == len(cases) > 1


@pytest.mark.parametrize("check", SAMPLED, ids=lambda c: c.id)
def test_the_same_seed_gives_the_same_cases_and_another_seed_other_hidden_ones(
    check: Check,
) -> None:
    def values(seed: int, name: str) -> str:
        case = check.draw(generator(seed, check.id, name))
        return repr({key: np.asarray(value).tolist() for key, value in case.items()})

    (first, _), (hidden, _), *_ = check.cases(SEED, True)
    (other_first, _), (other_hidden, _), *_ = check.cases(SEED + 1, True)
    assert values(SEED, "hidden-1") == repr(
        {key: np.asarray(value).tolist() for key, value in hidden.values.items()}
    )
    assert values(SEED, "hidden-1") != values(SEED + 1, "hidden-1")
    assert all(np.array_equal(first.values[k], other_first.values[k]) for k in first.values)
    assert any(not np.array_equal(hidden.values[k], other_hidden.values[k]) for k in hidden.values)


@pytest.mark.parametrize(
    "check", [c for c in CHECKS if not c.id.startswith("gru.limit")], ids=lambda c: c.id
)
def test_a_case_holds_nothing_that_is_expected(check: Check) -> None:
    case, expected = check.cases(SEED, False)[0]
    for name, wanted in expected.items():
        for value in case.values.values():
            same = np.shape(value) == wanted.shape and wanted.size > 1
            assert not (same and np.allclose(np.asarray(value, float), wanted)), name


# --- expected values against a second implementation -------------------------------------------


def keras_cell(case: Case) -> Any:
    """keras.layers.GRUCell(reset_after=False) in float64 with the case's parameters."""
    import keras

    units = case.W_hh.shape[0]
    cell = keras.layers.GRUCell(units, reset_after=False, dtype="float64")
    cell.build((None, case.W_xh.shape[0]))
    p = case.values
    cell.set_weights(
        [
            np.hstack([p["W_xz"], p["W_xr"], p["W_xh"]]),
            np.hstack([p["W_hz"], p["W_hr"], p["W_hh"]]),
            np.hstack([p["b_z"], p["b_r"], p["b_h"]]),
        ]
    )
    return cell


def keras_states(case: Case, h: np.ndarray) -> np.ndarray:
    """Keras's states over time."""
    cell, hs = keras_cell(case), []
    for t in range(case.xs.shape[1]):
        h, _ = cell(case.xs[:, t], [h])
        hs.append(np.asarray(h))
    return np.stack(hs, axis=1)


def test_one_step_and_over_time_equal_keras_in_float64() -> None:
    _, case, expected = public("gru.one_step")
    h, _ = keras_cell(case)(case.x, [case.h_prev])
    np.testing.assert_allclose(expected["h"], h, atol=1e-14)
    _, case, expected = public("gru.over_time")
    hs = keras_states(case, case.h_0)
    np.testing.assert_allclose(expected["hs"], hs, atol=1e-14)
    np.testing.assert_allclose(expected["h_T"], hs[:, -1], atol=1e-14)


def test_the_expected_states_of_the_keras_cell_equal_keras() -> None:
    _, case, expected = public("gru.keras_cell")
    np.testing.assert_allclose(expected["hs"], keras_states(case, case.h_0), atol=1e-14)
    cell = keras_cell(case)
    assert int(expected["parameters"]) == cell.count_params()


def test_the_expected_weights_are_those_that_make_kerass_cell_equal() -> None:
    import keras

    _, case, expected = public("gru.keras_weights")
    units, features = case.W_hh.shape[0], case.W_xh.shape[0]
    cell = keras.layers.GRUCell(units, reset_after=False, dtype="float64")
    cell.build((None, features))
    cell.set_weights([expected[name] for name in ("kernel", "recurrent_kernel", "bias")])
    rng = np.random.default_rng(0)
    x, h = rng.normal(size=(3, features)), rng.normal(size=(3, units))
    np.testing.assert_allclose(cell(x, [h])[0], gru_checks.step(x, h, case.values), atol=1e-14)


def test_the_expected_parameter_counts_are_kerass() -> None:
    import keras

    _, case, expected = public("gru.parameter_count")
    for name, reset_after in (("reset_before", False), ("reset_after", True)):
        for (features, units), count in zip(case.sizes, expected[name], strict=True):
            cell = keras.layers.GRUCell(int(units), reset_after=reset_after)
            cell.build((None, int(features)))
            assert cell.count_params() == count


def test_the_gates_and_the_candidate_are_those_that_reach_kerass_state() -> None:
    """With the other parts given, each part alone is pinned down by Keras's own step."""
    _, case, _ = public("gru.one_step")
    r, z = gru_checks.gates(case.x, case.h_prev, case.values)
    only_z = {**case.values, "W_xh": 0 * case.W_xh, "W_hh": 0 * case.W_hh, "b_h": 0 * case.b_h}
    h, _ = keras_cell(Case("public", only_z))(case.x, [case.h_prev])
    np.testing.assert_allclose(z, np.asarray(h) / case.h_prev, atol=1e-12)  # h̃ = 0: h = z h_prev
    no_z = {"W_xz": 0 * case.W_xz, "W_hz": 0 * case.W_hz, "b_z": 0 * case.b_z - 800.0}
    h, _ = keras_cell(Case("public", {**case.values, **no_z}))(case.x, [case.h_prev])
    check = find("gru.candidate")  # z = 0: h = h̃
    expected = check.expect(Case("public", {**case.values, "r": r}))
    np.testing.assert_allclose(expected["h_tilde"], h, atol=1e-14)


@pytest.mark.parametrize(
    ("id", "r", "z"),
    [("gru.limit_copy", 1.0, 1.0), ("gru.limit_plain_rnn", 1.0, 0.0), ("gru.limit_forget", 0, 0)],
)
def test_the_limits_are_keras_with_its_gates_forced(id: str, r: float, z: float) -> None:
    _, case, expected = public(id)
    forced = dict(case.values)
    for gate, level in (("r", r), ("z", z)):
        forced[f"W_x{gate}"] = 0 * case.values[f"W_x{gate}"]
        forced[f"W_h{gate}"] = 0 * case.values[f"W_h{gate}"]
        forced[f"b_{gate}"] = np.full_like(case.values[f"b_{gate}"], 800.0 * (2 * level - 1))
    h, _ = keras_cell(Case("public", forced))(case.x, [case.h_prev])
    np.testing.assert_allclose(expected["h"], h, atol=1e-14)


def test_gates_over_time_explain_each_step_of_keras() -> None:
    _, case, expected = public("gru.gates_over_time")
    states = np.concatenate([case.h_0[:, None], keras_states(case, case.h_0)], axis=1)
    for t in range(case.xs.shape[1]):
        z, r, h = expected["z"][:, t], expected["r"][:, t], states[:, t]
        h_tilde = np.tanh(case.xs[:, t] @ case.W_xh + (r * h) @ case.W_hh + case.b_h)
        np.testing.assert_allclose(z * h + (1 - z) * h_tilde, states[:, t + 1], atol=1e-13)


def test_after_one_half_life_half_is_left() -> None:
    _, case, expected = public("gru.half_life")
    geometric_mean = np.prod(case.z, axis=(0, 1)) ** (1 / case.z[..., 0].size)
    np.testing.assert_allclose(geometric_mean ** expected["half_life"], 0.5, rtol=1e-12)


# --- gradients: two ways that must agree -------------------------------------------------------


@pytest.mark.parametrize(
    ("id", "sequence"), [("gru.step_gradients", False), ("gru.gradients_over_time", True)]
)
def test_expected_gradients_equal_kerass_own(id: str, sequence: bool) -> None:
    import tensorflow as tf

    _, case, expected = public(id)
    cell = keras_cell(case)
    inputs = tf.constant(case.xs if sequence else case.x[:, None])
    h_0 = tf.constant(case.h_0 if sequence else case.h_prev)
    dhs = case.dhs if sequence else case.dh[:, None]
    with tf.GradientTape() as tape:
        tape.watch([inputs, h_0])
        h, total = h_0, tf.constant(0.0, tf.float64)
        for t in range(inputs.shape[1]):
            h, _ = cell(inputs[:, t], [h])
            total += tf.reduce_sum(dhs[:, t] * h)
    weights = [w.value for w in cell.trainable_variables]
    d_inputs, d_start, kernel, recurrent, bias = (
        np.asarray(g) for g in tape.gradient(total, [inputs, h_0, *weights])
    )
    wanted = (
        {"xs": d_inputs, "h_0": d_start} if sequence else {"x": d_inputs[:, 0], "h_prev": d_start}
    )
    for prefix, packed in (("W_x", kernel), ("W_h", recurrent), ("b_", bias)):
        parts = np.split(packed, 3, axis=-1)
        wanted |= dict(zip((f"{prefix}{gate}" for gate in "zrh"), parts, strict=True))
    assert set(wanted) == set(expected)
    for name in wanted:
        np.testing.assert_allclose(expected[name], wanted[name], atol=1e-12, err_msg=name)


@pytest.mark.parametrize("sequence", [False, True])
def test_the_two_ways_agree_on_many_cases(sequence: bool) -> None:
    for case in drawn("gru.gradients_over_time" if sequence else "gru.step_gradients"):
        gru_gradients.expected(case, sequence)


@pytest.mark.parametrize("name", ["x", "W_hh", "b_z"])
def test_a_grader_fault_is_raised_where_the_two_ways_disagree(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _, case, _ = public("gru.step_gradients")
    right = differentiate.complex_step

    def wrong(*args: Any) -> dict[str, np.ndarray]:
        found = right(*args)
        found[name] = found[name] * (1 + 1e-4)
        return found

    monkeypatch.setattr(differentiate, "complex_step", wrong)
    with pytest.raises(GraderFault, match=f"dL/d{name}: complex steps and central"):
        gru_gradients.expected(case, sequence=False)


# --- judges ------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", SAMPLED, ids=lambda c: c.id)
def test_nothing_observed_fails_and_raises_nothing(check: Check) -> None:
    case, expected = check.cases(SEED, False)[0]
    found = check.judge({}, expected, case)
    assert sum(f.share for f in found) == pytest.approx(1.0)
    assert any(f.problem for f in found)


def test_shares_of_a_check_sum_to_one() -> None:
    for check in SAMPLED:
        case, expected = check.cases(SEED, False)[0]
        if check.outputs and check.id != "gru.keras_cell":
            found = check.judge(expected, expected, case)
            assert sum(f.share for f in found) == pytest.approx(1.0)


def limit(**changes: Any) -> dict[str, Finding]:
    """Findings about a correct copy_params with these entries changed."""
    check, case, _ = public("gru.limit_copy")
    zero = {"W_xz": 0 * case.W_xz, "W_hz": 0 * case.W_hz, "b_z": 0 * case.b_z + 50}
    seen = {n: case.values[n] for n in PARAMETERS} | zero | {"input_unchanged": np.array(True)}
    seen |= changes
    if all(np.shape(seen[n]) == case.values[n].shape for n in PARAMETERS):
        with np.errstate(invalid="ignore"):
            seen["h"] = gru_checks.step(case.x, case.h_prev, seen)
    return findings(check, seen, case)


def test_a_limit_is_judged_by_the_state_that_it_gives() -> None:
    assert limit()["h"].problem is None and limit()["input"].problem is None
    assert limit(b_r=np.full_like(public("gru.limit_copy")[1].b_r, -3.0))["h"].problem is None


def test_a_limit_that_touches_the_candidate_or_its_argument_says_so() -> None:
    _, case, _ = public("gru.limit_copy")
    changed = limit(W_hh=case.W_hh * 2)["h"].problem
    assert changed is not None and changed.en.startswith("W_hh differs") and "W_hh" in changed.zh
    missing = limit(b_h=None)["h"].problem
    assert missing is not None and "b_h is missing" in missing.en
    shape = limit(b_z=np.array(50.0))["h"].problem
    assert shape is not None and "b_z has shape ()" in shape.en
    wrong = limit(b_z=0 * case.b_z)["h"].problem
    assert wrong is not None and wrong.en.startswith("h_t differs")
    infinite = limit(b_z=0 * case.b_z + np.inf)["h"].problem
    assert infinite is not None and "every value must be finite" in infinite.en
    touched = limit(input_unchanged=np.array(False))["input"].problem
    assert touched is not None
    assert "changed the dict that it was given" in touched.en and "改动了传入的字典" in touched.zh


def cell(**changes: Any) -> dict[str, Finding]:
    """Findings about a correct Keras cell with these observations changed."""
    check, case, expected = public("gru.keras_cell")
    units = np.array([case.units])
    good = {"without_gradient": np.array(0), "units_from_config": units, "state_sizes": units}
    return findings(check, {**expected, **good, **changes}, case)


@pytest.mark.parametrize(
    ("changes", "part", "en", "zh"),
    [
        ({"parameters": np.array(7)}, "parameters", "has 7 trainable numbers", "7 个可训练参数"),
        (
            {"without_gradient": np.array(2)},
            "parameters",
            "2 of the cell's weights get no",
            "有 2 个",
        ),
        ({"units_from_config": np.array(-1)}, "config", "raises an exception", "抛出了异常"),
        ({"units_from_config": np.array(99)}, "config", "has 99 units", "单元数为 99"),
        ({"parameters": np.zeros(2)}, "parameters", "has -1 trainable", "-1 个可训练"),
        ({"h_T": None}, "h_T", "h_T is missing", "缺少 h_T"),
        ({"state_sizes": np.array([5, 5])}, "state_size", "state_size is [5, 5]; expected", "应为"),
    ],
)
def test_a_keras_cell_loses_only_the_part_that_is_wrong(
    changes: dict[str, Any], part: str, en: str, zh: str
) -> None:
    assert all(f.problem is None for f in cell().values())
    wrong = {name: f.problem for name, f in cell(**changes).items() if f.problem is not None}
    assert list(wrong) == [part]
    text = wrong[part]
    assert text is not None and en in text.en and zh in text.zh


def model(**changes: Any) -> Finding:
    """The finding about a causal model's logits with these observations changed."""
    check, case, _ = public("gru.language_model")
    logits = np.random.default_rng(0).normal(size=(*case.ids.shape, case.vocabulary_size))
    changed = logits.copy()
    changed[:, check.changed_at :] += 0.1  # type: ignore[attr-defined]
    seen = {"logits": logits, "logits_of_changed": changed, "cell_calls": np.array(1)}
    changes = {k: v(seen) if callable(v) else v for k, v in changes.items()}
    return findings(check, {**seen, **changes}, case)["model"]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Rows that sum to 1."""
    p = np.exp(logits)
    return np.asarray(p / p.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        ({"logits": None}, "logits is missing", "缺少 logits"),
        ({"logits": lambda s: s["logits"][:, -1]}, "logits has shape (4, 11)", "形状是 (4, 11)"),
        ({"logits": lambda s: s["logits"] * np.nan}, "logits holds nan", "为 nan"),
        ({"logits": lambda s: softmax(s["logits"])}, "returns probabilities", "返回的是概率"),
        ({"logits_of_changed": None}, "logits is missing", "缺少 logits"),
        ({"logits_of_changed": np.zeros(3)}, "logits has shape (3,)", "形状是 (3,)"),
        ({"cell_calls": None}, "never calls your GRUCell", "从未调用你的 GRUCell"),
        ({"logits_of_changed": lambda s: s["logits"] + 1}, "sees the future", "偷看了未来"),
        (
            {"logits_of_changed": lambda s: s["logits"]},
            "do not depend on the current",
            "当前字符无关",
        ),
        ({"cell_calls": np.array(0)}, "never calls your GRUCell", "从未调用你的 GRUCell"),
    ],
)
def test_each_rule_about_the_language_model_has_its_message(
    changes: dict[str, Any], en: str, zh: str
) -> None:
    assert model().problem is None
    text = model(**changes).problem
    assert text is not None and en in text.en and zh in text.zh


def test_a_model_that_forgets_its_state_is_told_so() -> None:
    def only_now(seen: dict[str, Any]) -> np.ndarray:
        changed = np.array(seen["logits"])
        changed[:, language_model.LanguageModel.changed_at] += 1
        return changed

    text = model(logits_of_changed=only_now).problem
    assert text is not None and "state is not carried on" in text.en and "没有传下去" in text.zh


def test_gradients_over_a_mean_are_named_by_their_factor() -> None:
    check, case, expected = public("gru.step_gradients")
    found = findings(check, {n: a / case.x.shape[0] for n, a in expected.items()}, case)
    text = found["dL/dW_hh"].problem
    assert text is not None and text.en.endswith("1 / the batch size.")
    assert text.zh.endswith("1/批量大小。")


def test_every_output_names_axes_that_fit_what_is_expected() -> None:
    for check in SAMPLED:
        case, expected = check.cases(SEED, False)[0]
        names = (
            {f"dL/d{n}": a for n, a in expected.items()} if "gradients" in check.id else expected
        )
        for name, axes in check.outputs.items():
            assert same_array(name, names[name], names[name], axes) is None
