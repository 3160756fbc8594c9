"""Checks of the bptt unit, task 5: truncation at every τ, and random truncation without bias.

What may go wrong by chance. Along each path the random estimate has a weight, 1/πⁿ with
probability πⁿ, else 0, so that (mean weight) πⁿ N is binomial with N draws and probability πⁿ. By
Chernoff's bound a correct answer's frequency p̂ has N KL(p̂ ‖ πⁿ) > ln(2 K / α) in any of K such
comparisons with probability below α = 1e-7 (a union bound: the paths need not be independent). The
two extreme cases add less than 3e-8. So a correct answer fails a case by chance with a probability
below 2e-7, and one of the three cases with less than 6e-7.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..observe.bptt import GRADIENTS
from ..verdict import Text
from . import bptt_gradients

FALSE_FAIL = 1e-7
DRAWS = 600
EQUATION_14 = "ε_i = Σ_{t=i}^{min(i+τ, T)} (the loss of step t, sent back t − i steps)"
EQUATION_15 = "n steps back with probability πⁿ, weight 1/πⁿ:   E[weight] = 1"
EARLIER = (
    *("own_part", "through_tanh", "one_step_back", "deltas"),
    *("weight_gradients", "rnn_gradients"),
)
EXTREMES = {"kept": "π = 1 − 1e-12", "cut": "π = 1e-9"}
SPREAD = ("xs", "W_xh", "W_hh", "b_h", "h_0")  # gradients through time; the others are certain


def draw(
    rng: np.random.Generator, batch: int, time: int, features: int, units: int, outputs: int
) -> dict[str, Any]:
    """Weights, inputs, an initial state and ∂L/∂o."""
    return {
        "W_xh": rng.normal(0.0, 0.6, (features, units)),
        "W_hh": rng.normal(0.0, 1.3 / math.sqrt(units), (units, units)),
        "W_ho": rng.normal(0.0, 0.6, (units, outputs)),
        "b_h": rng.normal(0.0, 0.6, units),
        "b_o": rng.normal(0.0, 0.6, outputs),
        "xs": rng.normal(0.0, 1.0, (batch, time, features)),
        "h_0": rng.uniform(-0.9, 0.9, (batch, units)),
        "d_os": rng.normal(0.0, 1.0, (batch, time, outputs)),
    }


class Truncated(Check):
    """Truncated at τ, the loss of step t reaches h_t … h_{t−τ} and no further, for every τ."""

    id, task, points = "bptt.truncated", 5, 7.0
    zh = "在 τ 处截断时，第 t 步的损失只到达 h_t … h_{t−τ}，对每个 τ 都如此。"
    equation = EQUATION_14
    provides = ("truncated_gradients",)
    uses = EARLIER

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return draw(rng, batch=2, time=5, features=3, units=4, outputs=6)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for tau in range(case.xs.shape[1] + 2):
            gradients = bptt_gradients.truncated(case.values, case.d_os, tau)
            found |= {f"tau_{tau}.{name}": array for name, array in gradients.items()}
        return found

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        taus = range(case.xs.shape[1] + 2)
        return [
            Finding(f"τ = {tau}", 1 / len(taus), gradients_differ(seen, expected, f"tau_{tau}"))
            for tau in taus
        ]


def gradients_differ(seen: Arrays, expected: Arrays, group: str) -> Text | None:
    """The first wrong gradient of a group of seven, and the names of the others."""
    where = EXTREMES.get(group, group.replace("tau_", "τ = "))
    wrong = []
    for name in GRADIENTS:
        key = f"{group}.{name}"
        axes = AXES[name]
        problem = same_array(f"{where}: dL/d{name}", seen.get(key), expected[key], axes)
        if problem is not None:
            wrong.append((name, problem))
    if not wrong:
        return None
    others = ", ".join(f"dL/d{name}" for name, _ in wrong[1:])
    if not others:
        return wrong[0][1]
    return wrong[0][1] + Text(f" So do {others}.", f"{others} 也不同。")


AXES = {
    "W_xh": "features units",
    "W_hh": "units units",
    "W_ho": "units outputs",
    "b_h": "units",
    "b_o": "outputs",
    "xs": "batch time features",
    "h_0": "batch units",
}


class Randomised(Check):
    """Randomly truncated, each step back is taken with probability π, and the mean is unbiased."""

    id, task, points = "bptt.randomised", 5, 7.0
    zh = "随机截断时，每往回一步以概率 π 继续，且平均起来无偏。"
    equation = EQUATION_15
    provides = ("randomised_gradients",)
    uses = EARLIER

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        # more features than steps, and more units than paths: the paths can be told apart
        return {
            **draw(rng, batch=2, time=3, features=5, units=14, outputs=4),
            "keep": float(rng.uniform(0.55, 0.7)),
            "draws": DRAWS,
            "seed": int(rng.integers(2**31)),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        groups = {
            "kept": bptt_gradients.full(case.values, case.d_os),
            "cut": bptt_gradients.truncated(case.values, case.d_os, 0),
            "along": _along_each_path(case),
        }
        return {f"{g}.{name}": a for g, found in groups.items() for name, a in found.items()}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        drawn = drawn_weights(seen, expected["along.xs"], case)
        return [
            Finding("π near 1", 0.1, gradients_differ(seen, expected, "kept")),
            Finding("π near 0", 0.2, gradients_differ(seen, expected, "cut")),
            Finding("mean", 0.5, biased(seen, expected, case) or never_cut(drawn)),
            Finding("random", 0.2, unlike_probability(drawn, case)),
        ]

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        """Weights and frequencies by lag: two mistakes are alike whatever numbers were drawn."""
        found = {name: array for name, array in seen.items() if name.split(".")[0] in EXTREMES}
        weights = drawn_weights(seen, _along_each_path(case)["xs"], case)
        if weights is None:
            return found
        for lag in range(1, case.xs.shape[1]):
            of_lag = weights[:, :, np.array(_lags(case)) == lag]
            taken = np.abs(of_lag) > 1e-9
            found[f"weight.{lag}"] = np.array(np.median(of_lag[taken]) if taken.any() else 0.0)
            found[f"taken.{lag}"] = np.array(_as_probability(taken, case.keep, lag))
        return found


def _as_probability(taken: np.ndarray, keep: float, lag: int) -> float:
    """The likely probability behind a frequency, of those that people program by mistake."""
    usual = (keep**lag, (1 - keep) ** lag, keep, 1.0 - keep, 1.0)
    frequency = float(taken.mean())
    nearest = min(usual, key=lambda p: abs(p - frequency))
    return nearest if abs(nearest - frequency) < 0.06 else -1.0


def biased(seen: Arrays, expected: Arrays, case: Case) -> Text | None:
    """None if every path's mean weight may be 1, and what needs no step back is exact."""
    for name in ("W_ho", "b_o"):
        certain = expected[f"kept.{name}"]
        problem = same_array(f"mean of dL/d{name}", seen.get(f"mean.{name}"), certain)
        if problem is not None:
            return problem
    limit = math.log(2 * _comparisons(case) / FALSE_FAIL)
    for name in SPREAD:
        mean = seen.get(f"mean.{name}")
        wanted = expected[f"kept.{name}"]
        problem = same_array(f"mean of dL/d{name}", mean, wanted, rtol=math.inf)
        if problem is not None or mean is None:
            return problem
        weights = _solved(expected[f"along.{name}"], mean.reshape(1, -1))
        if weights is None:
            return Text(
                f"The mean of dL/d{name} is no weighted sum of the terms of equation (14).",
                f"dL/d{name} 的平均不是公式 (14) 各项的加权和。",
            )
        lags = _lags(case, name) * int(case.xs.shape[0])
        pairs = zip(weights[0], lags, strict=True)
        if any(_far(float(weight), case.keep**lag, limit) for weight, lag in pairs):
            return _bias(name, weights[0], lags)
    return None


def never_cut(weights: np.ndarray | None) -> Text | None:
    """The full gradient has the right mean, and is no answer."""
    if weights is None or np.any(np.abs(weights) < 1e-9):
        return None
    return Text(
        f"Nothing was cut in {DRAWS} draws: a mean without chance is no random truncation.",
        f"{DRAWS} 次抽取中从未截断：没有随机性的平均不是随机截断。",
    )


def _bias(name: str, weights: np.ndarray, lags: list[int]) -> Text:
    shown = ", ".join(f"{weights[np.array(lags) == lag].mean():.2f}" for lag in sorted(set(lags)))
    places = ", ".join(str(lag) for lag in sorted(set(lags)))
    return Text(
        f"dL/d{name}: what comes {places} steps back has the mean weight {shown} in {DRAWS} draws. "
        "Unbiased means 1 for each.",
        f"dL/d{name}：往回 {places} 步的部分，在 {DRAWS} 次抽取中的平均权重是 {shown}。"
        "无偏意味着每个都是 1。",
    )


def unlike_probability(weights: np.ndarray | None, case: Case) -> Text | None:
    """None if each path may have been taken with probability πⁿ."""
    if weights is None:
        return Text(
            "dL/dxs of a draw is no weighted sum of the terms of equation (14).",
            "某次抽取的 dL/dxs 不是公式 (14) 各项的加权和。",
        )
    lags = np.array(_lags(case))
    taken = np.abs(weights) > 1e-9
    limit = math.log(2 * _comparisons(case) / FALSE_FAIL)
    far = [
        _far(float(share) / case.keep**lag, case.keep**lag, limit)
        for row in taken.mean(axis=0)
        for share, lag in zip(row, lags, strict=True)
    ]
    if not any(far):
        return None
    longest = range(1, int(lags.max()) + 1)
    shown = ", ".join(f"{100 * taken[:, :, lags == lag].mean():.0f} %" for lag in longest)
    wanted = ", ".join(f"{100 * case.keep**lag:.0f} %" for lag in longest)
    places = ", ".join(map(str, longest))
    return Text(
        f"What comes {places} steps back arrived in {shown} of {DRAWS} draws with π = "
        f"{case.keep:.2f}; expected {wanted}.",
        f"π = {case.keep:.2f} 时，往回 {places} 步的部分在 {DRAWS} 次抽取中有 {shown} 到达；"
        f"应为 {wanted}。",
    )


def _far(mean_weight: float, p: float, limit: float) -> bool:
    """Whether a mean weight of 1/p-or-0 draws is too far from 1 to be chance (Chernoff)."""
    q = mean_weight * p
    if not -1e-9 <= q <= 1.0 + 1e-9:
        return True
    q = min(max(q, 0.0), 1.0)
    if p > 1.0 - 1e-9:
        return abs(q - p) > 1e-6
    divergence = (q * math.log(q / p) if q > 0 else 0.0) + (
        (1 - q) * math.log((1 - q) / (1 - p)) if q < 1 else 0.0
    )
    return DRAWS * divergence > limit


def _lags(case: Case, name: str = "xs") -> list[int]:
    """Steps back of each path of one row: to every step, or for h_0 to the initial state."""
    time = case.xs.shape[1]
    if name == "h_0":
        return list(range(1, time + 1))
    return [t - i for t in range(1, time + 1) for i in range(1, t + 1)]


def _comparisons(case: Case) -> int:
    """How often a correct answer could fail by chance: means and frequencies, path by path."""
    paths = sum(len(_lags(case, name)) for name in (*SPREAD, "xs"))
    return paths * int(case.xs.shape[0])


def _along_each_path(case: Case) -> dict[str, np.ndarray]:
    """The gradient along each path alone, as columns, for each array."""
    hs = bptt_gradients.states(case.values)
    batch, time, _ = hs.shape
    arriving = bptt_gradients.paths(hs, case.d_os, case.W_ho, case.W_hh)
    before = np.concatenate([case.h_0[:, None], hs[:, :-1]], axis=1)
    found: dict[str, list[np.ndarray]] = {name: [] for name in SPREAD}
    for b in range(batch):
        for t in range(1, time + 1):
            for i in range(1, t + 1):
                epsilon = arriving[t - 1, i, b] * (1.0 - hs[b, i - 1] ** 2)
                inputs = np.zeros(case.xs.shape)
                inputs[b, i - 1] = case.W_xh @ epsilon
                found["xs"].append(inputs.ravel())
                found["W_xh"].append(np.outer(case.xs[b, i - 1], epsilon).ravel())
                found["W_hh"].append(np.outer(before[b, i - 1], epsilon).ravel())
                found["b_h"].append(epsilon)
            first = np.zeros(case.h_0.shape)
            first[b] = arriving[t - 1, 0, b]
            found["h_0"].append(first.ravel())
    return {name: np.array(columns).T for name, columns in found.items()}


def _solved(basis: np.ndarray, values: np.ndarray) -> np.ndarray | None:
    """The weights of each row of `values`; None if it is no weighted sum of the columns."""
    weights = values @ np.linalg.pinv(basis).T
    gap = np.abs(weights @ basis.T - values).max()
    return weights if gap <= 1e-7 * max(1.0, float(np.abs(values).max())) else None


def drawn_weights(seen: Arrays, along: np.ndarray, case: Case) -> np.ndarray | None:
    """The weight of each path in each draw, (draws, batch, paths), or None. along: as columns."""
    drawn = seen.get("drawn.xs")
    if drawn is None or drawn.shape[1:] != case.xs.shape or not np.all(np.isfinite(drawn)):
        return None
    weights = _solved(along, drawn.reshape(len(drawn), -1))
    return None if weights is None else weights.reshape(len(drawn), case.xs.shape[0], -1)


CHECKS: tuple[type[Check], ...] = (Truncated, Randomised)
