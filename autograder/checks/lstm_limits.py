"""Checks of the lstm unit, task 6: networks inside the LSTM, the direct path of the gradient."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..case import Case, only
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..observe.lstm import GATES, PARAMETERS
from ..verdict import Text
from .lstm_equations import AXES, draw_lstm, parts, step

CANDIDATE = PARAMETERS[9:]
STEP = ("gates", "candidate", "cell_state", "hidden_state", "lstm_step")


class _Limit(Check):
    """A limiting case: the gates are forced, the candidate is left alone."""

    task, points = 6, 3.0
    uses = STEP
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
        return [Finding(self.state, 0.75, problem), Finding("input", 0.25, changed, beside=True)]

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
    uses = (*STEP, "lstm_over_time")
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


CHECKS: tuple[type[Check], ...] = (LimitCarry, LimitCount, LimitRNN, DirectPath)
