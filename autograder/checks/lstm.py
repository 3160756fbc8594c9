"""Checks of the lstm unit: the six equations, one step, over time; and all others in order."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Check, Limit, at
from ..observe.lstm import GATES, PARAMETERS
from . import lstm_adding, lstm_gradients, lstm_keras, lstm_limits, lstm_text
from .lstm_equations import draw_lstm, over_time, parts, step

EQUATION_1 = "i_t = σ(x_t W_xi + h_{t-1} W_hi + b_i)"
EQUATION_2 = "f_t = σ(x_t W_xf + h_{t-1} W_hf + b_f)"
EQUATION_3 = "o_t = σ(x_t W_xo + h_{t-1} W_ho + b_o)"
EQUATION_4 = "c̃_t = tanh(x_t W_xc + h_{t-1} W_hc + b_c)"
EQUATION_5 = "c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t"
EQUATION_6 = "h_t = o_t ⊙ tanh(c_t)"
ALL_SIX = "\n".join((EQUATION_1, EQUATION_2, EQUATION_3, EQUATION_4, EQUATION_5, EQUATION_6))


class Gates(Check):
    """The three gates follow equations (1) to (3)."""

    id, task, points = "lstm.gates", 1, 8.0
    zh = "三个门符合公式 (1) 到 (3)。"
    equation = f"{EQUATION_1}\n{EQUATION_2}\n{EQUATION_3}"
    provides = ("gates",)
    outputs = {"i": "batch units", "f": "batch units", "o": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), "x", "h_prev", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return dict(zip("ifo", parts(case.x, case.h_prev, case.values), strict=False))

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("x_t = 0", x=0 * case.x),
            at("h_{t-1} = 0", h_prev=0 * case.h_prev),
            at("b_i = b_f = b_o = 0", b_i=0 * case.b_i, b_f=0 * case.b_f, b_o=0 * case.b_o),
        )


class Candidate(Check):
    """The candidate cell follows equation (4)."""

    id, task, points = "lstm.candidate", 2, 4.0
    zh = "候选记忆细胞符合公式 (4)。"
    equation = EQUATION_4
    provides = ("candidate",)
    outputs = {"c_tilde": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), "x", "h_prev", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"c_tilde": parts(case.x, case.h_prev, case.values)[3]}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("x_t = 0", x=0 * case.x),
            at("h_{t-1} = 0", h_prev=0 * case.h_prev),
            at("b_c = 0", b_c=0 * case.b_c),
        )


class CellState(Check):
    """The cell follows equation (5): the forget gate weighs the old, the input gate the new."""

    id, task, points = "lstm.cell_state", 3, 5.0
    zh = "记忆细胞符合公式 (5)：遗忘门是旧内容的权重，输入门是新内容的权重。"
    equation = EQUATION_5
    provides = ("cell_state",)
    outputs = {"c": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_lstm(rng)
        shape = values["c_prev"].shape
        return {
            "f": rng.uniform(0.05, 0.95, shape),
            "c_prev": values["c_prev"],
            "i": rng.uniform(0.05, 0.95, shape),
            "c_tilde": rng.uniform(-0.9, 0.9, shape),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"c": case.f * case.c_prev + case.i * case.c_tilde}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        one, zero = 0 * case.f + 1, 0 * case.f
        return (
            at("f_t = 1, i_t = 0 (c_t = c_{t-1})", f=one, i=zero),
            at("f_t = 0, i_t = 1 (c_t = c̃_t)", f=zero, i=one),
            at("f_t = 1, i_t = 1 (c_t = c_{t-1} + c̃_t)", f=one, i=one),
            at("c_{t-1} = 0", c_prev=0 * case.c_prev),
        )


class HiddenState(Check):
    """The hidden state follows equation (6): the output gate shows the squashed cell."""

    id, task, points = "lstm.hidden_state", 4, 4.0
    zh = "隐含状态符合公式 (6)：输出门决定压缩后的记忆细胞露出多少。"
    equation = EQUATION_6
    provides = ("hidden_state",)
    outputs = {"h": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        c = draw_lstm(rng)["c_prev"]
        return {"o": rng.uniform(0.05, 0.95, c.shape), "c": c}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"h": case.o * np.tanh(case.c)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("o_t = 1 (h_t = tanh(c_t))", o=0 * case.o + 1),
            at("o_t = 0 (h_t = 0)", o=0 * case.o),
            at("c_t = 0", c=0 * case.c),
        )


def forced_gates(case: Case) -> tuple[Limit, ...]:
    """The networks that an LSTM becomes where its gates are forced."""
    blind = {name: 0 * case.values[name] for name in GATES}

    def forced(i: float, f: float) -> dict[str, Any]:
        biases = {"b_i": blind["b_i"] + i, "b_f": blind["b_f"] + f, "b_o": blind["b_o"] + 50.0}
        return blind | biases

    return (
        at("f_t = 1, i_t = 0 (c_t = c_{t-1})", **forced(-50.0, 50.0)),
        at("f_t = 1, i_t = 1 (c_t = c_{t-1} + c̃_t)", **forced(50.0, 50.0)),
        at("f_t = 0, i_t = 1, o_t = 1 (h_t = tanh(c̃_t))", **forced(50.0, -50.0)),
    )


class OneStep(Check):
    """One LSTM step follows equations (1) to (6) and returns both states."""

    id, task, points = "lstm.one_step", 5, 4.0
    zh = "LSTM 的一步符合公式 (1) 到 (6)，并返回两个状态。"
    equation = ALL_SIX
    provides = ("lstm_step",)
    uses = ("gates", "candidate", "cell_state", "hidden_state")
    outputs = {"h": "batch units", "c": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), "x", "h_prev", "c_prev", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        h, c = step(case.x, case.h_prev, case.c_prev, case.values)
        return {"h": h, "c": c}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (*forced_gates(case), at("c_{t-1} = 0", c_prev=0 * case.c_prev))


class OverTime(Check):
    """Over time, each step starts from the two states that the step before it left."""

    id, task, points = "lstm.over_time", 5, 6.0
    zh = "沿时间展开时，每一步都从上一步留下的两个状态出发。"
    equation = "h_t, c_t = LSTM(x_t, h_{t-1}, c_{t-1}),  t = 1 … T"
    provides = ("lstm_over_time",)
    uses = ("lstm_step", *OneStep.uses)
    outputs = {"hs": "batch time units", "cs": "batch time units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), "xs", "h_0", "c_0", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        hs, cs = over_time(case.xs, case.h_0, case.c_0, case.values)
        return {"hs": hs, "cs": cs}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            *forced_gates(case),
            at("h_0 = 0", h_0=0 * case.h_0),
            at("c_0 = 0", c_0=0 * case.c_0),
            at("T = 1", xs=case.xs[:, :1]),
        )


CHECKS: tuple[type[Check], ...] = (
    Gates,
    Candidate,
    CellState,
    HiddenState,
    OneStep,
    OverTime,
    *lstm_limits.CHECKS,
    *lstm_gradients.CHECKS,
    *lstm_keras.CHECKS,
    *lstm_text.CHECKS,
    *lstm_adding.CHECKS,
)
