"""Check of the bptt unit, task 7: ∂L/∂w as a formula, taken apart into paths.

The formula never comes here: the sandbox puts random numbers into it and sends its values. Any form
that is equal has equal values. Where they differ, the values are solved for a sum of known terms:
the six paths, and each path with a usual slip. At more points than terms the solution is unique,
so a coefficient of 0 is a missing path and one of 2 a path that is counted twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..verdict import Text

POINTS = 120
NAMES = ("w", "u", "v", "h0", "h1", "h2", "h3", "x1", "x2", "x3", "y1", "y2", "y3")
EQUATION_17 = (
    "∂L/∂w = Σ_t Σ_{i≤t} ∂l_t/∂h_t · Π_{j=i+1}^{t} ∂h_j/∂h_{j-1} · ∂⁺h_i/∂w,\n"
    "∂l_t/∂h_t = (v h_t − y_t) v,   ∂h_j/∂h_{j-1} = (1 − h_j²) w,   ∂⁺h_i/∂w = (1 − h_i²) h_{i-1}"
)
Term = tuple[int, int, str]  # the loss of step t, w at work in step i, and the slip, if any
PATHS: tuple[Term, ...] = tuple((t, i, "") for t in (1, 2, 3) for i in range(t, 0, -1))
WITHIN = {tau: tuple(path for path in PATHS if path[0] - path[1] <= tau) for tau in (0, 1, 2)}
"""The paths that go back at most τ steps."""


class PathSum(Check):
    """The formula for ∂L/∂w is the sum over all paths of at most τ steps, and over no others."""

    id, task, points = "bptt.path_sum", 7, 8.0
    zh = "∂L/∂w 的公式是所有不超过 τ 步的路径之和，不多也不少。"
    equation = EQUATION_17
    provides = ("dL_dw",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = {name: rng.uniform(-1.5, 1.5, POINTS) for name in NAMES}
        for name in ("w", "u", "v"):
            values[name] = np.sign(values[name]) * rng.uniform(0.4, 1.4, POINTS)
        for t in (1, 2, 3):
            a = values["w"] * values[f"h{t - 1}"] + values["u"] * values[f"x{t}"]
            values[f"h{t}"] = np.tanh(a)
        return {"names": list(NAMES), **values}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        columns = {part: term(case, part) for part in TERMS}
        found = {
            f"tau_{tau}": sum((columns[path] for path in WITHIN[tau]), np.zeros(POINTS))
            for tau in (2, 1, 0)
        }
        return {**found, "terms": np.array(list(columns.values())).T}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        shares = {"tau_2": 0.6, "tau_1": 0.2, "tau_0": 0.2}
        return [
            Finding(f"τ = {key[-1]}", share, self._problem(key, seen, expected))
            for key, share in shares.items()
        ]

    def _problem(self, key: str, seen: Arrays, expected: Arrays) -> Text | None:
        tau = int(key[-1])
        place = Text(f"τ = {tau}: ", f"τ = {tau}：")
        for said, sentence in _SAID.items():
            if f"{key}.{said}" in seen:
                words = _words(seen[f"{key}.{said}"])
                return place + Text(sentence.en.format(words), sentence.zh.format(words))
        problem = same_array("dL/dw", seen.get(key), expected[key])
        if problem is None or key not in seen or seen[key].shape != expected[key].shape:
            return None if problem is None else place + problem
        if not np.all(np.isfinite(seen[key])):
            return place + Text(
                "your formula is not a finite real number at some points.",
                "你的公式在某些点上不是有限的实数。",
            )
        return place + explained(seen[key], expected["terms"], tau)


_SAID = {
    "kind": Text(
        "dL_dw returned a {}; expected one SymPy expression.",
        "dL_dw 返回的是 {}；应为一个 SymPy 表达式。",
    ),
    "unknown": Text(
        "your formula holds {}, which is none of the symbols in s.",
        "你的公式里有 {}，它不是 s 中的符号。",
    ),
}


def _words(array: np.ndarray) -> str:
    """Names that the sandbox sent as bytes; from there anything may come."""
    text = array.astype(np.uint8).ravel()[:60].tobytes().decode("utf-8", "replace")
    return "".join(letter for letter in text if letter.isalnum() or letter in " _,()") or "?"


SLIPS = {
    "no tanh": Text("without any factor 1 − h²", "没有任何因子 1 − h²"),
    "no tanh on the way": Text(
        "without the factors 1 − h² of the steps back", "往回走的各步没有因子 1 − h²"
    ),
    "no tanh at the end": Text(
        "without the factor 1 − h² of the last step", "最后一步没有因子 1 − h²"
    ),
    "no w": Text("without a factor w for each step back", "往回走的各步没有因子 w"),
    "w too many": Text("with one factor w too many", "多了一个因子 w"),
    "h_i": Text("with h_i in place of h_{i-1}", "把 h_{i-1} 写成了 h_i"),
    "x_i": Text("with x_i in place of h_{i-1}", "把 h_{i-1} 写成了 x_i"),
    "no v": Text("without the factor v", "没有因子 v"),
    "no error": Text("without the factor v h_t − y_t", "没有因子 v h_t − y_t"),
}


OF_STEPS_BACK = ("no tanh on the way", "no w", "no tanh")  # on a path of no step back: nothing new
TERMS: tuple[Term, ...] = (
    *PATHS,
    *((t, i, slip) for t, i, _ in PATHS for slip in SLIPS if t > i or slip not in OF_STEPS_BACK),
)


def term(case: Case, part: Term) -> np.ndarray:
    """The values of one path, with its slip."""
    t, i, slip = part
    value = {name: np.asarray(case.values[name]) for name in NAMES}
    slope = {j: 1.0 - value[f"h{j}"] ** 2 for j in (1, 2, 3)}
    loss = (value["v"] * value[f"h{t}"] - value[f"y{t}"]) if slip != "no error" else 1.0
    loss = loss * (value["v"] if slip != "no v" else 1.0)
    back: Any = 1.0
    for j in range(i + 1, t + 1):
        back = back * (value["w"] if slip != "no w" else 1.0)
        back = back * (slope[j] if slip not in ("no tanh", "no tanh on the way") else 1.0)
    if slip == "w too many":
        back = back * value["w"]
    end = {"h_i": value[f"h{i}"], "x_i": value[f"x{i}"]}.get(slip, value[f"h{i - 1}"])
    if slip not in ("no tanh", "no tanh at the end"):
        end = end * slope[i]
    return np.asarray(loss * back * end)


def explained(seen: np.ndarray, terms: np.ndarray, tau: int) -> Text:
    """What is missing and what is too much, as paths; or that it is no sum of paths.

    terms: the values of each of TERMS, as columns.
    """
    found = solved(seen, terms[:, : len(PATHS)])
    found = solved(seen, terms) if found is None else found
    if found is None:
        return Text(
            "your formula is no sum of paths: no choice among the six, nor a slip that is known, "
            "gives its values. Compare it factor by factor with equation (17).",
            "你的公式不是路径之和：六条路径怎样取舍、加上常见的笔误，都得不到它的值。"
            "请逐个因子对照公式 (17)。",
        )
    groups: dict[Text, list[Term]] = {}
    for path in PATHS:
        slipped = [part[2] for part in found if part[:2] == path[:2] and part[2]]
        verdict = _verdict(found.get(path, 0.0), slipped, path in WITHIN[tau])
        if verdict is not None:
            groups.setdefault(verdict, []).append(path)
    told = [verdict + _listed(paths, tau) for verdict, paths in groups.items()]
    return Text("; ".join(t.en for t in told) + ".", "；".join(t.zh for t in told) + "。")


def _verdict(coefficient: float, slipped: list[str], wanted: bool) -> Text | None:
    """What is wrong about one path, or None."""
    if slipped:
        return SLIPS[slipped[0]]
    if abs(coefficient - wanted) < 1e-6:
        return None
    if abs(coefficient) < 1e-6:
        return Text("missing", "缺少")
    if not wanted:
        return Text("surplus", "多余")
    times = f"{coefficient:.3g}"
    return Text(f"with the coefficient {times}, not 1", f"系数是 {times} 而不是 1")


def _listed(paths: list[Term], tau: int) -> Text:
    """The paths as a student draws them: l_3 → h_3 → h_2 → w in step 2."""
    if len(paths) > 2 and tuple(paths) == WITHIN[tau]:
        return Text(f": all {len(paths)} paths", f"：全部 {len(paths)} 条路径")
    names = []
    for t, i, _ in paths[:3]:
        way = " → ".join([f"l_{t}", *(f"h_{j}" for j in range(t, i - 1, -1))])
        names.append(Text(f"{way} → w in step {i}", f"{way} → 第 {i} 步的 w"))
    more = len(paths) - 3
    return (
        Text(": the path " if len(paths) == 1 else ": the paths ", "：路径 ")
        + Text(", ".join(n.en for n in names), "、".join(n.zh for n in names))
        + (Text(f" and {more} more", f"，另有 {more} 条") if more > 0 else Text("", ""))
    )


def solved(seen: np.ndarray, columns: np.ndarray) -> dict[Term, float] | None:
    """Coefficients that are not zero of the first TERMS, if a sum of these has such values."""
    scale = np.abs(columns).max(axis=0)
    coefficients, *_ = np.linalg.lstsq(columns / scale, seen, rcond=None)
    gap = np.abs(columns / scale @ coefficients - seen).max()
    if gap > 1e-8 * max(1.0, float(np.abs(seen).max())):
        return None
    pairs = zip(TERMS, coefficients / scale, strict=False)
    return {part: float(number) for part, number in pairs if abs(number) > 1e-6}


CHECKS: tuple[type[Check], ...] = (PathSum,)
