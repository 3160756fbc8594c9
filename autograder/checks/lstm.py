"""Checks of the lstm unit. Expected values come from a second implementation, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..observe.lstm import GATES, PARAMETERS
from ..verdict import Text
from . import lstm_adding, lstm_gradients, lstm_keras, lstm_text

EQUATION_1 = "i_t = σ(x_t W_xi + h_{t-1} W_hi + b_i)"
EQUATION_2 = "f_t = σ(x_t W_xf + h_{t-1} W_hf + b_f)"
EQUATION_3 = "o_t = σ(x_t W_xo + h_{t-1} W_ho + b_o)"
EQUATION_4 = "c̃_t = tanh(x_t W_xc + h_{t-1} W_hc + b_c)"
EQUATION_5 = "c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t"
EQUATION_6 = "h_t = o_t ⊙ tanh(c_t)"
ALL_SIX = "\n".join((EQUATION_1, EQUATION_2, EQUATION_3, EQUATION_4, EQUATION_5, EQUATION_6))
CANDIDATE = PARAMETERS[9:]
AXES = {
    name: "units" if name[0] == "b" else ("features units" if name[2] == "x" else "units units")
    for name in PARAMETERS
}


def sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−a)), without overflow: (1 + tanh(a / 2)) / 2."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * a)))


def parts(x: np.ndarray, h: np.ndarray, p: Mapping[str, np.ndarray]) -> tuple[Any, ...]:
    """i, f, o, c̃: equations (1) to (4)."""
    i, f, o, a = (x @ p[f"W_x{g}"] + h @ p[f"W_h{g}"] + p[f"b_{g}"] for g in "ifoc")
    return sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(a)


def step(x: np.ndarray, h: np.ndarray, c: np.ndarray, p: Mapping[str, np.ndarray]) -> Any:
    """One step, equations (1) to (6): h, c."""
    i, f, o, c_tilde = parts(x, h, p)
    c = f * c + i * c_tilde
    return o * np.tanh(c), c


def over_time(xs: np.ndarray, h: np.ndarray, c: np.ndarray, p: Mapping[str, np.ndarray]) -> Any:
    """All hidden states and all cells, each (batch, time, units)."""
    states = []
    for t in range(xs.shape[1]):
        h, c = step(xs[:, t], h, c, p)
        states.append((h, c))
    hs, cs = zip(*states, strict=True)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)


def draw_parameters(rng: np.random.Generator, features: int, units: int) -> dict[str, Any]:
    """Twelve arrays, all different, biases not zero, pre-activations of ordinary size."""
    shapes = {"x": (features, units), "h": (units, units)}
    return {
        name: rng.normal(0.0, 0.7, (units,) if name[0] == "b" else shapes[name[2]])
        for name in PARAMETERS
    }


def draw_lstm(rng: np.random.Generator) -> dict[str, Any]:
    """Sizes, parameters, one step and a sequence; cells beyond 1, so that their tanh matters.

    All sizes are different, so that a swapped axis shows.
    """
    batch, time, features, units = (int(n) for n in rng.permutation([3, 4, 5, 7]))
    return {
        "features": features,
        "units": units,
        **draw_parameters(rng, features, units),
        "x": rng.normal(0.0, 1.0, (batch, features)),
        "h_prev": rng.uniform(-0.9, 0.9, (batch, units)),
        "c_prev": rng.normal(0.0, 1.3, (batch, units)),
        "xs": rng.normal(0.0, 1.0, (batch, time, features)),
        "h_0": rng.uniform(-0.9, 0.9, (batch, units)),
        "c_0": rng.normal(0.0, 1.3, (batch, units)),
    }


def only(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """Some of the values: the student's process gets what the task needs and no more."""
    return {name: values[name] for name in names}


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


class _Limit(Check):
    """A limiting case: the gates are forced, the candidate is left alone."""

    task, points = 6, 3.0
    uses = ("lstm_step", *OneStep.uses)
    state: ClassVar[str]
    """The state that the limit is about: "h" or "c"."""

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), "x", "h_prev", "c_prev", *PARAMETERS)

    def target(self, case: Case, c_tilde: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        c_tilde = parts(case.x, case.h_prev, case.values)[3]
        return {self.state: self.target(case, c_tilde)}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        problem: Text | None = None
        for name in PARAMETERS:
            wanted, got = case.values[name], seen.get(name)
            if name in GATES and got is not None and got.shape == wanted.shape:
                wanted = np.asarray(got, dtype=np.float64)  # free to choose, if a finite array
            problem = problem or same_array(name, got, wanted, AXES[name])
        if problem is None:
            state, wanted = self.state, expected[self.state]
            problem = same_array(f"{state}_t", seen.get(state), wanted, "batch units", rtol=1e-6)
        changed = None
        if not bool(seen.get("input_unchanged", np.array(True))):
            changed = Text(
                "Your function changed the dict that it was given; return a new one "
                "(`{**params, ...}`) so that the caller's parameters stay as they are.",
                "你的函数改动了传入的字典；请返回一个新字典（`{**params, ...}`），"
                "不要改动调用者的参数。",
            )
        return [Finding(self.state, 0.75, problem), Finding("input", 0.25, changed)]

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        if self.state not in seen:
            return seen
        kept = [np.array_equal(seen[name], case.values[name]) for name in CANDIDATE]
        return {
            self.state: seen[self.state],
            "kept": np.array(kept),
            "input_unchanged": seen["input_unchanged"],
        }


class LimitCarry(_Limit):
    """With the forget gate at 1 and the input gate at 0 the cell is carried along unchanged."""

    id, state = "lstm.limit_carry", "c"
    zh = "遗忘门为 1、输入门为 0 时，记忆细胞原封不动地传下去。"
    equation = "f_t = 1, i_t = 0  ⇒  c_t = c_{t-1}"
    provides = ("carry_params",)

    def target(self, case: Case, c_tilde: np.ndarray) -> np.ndarray:
        return np.asarray(case.c_prev)


class LimitCount(_Limit):
    """With the forget gate and the input gate at 1 the cell counts."""

    id, state = "lstm.limit_count", "c"
    zh = "遗忘门和输入门都为 1 时，记忆细胞成了计数器。"
    equation = "f_t = 1, i_t = 1  ⇒  c_t = c_{t-1} + c̃_t"
    provides = ("count_params",)

    def target(self, case: Case, c_tilde: np.ndarray) -> np.ndarray:
        return np.asarray(case.c_prev + c_tilde)


class LimitRNN(_Limit):
    """With the forget gate at 0 and the others at 1 the LSTM is an RNN without a memory cell."""

    id, state = "lstm.limit_rnn", "h"
    zh = "遗忘门为 0、另两个门为 1 时，LSTM 是没有记忆细胞的 RNN。"
    equation = "f_t = 0, i_t = 1, o_t = 1  ⇒  h_t = tanh(c̃_t)"
    provides = ("rnn_params",)

    def target(self, case: Case, c_tilde: np.ndarray) -> np.ndarray:
        return np.asarray(np.tanh(c_tilde))


class DirectPath(Check):
    """Along the direct path the gradient of the cell is the product of the forget gates."""

    id, task, points = "lstm.direct_path", 6, 4.0
    zh = "沿直接通路，记忆细胞的梯度是各步遗忘门的乘积。"
    equation = "∂c_t/∂c_0 (direct) = f_1 ⊙ f_2 ⊙ … ⊙ f_t,  t = 1 … T"
    provides = ("direct_path",)
    uses = ("gates", "lstm_step", "lstm_over_time", "candidate", "cell_state", "hidden_state")
    outputs = {"path": "batch time units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_lstm(rng)
        values["b_f"] += 1.5  # so that something is left after the last step
        return only(values, "xs", "h_0", "c_0", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        h, c, left, path = case.h_0, case.c_0, 1.0, []
        for t in range(case.xs.shape[1]):
            left = left * parts(case.xs[:, t], h, case.values)[1]
            h, c = step(case.xs[:, t], h, c, case.values)
            path.append(left)
        return {"path": np.stack(path, axis=1)}


class _Gradients(Check):
    """Gradients by hand, against automatic differentiation and finite differences."""

    task = 7
    sequence: ClassVar[bool]

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return lstm_gradients.expected(case, self.sequence)

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
    uses = OneStep.uses
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
    uses = ("lstm_step_gradients", *OverTime.uses, "lstm_over_time")
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


CHECKS: tuple[type[Check], ...] = (
    Gates,
    Candidate,
    CellState,
    HiddenState,
    OneStep,
    OverTime,
    LimitCarry,
    LimitCount,
    LimitRNN,
    DirectPath,
    StepGradients,
    GradientsOverTime,
    *lstm_keras.CHECKS,
    *lstm_text.CHECKS,
    *lstm_adding.CHECKS,
)
