"""What is special in judging the bptt unit: formulas as numbers, chance, gradients found twice."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
import tensorflow as tf
from in_process import SEED, followed_by, marks

from autograder.case import Case
from autograder.check import GraderFault, find
from autograder.checks import bptt, bptt_gradients, bptt_paths, bptt_truncation
from autograder.observe import bptt as observe
from autograder.student import Student, run_observe


@pytest.fixture(scope="module")
def case() -> Case:
    """The public case of the formula."""
    return find("bptt.path_sum").cases(SEED, False)[0][0]


# --- expected gradients ---------------------------------------------------------------------


@pytest.mark.parametrize("tau", [0, 1, 3, 5, None])
def test_expected_gradients_are_those_of_tensorflow(tau: int | None) -> None:
    case, expected = find("bptt.truncated").cases(SEED, False)[0]
    time = case.xs.shape[1]
    inputs = {name: tf.constant(case.values[name]) for name in observe.GRADIENTS}
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        states, total = [inputs["h_0"]], 0.0

        def step(h: Any, t: int) -> Any:
            a = inputs["xs"][:, t] @ inputs["W_xh"] + h @ inputs["W_hh"] + inputs["b_h"]
            return tf.tanh(a)

        for t in range(time):
            states.append(step(states[-1], t))
            first = 0 if tau is None else max(t - tau, 0)
            cut = tau is not None and t - tau >= 0
            h = tf.stop_gradient(states[first]) if cut else states[first]
            for j in range(first, t + 1):
                h = step(h, j)
            total += tf.reduce_sum(case.d_os[:, t] * (h @ inputs["W_ho"] + inputs["b_o"]))
    wanted = tape.gradient(total, inputs, unconnected_gradients="zero")
    seen = (
        bptt_gradients.full(case.values, case.d_os)
        if tau is None
        else {name: expected[f"tau_{tau}.{name}"] for name in observe.GRADIENTS}
    )
    for name, array in wanted.items():
        np.testing.assert_allclose(seen[name], array, rtol=1e-10, atol=1e-12, err_msg=name)


def test_where_the_two_ways_disagree_the_grader_is_at_fault() -> None:
    with pytest.raises(GraderFault, match="dL/dW: complex steps and the sum over paths disagree"):
        bptt_gradients.agreed({"W": np.ones(2)}, {"W": np.array([1.0, 1.001])})


def test_the_radius_without_eigenvalues_is_the_radius() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        W = bptt.draw_radius(rng)["W"]
        eigenvalues = np.linalg.eigvals(W)
        assert bptt.radius_of(W) == pytest.approx(np.abs(eigenvalues).max(), rel=1e-12)
        assert np.abs(eigenvalues.real).max() < 0.95 * bptt.radius_of(W)


# --- the formula ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def terms() -> np.ndarray:
    """The values of all known terms, as columns."""
    return np.asarray(find("bptt.path_sum").cases(SEED, False)[0][1]["terms"])


def values(terms: np.ndarray, coefficients: dict[Any, float]) -> np.ndarray:
    """A sum of terms, each times its coefficient."""
    columns = [bptt_paths.TERMS.index(part) for part in coefficients]
    return np.asarray(terms[:, columns] @ np.array(list(coefficients.values())))


@pytest.mark.parametrize("kept", list(product([0, 1], repeat=6)))
def test_every_choice_of_paths_is_told_by_what_is_missing(
    terms: np.ndarray, kept: tuple[int, ...]
) -> None:
    chosen = dict(zip(bptt_paths.PATHS, kept, strict=True))
    found = bptt_paths.solved(values(terms, chosen), terms)
    assert found is not None
    assert set(found) == {path for path, keep in chosen.items() if keep}
    if all(kept):
        return
    told = bptt_paths.explained(values(terms, chosen), terms, 2).en
    assert told.startswith("missing: ")
    if kept.count(0) == 1:
        t, i, _ = bptt_paths.PATHS[kept.index(0)]
        assert told.startswith(f"missing: the path l_{t} → h_{t} → ")
        assert told.endswith(f"→ w in step {i}.")


def test_two_paths_too_many_and_one_doubled_are_told_apart(terms: np.ndarray) -> None:
    chosen = dict.fromkeys(bptt_paths.PATHS, 1.0) | {(3, 3, ""): 2.0}
    told = bptt_paths.explained(values(terms, chosen), terms, 1)
    assert told.en == (
        "with the coefficient 2, not 1: the path l_3 → h_3 → w in step 3; "
        "surplus: the path l_3 → h_3 → h_2 → h_1 → w in step 1."
    )
    assert "多余：路径 l_3 → h_3 → h_2 → h_1 → 第 1 步的 w" in told.zh


@pytest.mark.parametrize("slip", bptt_paths.SLIPS)
def test_a_slip_in_one_path_is_named_with_the_path(terms: np.ndarray, slip: str) -> None:
    chosen: dict[Any, float] = dict.fromkeys(bptt_paths.PATHS, 1.0)
    del chosen[3, 2, ""]
    chosen[3, 2, slip] = 1.0
    told = bptt_paths.explained(values(terms, chosen), terms, 2).en
    path = "the path l_3 → h_3 → h_2 → w in step 2."
    assert told == f"{bptt_paths.SLIPS[slip].en}: {path}"


def test_the_terms_are_independent_so_no_formula_is_explained_in_two_ways(
    terms: np.ndarray,
) -> None:
    assert terms.shape == (bptt_paths.POINTS, len(bptt_paths.TERMS))
    assert np.linalg.cond(terms / np.abs(terms).max(axis=0)) < 1e5


def test_a_formula_that_is_no_sum_of_paths_is_said_to_be_none(
    case: Case, terms: np.ndarray
) -> None:
    other = values(terms, dict.fromkeys(bptt_paths.PATHS, 1.0)) + np.sin(case.x1)
    assert "no sum of paths" in bptt_paths.explained(other, terms, 2).en


def seen_of(answer: Any, case: Case) -> dict[str, np.ndarray]:
    """What leaves the sandbox for an answer; its expressions do not."""
    student = Student({"dL_dw": lambda s, tau: answer(s)}, None)  # type: ignore[arg-type]
    seen, failure = run_observe(observe.path_sum, student, case)
    assert failure is None
    return seen


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda s: "s.w * s.h[0]", "dL_dw returned a str; expected one SymPy expression"),
        (lambda s: [s.w], "dL_dw returned a list"),
        (lambda s: sp.Eq(s.w, s.v), "dL_dw returned a Equality"),
        (lambda s: sp.Symbol("q") * s.w + sp.Symbol("b_2"), "your formula holds b_2, q,"),
        (lambda s: sp.Function("h")(s.w), "your formula holds h(w), which is none"),
        (lambda s: None, "dL/dw is missing: your code returned None"),
        (lambda s: sp.sqrt(-1 - s.w**2), "your formula is not a finite real number"),
        (lambda s: sp.Integer(0), "missing: all 6 paths"),
        (lambda s: 0, "missing: all 6 paths"),
    ],
)
def test_what_is_no_formula_in_the_symbols_is_said_so(answer: Any, says: str, case: Case) -> None:
    check = find("bptt.path_sum")
    findings = check.judge(seen_of(answer, case), check.cases(SEED, False)[0][1], case)
    assert findings[0].problem is not None and says in findings[0].problem.en


@pytest.mark.parametrize(
    "form",
    [
        lambda s: s.v * s.h[1],
        lambda s: sp.Symbol("v", real=True) * sp.Symbol("h1"),
        lambda s: sp.Symbol("v") * sp.Symbol("h_{1}"),
        lambda s: s.v * sp.tanh(s.w * s.h[0] + s.u * s.x[1]),
        lambda s: s.v * sp.tanh(s.w * s.h[0] + s.u * s.x[1]).rewrite(sp.exp),
        lambda s: sp.Integral(sp.Symbol("h_1"), (s.v, 0, sp.Symbol("v"))),
        lambda s: s.v / sp.coth(s.w * s.h[0] + s.u * s.x[1]),
        lambda s: sp.Poly(s.v * s.h[1], s.v).as_expr(),
    ],
)
def test_equal_formulas_have_equal_numbers(form: Any, case: Case) -> None:
    seen = seen_of(form, case)
    np.testing.assert_allclose(seen["tau_2"], case.v * case.h1, rtol=1e-10)


def test_names_from_the_sandbox_are_cut_and_cleaned() -> None:
    sent = np.frombuffer(b"<b>x</b>\n\xff" + b"a" * 500, dtype=np.uint8)
    said = bptt_paths._words(sent)
    assert len(said) <= 60 and said.startswith("bxb") and said.isalnum()
    assert bptt_paths._words(np.array([], dtype=np.float64)) == "?"


# --- chance ---------------------------------------------------------------------------------


def binomial(n: int, p: float) -> np.ndarray:
    """P(0), …, P(n) of n draws with probability p."""
    k = np.arange(n + 1)
    choose = [math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in k]
    return np.exp(np.array(choose) + k * math.log(p) + (n - k) * math.log1p(-p))


@pytest.mark.parametrize("keep", [0.55, 0.6, 0.7])
def test_a_correct_random_truncation_fails_by_chance_less_than_once_in_a_million(
    keep: float,
) -> None:
    case = find("bptt.randomised").cases(SEED, False)[0][0]
    limit = math.log(2 * bptt_truncation._comparisons(case) / bptt_truncation.FALSE_FAIL)
    n, worst = bptt_truncation.DRAWS, 0.0
    for lag in (1, 2, 3):
        chances = binomial(n, keep**lag)
        far = [bptt_truncation._far(k / n / keep**lag, keep**lag, limit) for k in range(n + 1)]
        worst = max(worst, float(chances[np.array(far)].sum()))
    in_one_case = bptt_truncation._comparisons(case) * worst
    assert in_one_case < bptt_truncation.FALSE_FAIL
    draws, steps = 2, case.xs.shape[1] * case.xs.shape[0]  # of the two extreme cases
    extremes = draws * steps * (observe.NEARLY_NEVER + (1 - observe.NEARLY_ALWAYS))
    assert 3 * (in_one_case + extremes) < 1e-6


@pytest.mark.parametrize("keep", [0.55, 0.7])
@pytest.mark.parametrize("weight", ["none", "once"])
def test_a_biased_truncation_is_caught_almost_surely(keep: float, weight: str) -> None:
    case = find("bptt.randomised").cases(SEED, False)[0][0]
    limit = math.log(2 * bptt_truncation._comparisons(case) / bptt_truncation.FALSE_FAIL)
    n, p = bptt_truncation.DRAWS, keep**2
    given = 1.0 if weight == "none" else 1 / keep
    missed = [not bptt_truncation._far(given * k / n, p, limit) for k in range(n + 1)]
    assert binomial(n, p)[np.array(missed)].sum() < 0.2  # one path alone; there are 12 and more


def test_the_draws_of_a_correct_answer_solve_to_weights_of_its_paths() -> None:
    case = find("bptt.randomised").cases(SEED, False)[0][0]
    basis = bptt_truncation._along_each_path(case)
    for name, columns in basis.items():
        assert np.linalg.cond(columns) < 1e6, name
        weights = np.random.default_rng(0).uniform(0, 2, (3, columns.shape[1]))
        solved = bptt_truncation._solved(columns, weights @ columns.T)
        assert solved is not None
        np.testing.assert_allclose(solved, weights, atol=1e-8)
    outside = np.random.default_rng(1).normal(size=(1, basis["W_hh"].shape[0]))
    assert bptt_truncation._solved(basis["W_hh"], outside) is None


# --- what a student reads -------------------------------------------------------------------


def test_shapes_that_do_not_fit_are_answered_with_the_shapes_of_this_unit() -> None:
    wrong = "def own_part(d_os, W_ho): return d_os @ W_ho"
    verdict = marks(followed_by(wrong, unit="bptt"), "bptt.own_part", hidden=False).checks[0]
    assert "W_ho (units, outputs)" in verdict.message and "matmul" in verdict.message


def test_a_derivation_with_an_unknown_slip_learns_where_it_is_still_right() -> None:
    wrong = """def deltas(hs, d_os, params):
        gs = d_os @ params["W_ho"].T
        found, back = np.empty_like(gs), 0 * gs[:, 0]
        for t in reversed(range(hs.shape[1])):
            found[:, t] = gs[:, t] + back
            back = (found[:, t] * (1 - hs[:, t] ** 2) ** 2) @ params["W_hh"].T
        return found, back"""
    message = marks(followed_by(wrong, unit="bptt"), "bptt.deltas", hidden=False).checks[0].message
    assert "right at W_hh = 0 (δ_t = g_t); h_t = 0 (every slope is 1)" in message
    assert "Wrong at W_hh = W_hhᵀ" in message


def test_one_slip_costs_one_line_of_the_derivation() -> None:
    wrong = "def through_tanh(delta, h): return delta"
    report = marks(followed_by(wrong, unit="bptt"))
    failed = [verdict.check for verdict in report.checks if verdict.status != "pass"]
    assert failed == ["bptt.through_tanh"]
