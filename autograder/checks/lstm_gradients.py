"""Checks of the lstm unit, task 7: gradients by hand, of one step and over time."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..case import Case, only
from ..check import Arrays, Check, Finding
from ..observe.lstm import PARAMETERS
from .differentiate import gradients
from .lstm_equations import AXES, draw_lstm, over_time, step

FORWARD = ("gates", "candidate", "cell_state", "hidden_state")


def expected(case: Case, sequence: bool) -> dict[str, np.ndarray]:
    """Gradients for every input of L = Σ dh ⊙ h + Σ dc ⊙ c (one step), or L = Σ_t Σ dhs_t ⊙ h_t."""
    first = ("xs", "h_0", "c_0") if sequence else ("x", "h_prev", "c_prev")

    def loss(p: Arrays) -> Any:
        if sequence:
            return np.sum(case.dhs * over_time(p["xs"], p["h_0"], p["c_0"], p)[0])
        h, c = step(p["x"], p["h_prev"], p["c_prev"], p)
        return np.sum(case.dh * h) + np.sum(case.dc * c)

    return gradients(loss, {name: case.values[name] for name in (*first, *PARAMETERS)})


class _Gradients(Check):
    """Gradients by hand, against complex steps and finite differences."""

    task = 7
    sequence: ClassVar[bool]

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return expected(case, self.sequence)

    def context(self, case: Case) -> dict[str, float]:
        if not self.sequence:
            return {"batch size": case.x.shape[0]}
        return {"batch size": case.xs.shape[0], "number of time steps": case.xs.shape[1]}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        named = {f"dL/d{name}": array for name, array in expected.items()}
        renamed = {f"dL/d{name}": array for name, array in seen.items()}
        return super().judge(renamed, named, case)


_PARAMETER_AXES = {f"dL/d{name}": axes for name, axes in AXES.items()}


class StepGradients(_Gradients):
    """The gradients of one step, by hand, equal automatic differentiation."""

    id, points, sequence = "lstm.step_gradients", 8.0, False
    zh = "手推的一步梯度与自动微分一致。"
    equation = (
        "δc_t = dc + dh ⊙ o (1 − tanh² c_t);  δf = δc_t ⊙ c_{t-1},  δi = δc_t ⊙ c̃,  δc̃ = δc_t ⊙ i,"
        "  δc_{t-1} = δc_t ⊙ f;  σ′ = σ (1 − σ),  tanh′ = 1 − tanh²"
    )
    provides = ("lstm_step_gradients",)
    uses = FORWARD
    outputs = {
        "dL/dx": "batch features",
        "dL/dh_prev": "batch units",
        "dL/dc_prev": "batch units",
        **_PARAMETER_AXES,
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_lstm(rng)
        values["dh"], values["dc"] = rng.normal(0.0, 1.0, (2, *values["h_prev"].shape))
        return only(values, "x", "h_prev", "c_prev", "dh", "dc", *PARAMETERS)


class GradientsOverTime(_Gradients):
    """Back-propagation through time sends gradients back along both states, and adds them up."""

    id, points, sequence = "lstm.gradients_over_time", 6.0, True
    zh = "时间反向传播沿两个状态把梯度往回传，并逐步累加。"
    equation = (
        "∂L/∂h_t = dhs_t + what step t+1 sends back along h,  along c: what it sends back along c;"
        "   ∂L/∂W = sum over the steps"
    )
    provides = ("lstm_gradients",)
    uses = ("lstm_step_gradients", "lstm_step", *FORWARD, "lstm_over_time")
    outputs = {
        "dL/dxs": "batch time features",
        "dL/dh_0": "batch units",
        "dL/dc_0": "batch units",
        **_PARAMETER_AXES,
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_lstm(rng)
        batch, time, _ = values["xs"].shape
        values["dhs"] = rng.normal(0.0, 1.0, (batch, time, values["units"]))
        return only(values, "xs", "h_0", "c_0", "dhs", *PARAMETERS)


CHECKS: tuple[type[Check], ...] = (StepGradients, GradientsOverTime)
