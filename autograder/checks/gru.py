"""Checks of the gru unit. Expected values come from a second implementation, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Arrays, Check, Finding, Limit, at
from ..compare import same_array
from ..observe.gru import PARAMETERS
from ..verdict import Text
from . import gru_gradients, gru_keras, gru_text
from .gru_equations import AXES, GATE_PARAMETERS, draw_gru, gates, over_time, sigmoid, sizes, step

EQUATION_1 = "r_t = σ(x_t W_xr + h_{t-1} W_hr + b_r)"
EQUATION_2 = "z_t = σ(x_t W_xz + h_{t-1} W_hz + b_z)"
EQUATION_3 = "h̃_t = tanh(x_t W_xh + (r_t ⊙ h_{t-1}) W_hh + b_h)"
EQUATION_4 = "h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ h̃_t"


class ResetGate(Check):
    """The reset gate follows equation (1)."""

    id, task, points = "gru.reset_gate", 1, 5.0
    zh = "重置门符合公式 (1)。"
    equation = EQUATION_1
    provides = ("reset_gate",)
    outputs = {"r": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), "x", "h_prev", "W_xr", "W_hr", "b_r")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"r": sigmoid(case.x @ case.W_xr + case.h_prev @ case.W_hr + case.b_r)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("x_t = 0", x=0 * case.x),
            at("h_{t-1} = 0", h_prev=0 * case.h_prev),
            at("b_r = 0", b_r=0 * case.b_r),
        )


class UpdateGate(Check):
    """The update gate follows equation (2)."""

    id, task, points = "gru.update_gate", 2, 5.0
    zh = "更新门符合公式 (2)。"
    equation = EQUATION_2
    provides = ("update_gate",)
    outputs = {"z": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), "x", "h_prev", "W_xz", "W_hz", "b_z")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"z": sigmoid(case.x @ case.W_xz + case.h_prev @ case.W_hz + case.b_z)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("x_t = 0", x=0 * case.x),
            at("h_{t-1} = 0", h_prev=0 * case.h_prev),
            at("b_z = 0", b_z=0 * case.b_z),
        )


class Candidate(Check):
    """The candidate state follows equation (3): the reset gate acts before the product."""

    id, task, points = "gru.candidate", 3, 7.0
    zh = "候选隐状态符合公式 (3)：重置门先作用于 h，再与 W_hh 相乘。"
    equation = EQUATION_3
    provides = ("candidate",)
    outputs = {"h_tilde": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_gru(rng)
        values["r"] = rng.uniform(0.05, 0.95, values["h_prev"].shape)
        return only(values, "x", "h_prev", "r", "W_xh", "W_hh", "b_h")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        product = (case.r * case.h_prev) @ case.W_hh
        return {"h_tilde": np.tanh(case.x @ case.W_xh + product + case.b_h)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("r_t = 1", r=0 * case.r + 1),
            at("r_t = 0", r=0 * case.r),
            at("h_{t-1} = 0", h_prev=0 * case.h_prev),
            at("b_h = 0", b_h=0 * case.b_h),
        )


class NewState(Check):
    """The new state follows equation (4): the update gate weighs the old state."""

    id, task, points = "gru.new_state", 4, 5.0
    zh = "新隐状态符合公式 (4)：更新门是旧状态的权重。"
    equation = EQUATION_4
    provides = ("new_state",)
    outputs = {"h": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        shape = draw_gru(rng)["h_prev"].shape
        return {
            "z": rng.uniform(0.05, 0.95, shape),
            "h_prev": rng.uniform(-0.9, 0.9, shape),
            "h_tilde": rng.uniform(-0.9, 0.9, shape),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"h": case.z * case.h_prev + (1.0 - case.z) * case.h_tilde}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("z_t = 1 (h_t = h_{t-1})", z=0 * case.z + 1),
            at("z_t = 0 (h_t = h̃_t)", z=0 * case.z),
            at("h_{t-1} = 0", h_prev=0 * case.h_prev),
        )


def forced_gates(case: Case) -> tuple[Limit, ...]:
    """The three networks that a GRU becomes where its gates are forced."""
    blind = {name: 0 * case.values[name] for name in GATE_PARAMETERS}

    def forced(r: float, z: float) -> dict[str, Any]:
        return blind | {"b_r": blind["b_r"] + r, "b_z": blind["b_z"] + z}

    return (
        at("z_t = 1 (h_t = h_{t-1})", **forced(0.0, 50.0)),
        at("z_t = 0, r_t = 1 (plain RNN)", **forced(50.0, -50.0)),
        at("z_t = 0, r_t = 0 (h_t = tanh(x_t W_xh + b_h))", **forced(-50.0, -50.0)),
    )


class OneStep(Check):
    """One GRU step follows equations (1) to (4)."""

    id, task, points = "gru.one_step", 5, 4.0
    zh = "GRU 的一步符合公式 (1) 到 (4)。"
    equation = f"{EQUATION_1}\n{EQUATION_2}\n{EQUATION_3}\n{EQUATION_4}"
    provides = ("gru_step",)
    uses = ("reset_gate", "update_gate", "candidate", "new_state")
    outputs = {"h": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), "x", "h_prev", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"h": step(case.x, case.h_prev, case.values)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (*forced_gates(case), at("h_{t-1} = 0", h_prev=0 * case.h_prev))


class OverTime(Check):
    """Over time, each step starts from the state that the step before it left."""

    id, task, points = "gru.over_time", 5, 6.0
    zh = "沿时间展开时，每一步都从上一步留下的状态出发。"
    equation = "h_t = GRU(x_t, h_{t-1}),  t = 1 … T;  returns (h_1 … h_T), h_T"
    provides = ("gru_over_time",)
    uses = ("gru_step", *OneStep.uses)
    outputs = {"hs": "batch time units", "h_T": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), "xs", "h_0", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        hs = over_time(case.xs, case.h_0, case.values)
        return {"hs": hs, "h_T": hs[:, -1]}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            *forced_gates(case),
            at("h_0 = 0", h_0=0 * case.h_0),
            at("T = 1", xs=case.xs[:, :1]),
        )


class _Limit(Check):
    """A limiting case: the gates are forced, the rest is left alone."""

    task, points = 6, 4.0
    uses = ("gru_step", *OneStep.uses)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), "x", "h_prev", *PARAMETERS)

    def target(self, case: Case) -> np.ndarray:
        raise NotImplementedError

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"h": self.target(case)}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        problem: Text | None = None
        for name in PARAMETERS:
            wanted = case.values[name]
            axes = AXES[name]
            got = seen.get(name)
            if name in GATE_PARAMETERS and got is not None and got.shape == wanted.shape:
                wanted = np.asarray(got, dtype=np.float64)  # free to choose, if a finite array
            problem = problem or same_array(name, got, wanted, axes)
        if problem is None:
            problem = same_array("h_t", seen.get("h"), expected["h"], "batch units", rtol=1e-6)
        changed = None
        if not bool(seen.get("input_unchanged", np.array(True))):
            changed = Text(
                "Your function changed the dict that it was given; return a new one "
                "(`{**params, ...}`) so that the caller's parameters stay as they are.",
                "你的函数改动了传入的字典；请返回一个新字典（`{**params, ...}`），"
                "不要改动调用者的参数。",
            )
        return [Finding("h", 0.75, problem), Finding("input", 0.25, changed, beside=True)]

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        if "h" not in seen:
            return seen
        return {
            "h": seen["h"],
            "kept": np.array([np.array_equal(seen[n], case.values[n]) for n in PARAMETERS[6:]]),
            "input_unchanged": seen["input_unchanged"],
        }


class LimitCopy(_Limit):
    """With the update gate at 1 the GRU copies its state."""

    id = "gru.limit_copy"
    zh = "更新门为 1 时，GRU 原样复制状态。"
    equation = "z_t = 1  ⇒  h_t = h_{t-1}"
    provides = ("copy_params",)

    def target(self, case: Case) -> np.ndarray:
        return np.asarray(case.h_prev)


class LimitPlainRNN(_Limit):
    """With the update gate at 0 and the reset gate at 1 the GRU is the plain RNN."""

    id = "gru.limit_plain_rnn"
    zh = "更新门为 0、重置门为 1 时，GRU 就是普通 RNN。"
    equation = "z_t = 0, r_t = 1  ⇒  h_t = tanh(x_t W_xh + h_{t-1} W_hh + b_h)"
    provides = ("plain_rnn_params",)

    def target(self, case: Case) -> np.ndarray:
        return np.asarray(np.tanh(case.x @ case.W_xh + case.h_prev @ case.W_hh + case.b_h))


class LimitForget(_Limit):
    """With both gates at 0 the GRU forgets its state."""

    id = "gru.limit_forget"
    zh = "两个门都为 0 时，GRU 忘掉过去的状态。"
    equation = "z_t = 0, r_t = 0  ⇒  h_t = tanh(x_t W_xh + b_h)"
    provides = ("forget_params",)

    def target(self, case: Case) -> np.ndarray:
        return np.asarray(np.tanh(case.x @ case.W_xh + case.b_h))


class _Gradients(Check):
    """Gradients by hand, against complex steps and finite differences."""

    task = 7
    sequence: bool

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return gru_gradients.expected(case, self.sequence)

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

    id, points, sequence = "gru.step_gradients", 8.0, False
    zh = "手推的一步梯度与自动微分一致。"
    equation = (
        "∂L/∂h̃ = dh ⊙ (1 − z),  ∂L/∂z = dh ⊙ (h_{t-1} − h̃),  σ′ = σ (1 − σ),  tanh′ = 1 − tanh²"
    )
    provides = ("gru_step_gradients",)
    uses = OneStep.uses
    outputs = {"dL/dx": "batch features", "dL/dh_prev": "batch units", **_PARAMETER_AXES}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_gru(rng)
        values["dh"] = rng.normal(0.0, 1.0, values["h_prev"].shape)
        return only(values, "x", "h_prev", "dh", *PARAMETERS)


class GradientsOverTime(_Gradients):
    """Back-propagation through time adds what every later step sends back."""

    id, points, sequence = "gru.gradients_over_time", 6.0, True
    zh = "时间反向传播把后面每一步传回的梯度都加起来。"
    equation = "δ_t = ∂L/∂h_t = dhs_t + δ_{t+1} ∂h_{t+1}/∂h_t;   ∂L/∂W = Σ_t δ_t ∂h_t/∂W"
    provides = ("gru_gradients",)
    uses = ("gru_step_gradients", *OverTime.uses, "gru_over_time")
    outputs = {"dL/dxs": "batch time features", "dL/dh_0": "batch units", **_PARAMETER_AXES}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_gru(rng)
        shape = (values["batch"], values["time"], values["units"])
        values["dhs"] = rng.normal(0.0, 1.0, shape)
        return only(values, "xs", "h_0", "dhs", *PARAMETERS)


class GatesOverTime(Check):
    """The gates are read along the GRU's own states."""

    id, task, points = "gru.gates_over_time", 10, 3.0
    zh = "沿着 GRU 自己的状态读出两个门。"
    equation = f"{EQUATION_1}\n{EQUATION_2}   for t = 1 … T"
    provides = ("gates_over_time",)
    uses = ("reset_gate", "update_gate", "gru_step", "gru_over_time", "candidate", "new_state")
    outputs = {"r": "batch time units", "z": "batch time units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), "xs", "h_0", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        before = over_time(case.xs, case.h_0, case.values)[:, :-1]
        states = np.concatenate([case.h_0[:, None], before], axis=1)
        r, z = gates(case.xs, states, case.values)
        return {"r": r, "z": z}


class HalfLife(Check):
    """The half-life is the number of steps after which half of a memory is left."""

    id, task, points = "gru.half_life", 10, 5.0
    zh = "半衰期是记忆剩下一半所需的步数。"
    equation = "half-life = ln(1/2) / mean over batch and time of ln z"
    provides = ("half_life",)
    outputs = {"half_life": "units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = sizes(rng)
        shape = (n["batch"], n["time"], n["units"])
        return {"z": rng.beta(6.0, 2.0, shape).clip(0.05, 0.99)}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"half_life": np.log(0.5) / np.log(case.z).mean(axis=(0, 1))}


CHECKS: tuple[type[Check], ...] = (
    ResetGate,
    UpdateGate,
    Candidate,
    NewState,
    OneStep,
    OverTime,
    LimitCopy,
    LimitPlainRNN,
    LimitForget,
    StepGradients,
    GradientsOverTime,
    *gru_keras.CHECKS,
    *gru_text.CHECKS,
    GatesOverTime,
    HalfLife,
)
