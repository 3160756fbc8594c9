"""Checks of the bptt unit, task 8: a gradient checker, checked on functions in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..verdict import Text

EQUATION_18 = "∂f/∂x_k ≈ (f(x + s e_k) − f(x − s e_k)) / (2 s)"
EQUATION_19 = "max_k |a_k − b_k| / max(1e-8, |a_k| + |b_k|)"
UNCHANGED = Text(
    "Your function changed the array that it was given; work on a copy, or put back every element.",
    "你的函数改动了传入的数组；请在副本上计算，或者把每个元素都还原。",
)


def unchanged(seen: Arrays, share: float) -> Finding:
    """The finding that what was given is as it was."""
    kept = bool(seen.get("input_unchanged", np.array(True)))
    return Finding("input", share, None if kept else UNCHANGED, beside=True)


class NumericalGradient(Check):
    """The numerical gradient is the central difference, element by element, in float64."""

    id, task, points = "bptt.numerical_gradient", 8, 4.0
    zh = "数值梯度是逐个元素、在 float64 中计算的中心差分。"
    equation = EQUATION_18
    provides = ("numerical_gradient",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        shape = tuple(int(n) for n in rng.permutation([2, 3, 4]))
        return {
            "x": rng.uniform(-2.0, 2.0, shape),
            "whole": rng.integers(-3, 4, shape),
            "cubic": rng.normal(0.0, 1.0, shape),
            "wave": rng.normal(0.0, 2.0, shape),
            "mix": rng.normal(0.0, 1.0, shape),
            "step": float(rng.uniform(0.1, 0.3)),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        def derivative(x: np.ndarray, s: float) -> np.ndarray:
            """The difference of Σ (cubic · x³ + wave · sin x) + (Σ mix · x)², in closed form."""
            ratio = np.sin(s) / s if s else 1.0
            alone = case.cubic * (3 * x**2 + s**2) + case.wave * np.cos(x) * ratio
            return np.asarray(alone + 2.0 * np.sum(case.mix * x) * case.mix)

        return {
            "small_step": derivative(case.x, 0.0),
            "large_step": derivative(case.x, case.step),
            "float32": derivative(case.x.astype(np.float32).astype(np.float64), 0.0),
            "whole": derivative(case.whole.astype(np.float64), 0.0),
        }

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        kinds = {
            "small_step": (0.35, 1e-7, Text("With the usual step: ", "用默认步长：")),
            "large_step": (
                0.25,
                1e-9,
                Text(f"With step={case.step:.2g}: ", f"用 step={case.step:.2g}："),
            ),
            "float32": (0.15, 1e-7, Text("With x in float32: ", "x 为 float32 时：")),
            "whole": (0.15, 1e-7, Text("With whole numbers in x: ", "x 为整数时：")),
        }
        findings = []
        for name, (share, rtol, place) in kinds.items():
            problem = same_array("the gradient", seen.get(name), expected[name], rtol=rtol)
            findings.append(Finding(name, share, None if problem is None else place + problem))
        return [*findings, unchanged(seen, 0.1)]


class RelativeError(Check):
    """The relative error is the largest of all elements, and no division by zero, equation (19)."""

    id, task, points = "bptt.relative_error", 8, 2.0
    zh = "相对误差取所有元素中最大的一个，并且不会除以零，公式 (19)。"
    equation = EQUATION_19
    provides = ("relative_error",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        a = rng.uniform(0.5, 2.0, (3, 4)) * rng.choice([-1.0, 1.0], (3, 4))
        signs = rng.choice([-1.0, 1.0], (3, 4))
        tiny = rng.uniform(1.0, 3.0, (2, 3)) * 1e-9
        nothing = np.zeros((2, 2))
        return {
            "near_a": a,
            "near_b": a * (1 + signs * rng.uniform(0.01, 0.2, (3, 4))),
            "opposite_a": a,
            "opposite_b": np.where(np.arange(12).reshape(3, 4) == 5, -a, a),
            "tiny_a": tiny,
            "tiny_b": tiny / 2,
            "zero_a": nothing,
            "zero_b": nothing,
            "one_is_zero_a": np.where(np.arange(12).reshape(3, 4) == 7, 0.0, a),
            "one_is_zero_b": a,
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        near = [
            abs(a - b) / (abs(a) + abs(b))
            for a, b in zip(case.near_a.flat, case.near_b.flat, strict=True)
        ]
        return {
            "near": np.array(max(near)),
            "opposite": np.array(1.0),
            "tiny": np.array(case.tiny_a.max() / 2 / 1e-8),
            "zero": np.array(0.0),
            "one_is_zero": np.array(1.0),
        }

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        kinds = {
            "near": Text("Two arrays that are close: ", "两个接近的数组："),
            "opposite": Text("One element with the opposite sign: ", "有一个元素符号相反："),
            "tiny": Text("Both below 1e-8: ", "两者都小于 1e-8："),
            "zero": Text("Both zero: ", "两者都为零："),
            "one_is_zero": Text(
                "One element that is zero in a only: ", "有一个元素只在 a 中为零："
            ),
        }
        findings = []
        for name, place in kinds.items():
            problem = same_array("the error", seen.get(name), expected[name])
            problem = None if problem is None else place + problem
            constant = float(expected[name]) in (0.0, 1.0)  # a constant is no formula
            findings.append(Finding(name, 0.2, problem, beside=constant))
        return findings


class GradientErrors(Check):
    """The checker finds the claims that are wrong, and clears those that are right."""

    id, task, points = "bptt.gradient_errors", 8, 2.0
    zh = "检验程序能找出错误的梯度，也不冤枉正确的梯度。"
    equation = "errors[name] = error between gradients[name] and the numerical gradient of loss"
    provides = ("gradient_errors",)
    uses = ("numerical_gradient", "relative_error")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            values = {
                "A": rng.uniform(-1.0, 1.0, (3, 4)),
                "B": rng.uniform(-1.5, 1.5, (4, 2)),
                "C": rng.uniform(0.3, 1.5, (3, 2)),
            }
            right = self._gradients(values)
            if min(float(np.abs(array).min()) for array in right.values()) > 0.05:
                break
        wrong = right["A"].copy()
        wrong[1, 2] *= 1.02
        return {**values, "claim_A": wrong, "claim_B": right["B"], "claim_C": -right["C"]}

    def _gradients(self, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Of L = Σ (tanh(A) sin(B)) ⊙ C + Σ C³."""
        A, B, C = values["A"], values["B"], values["C"]
        return {
            "A": (C @ np.sin(B).T) / np.cosh(A) ** 2,
            "B": (np.tanh(A).T @ C) * np.cos(B),
            "C": np.tanh(A) @ np.sin(B) + 3 * C**2,
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"A": np.array(0.02 / 2.02), "B": np.array(0.0), "C": np.array(1.0)}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        kinds = {
            "A": Text("A gradient with one element 2 % too large: ", "有一个元素偏大 2% 的梯度："),
            "B": Text("A right gradient: ", "正确的梯度："),
            "C": Text("A gradient with the wrong sign: ", "符号相反的梯度："),
        }
        findings = []
        for name, place in kinds.items():
            problem = same_array("its error", seen.get(name), expected[name], rtol=1e-6)
            findings.append(Finding(name, 0.3, None if problem is None else place + problem))
        return [*findings, unchanged(seen, 0.1)]


CHECKS: tuple[type[Check], ...] = (NumericalGradient, RelativeError, GradientErrors)
