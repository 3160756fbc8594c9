"""Checks of the bptt unit, tasks 1 to 4, against complex steps and closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Arrays, Check, Finding, Limit, at
from ..observe.bptt import WEIGHTS
from . import bptt_clipping, bptt_gradients, bptt_numerical, bptt_paths, bptt_truncation
from .differentiate import EPSILON, complex_step

EQUATION_1 = "∂L/∂W_ho = Σ_t h_tᵀ ∂L/∂o_t"
EQUATION_2 = "∂L/∂W_hh = Σ_t Σ_{i≤t} h_{i-1}ᵀ g_t (W_hhᵀ)^{t−i},   g_t = ∂L/∂o_t W_hoᵀ"
EQUATION_3 = "∂L/∂W_xh = Σ_t Σ_{i≤t} x_iᵀ g_t (W_hhᵀ)^{t−i},   g_t = ∂L/∂o_t W_hoᵀ"
EQUATION_4 = "∂L/∂o_t = softmax(o_t) − onehot(y_t)"
EQUATION_5 = "g_t = ∂L/∂o_t W_hoᵀ"
EQUATION_6 = "ε_t = ∂L/∂a_t = δ_t ⊙ (1 − h_t²)"
EQUATION_7 = "what ε_t sends back to h_{t-1}:  ε_t W_hhᵀ"
EQUATION_8 = "δ_T = g_T,   δ_t = g_t + ε_{t+1} W_hhᵀ,   δ_0 = ε_1 W_hhᵀ,   ε_t = δ_t ⊙ (1 − h_t²)"
EQUATION_9 = (
    "∂L/∂W_xh = Σ x_tᵀ ε_t,  ∂L/∂W_hh = Σ h_{t-1}ᵀ ε_t,  ∂L/∂b_h = Σ ε_t,  "
    "∂L/∂W_ho = Σ h_tᵀ ∂L/∂o_t,  ∂L/∂b_o = Σ ∂L/∂o_t"
)
EQUATION_11 = "J_t[i, j] = ∂h_t[i]/∂h_{t-1}[j] = (1 − h_t[i]²) W_hh[j, i]"
EQUATION_12 = "‖∂h_T/∂h_{T−n}‖,   ∂h_T/∂h_{T−n} = J_T J_{T−1} ⋯ J_{T−n+1},   n = 0 … T"
EQUATION_13 = "ρ(W) = max_k |λ_k(W)|"
GRADIENT_AXES = {
    "W_xh": "features, units",
    "W_hh": "units, units",
    "W_ho": "units, outputs",
    "b_h": "units",
    "b_o": "outputs",
    "xs": "batch, time, features",
    "h_0": "batch, units",
}


def sizes(rng: np.random.Generator) -> dict[str, int]:
    """Batch, time, features, units and outputs, all different; at least four steps in time."""
    time = int(rng.integers(4, 7))
    others = rng.permutation([n for n in (2, 3, 4, 5, 6) if n != time])
    batch, features, units, outputs = (int(n) for n in others)
    return {"batch": batch, "time": time, "features": features, "units": units, "outputs": outputs}


def draw_network(rng: np.random.Generator, linear: bool = False) -> dict[str, Any]:
    """Weights, inputs, an initial state, the states and outputs, and ∂L/∂o of some loss."""
    n = sizes(rng)
    shapes = {
        "W_xh": (n["features"], n["units"]),
        "W_hh": (n["units"], n["units"]),
        "W_ho": (n["units"], n["outputs"]),
        "b_h": (n["units"],),
        "b_o": (n["outputs"],),
    }
    values: dict[str, Any] = {name: rng.normal(0.0, 0.6, shape) for name, shape in shapes.items()}
    if linear:
        values |= {"b_h": np.zeros(n["units"]), "b_o": np.zeros(n["outputs"])}
    values["xs"] = rng.normal(0.0, 1.0, (n["batch"], n["time"], n["features"]))
    values["h_0"] = rng.uniform(-0.9, 0.9, (n["batch"], n["units"]))
    values["hs"] = bptt_gradients.states(values, linear)
    values["d_os"] = rng.normal(0.0, 1.0, (n["batch"], n["time"], n["outputs"]))
    return values


def counts(d_os: np.ndarray) -> dict[str, float]:
    """What a sum is divided by when it is taken for a mean."""
    batch, time = d_os.shape[:2]
    return {"batch size": batch, "number of time steps": time, "batch size × time": batch * time}


def some_losses(d_os: np.ndarray) -> tuple[Limit, ...]:
    """Two limiting cases: only the last loss counts, or only the first."""
    step = np.arange(d_os.shape[1])[:, None]
    return (
        at("∂L/∂o_t = 0 for t < T", d_os=d_os * (step == step.max())),
        at("∂L/∂o_t = 0 for t > 1", d_os=d_os * (step == 0)),
    )


class _Named(Check):
    """Observed arrays are gradients; the student reads them as dL/d…"""

    def context(self, case: Case) -> dict[str, float]:
        return counts(case.d_os)

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        named = {f"dL/d{name}": array for name, array in expected.items()}
        return super().judge({f"dL/d{name}": a for name, a in seen.items()}, named, case)


class _Linear(_Named):
    """One gradient of the lecture's linear RNN, against complex steps through the forward pass."""

    task = 1
    target: str

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return draw_network(rng, linear=True)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        def loss(moved: Arrays) -> Any:
            values = {**case.values, **moved}
            return np.sum(case.d_os * bptt_gradients.outputs(values, linear=True))

        return complex_step(loss, {self.target: case.values[self.target]})

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return some_losses(case.d_os)


class LinearWho(_Linear):
    """In the linear RNN, the gradient of W_ho is the sum of h_tᵀ ∂L/∂o_t, equation (1)."""

    id, points, target = "bptt.linear_W_ho", 3.0, "W_ho"
    zh = "线性 RNN 中，W_ho 的梯度是 h_tᵀ ∂L/∂o_t 之和，公式 (1)。"
    equation = EQUATION_1
    provides = ("linear_W_ho_gradient",)
    outputs = {"dL/dW_ho": GRADIENT_AXES["W_ho"]}


class LinearWhh(_Linear):
    """In the linear RNN, the gradient of W_hh sums over all losses and all earlier steps, (2)."""

    id, points, target = "bptt.linear_W_hh", 5.0, "W_hh"
    zh = "线性 RNN 中，W_hh 的梯度对所有损失及其之前的所有步求和，公式 (2)。"
    equation = EQUATION_2
    provides = ("linear_W_hh_gradient",)
    outputs = {"dL/dW_hh": GRADIENT_AXES["W_hh"]}


class LinearWxh(_Linear):
    """In the linear RNN, the gradient of W_xh sums over all losses and all earlier inputs, (3)."""

    id, points, target = "bptt.linear_W_xh", 4.0, "W_xh"
    zh = "线性 RNN 中，W_xh 的梯度对所有损失及其之前的所有输入求和，公式 (3)。"
    equation = EQUATION_3
    provides = ("linear_W_xh_gradient",)
    outputs = {"dL/dW_xh": GRADIENT_AXES["W_xh"]}


class OutputGradient(Check):
    """Line 1: the loss tells each output softmax minus one-hot, equation (4)."""

    id, task, points = "bptt.output_gradient", 2, 4.0
    zh = "第一行：损失传给输出的是 softmax 减独热向量，公式 (4)。"
    equation = EQUATION_4
    provides = ("output_gradient",)
    outputs = {"d_os": "batch, time, outputs"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        shape = draw_network(rng)["d_os"].shape
        logits = rng.normal(0.0, 2.0, shape)
        logits[-1, 1] += 1000.0  # the same softmax, but exp overflows
        return {"os": logits, "ys": rng.integers(0, shape[2], shape[:2])}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        log_sum = np.logaddexp.reduce(case.os, axis=-1, keepdims=True)
        true = np.arange(case.os.shape[2]) == case.ys[..., None]
        return {"d_os": np.exp(case.os - log_sum) - true}

    def context(self, case: Case) -> dict[str, float]:
        return counts(case.os)


class OwnPart(Check):
    """Line 2: through the output layer each state gets ∂L/∂o_t W_hoᵀ, equation (5)."""

    id, task, points = "bptt.own_part", 2, 3.0
    zh = "第二行：经过输出层，每个状态得到 ∂L/∂o_t W_hoᵀ，公式 (5)。"
    equation = EQUATION_5
    provides = ("own_part",)
    outputs = {"gs": "batch, time, units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "d_os", "W_ho")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"gs": np.einsum("bto,uo->btu", case.d_os, case.W_ho)}


class ThroughTanh(Check):
    """Line 3: back through tanh the gradient is multiplied by 1 − h², equation (6)."""

    id, task, points = "bptt.through_tanh", 2, 3.0
    zh = "第三行：反向穿过 tanh，梯度乘上 1 − h²，公式 (6)。"
    equation = EQUATION_6
    provides = ("through_tanh",)
    outputs = {"epsilon": "batch, units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        h = draw_network(rng)["hs"][:, 1]
        return {"delta": rng.normal(0.0, 1.0, h.shape), "h": h}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"epsilon": case.delta / np.cosh(np.arctanh(case.h)) ** 2}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (at("h = 0 (ε = δ)", h=0 * case.h), at("h ≥ 0", h=np.abs(case.h)))


class OneStepBack(Check):
    """Line 4: one step back in time is a product with W_hh transposed, equation (7)."""

    id, task, points = "bptt.one_step_back", 2, 3.0
    zh = "第四行：沿时间往回一步就是乘以 W_hh 的转置，公式 (7)。"
    equation = EQUATION_7
    provides = ("one_step_back",)
    outputs = {"back": "batch, units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_network(rng)
        return {"epsilon": rng.normal(0.0, 1.0, values["h_0"].shape), "W_hh": values["W_hh"]}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"back": np.einsum("bj,ij->bi", case.epsilon, case.W_hh)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("W_hh = 1 (the same ε)", W_hh=np.eye(len(case.W_hh))),
            at("W_hh = W_hhᵀ", W_hh=case.W_hh + case.W_hh.T),
        )


class Deltas(Check):
    """Line 5: δ_t adds h_t's own part and what the next state sends back, equation (8)."""

    id, task, points = "bptt.deltas", 2, 6.0
    zh = "第五行：δ_t 是 h_t 自己那一份，加上下一个状态传回来的部分，公式 (8)。"
    equation = EQUATION_8
    provides = ("deltas",)
    uses = ("own_part", "through_tanh", "one_step_back")
    outputs = {"deltas": "batch, time, units", "delta_0": "batch, units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "hs", "d_os", *WEIGHTS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        batch, time, units = case.hs.shape
        arriving = bptt_gradients.paths(case.hs, case.d_os, case.W_ho, case.W_hh).sum(axis=0)
        found = {"deltas": arriving[1:].swapaxes(0, 1), "delta_0": arriving[0]}
        pushes = {"deltas": np.zeros((batch, time, units)), "delta_0": np.zeros((batch, units))}
        again = complex_step(lambda push: self._loss(push, case), pushes)
        return bptt_gradients.agreed(found, again)

    def _loss(self, push: Arrays, case: Case) -> Any:
        """Σ d_os ⊙ os after a push on each state, told from the states alone."""
        total, moved = 0.0, push["delta_0"]
        for t in range(case.hs.shape[1]):
            h = np.tanh(np.arctanh(case.hs[:, t]) + moved @ case.W_hh) + push["deltas"][:, t]
            total = total + np.sum(case.d_os[:, t] * (h @ case.W_ho))
            moved = h - case.hs[:, t]
        return total

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("W_hh = 0 (δ_t = g_t)", W_hh=0 * case.W_hh),
            at("W_hh = W_hhᵀ", W_hh=case.W_hh + case.W_hh.T),
            at("h_t = 0 (every slope is 1)", hs=0 * case.hs),
            *some_losses(case.d_os),
        )

    def context(self, case: Case) -> dict[str, float]:
        return counts(case.d_os)


class WeightGradients(_Named):
    """The weights are shared by all steps, so their gradients are sums over the steps, (9)."""

    id, task, points = "bptt.weight_gradients", 3, 6.0
    zh = "各步共享权重，所以权重的梯度是对各步求和，公式 (9)。"
    equation = EQUATION_9
    provides = ("weight_gradients",)
    outputs = {f"dL/d{name}": GRADIENT_AXES[name] for name in WEIGHTS}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_network(rng)
        values["epsilons"] = rng.normal(0.0, 1.0, values["hs"].shape)
        return only(values, "xs", "h_0", "hs", "d_os", "epsilons")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        features, units, outputs = case.xs.shape[2], case.hs.shape[2], case.d_os.shape[2]
        found = {
            "W_xh": np.zeros((features, units)),
            "W_hh": np.zeros((units, units)),
            "W_ho": np.zeros((units, outputs)),
            "b_h": np.zeros(units),
            "b_o": np.zeros(outputs),
        }
        before = case.h_0
        for t in range(case.hs.shape[1]):
            for b in range(case.hs.shape[0]):
                found["W_xh"] += np.outer(case.xs[b, t], case.epsilons[b, t])
                found["W_hh"] += np.outer(before[b], case.epsilons[b, t])
                found["W_ho"] += np.outer(case.hs[b, t], case.d_os[b, t])
                found["b_h"] += case.epsilons[b, t]
                found["b_o"] += case.d_os[b, t]
            before = case.hs[:, t]
        return found


class RNNGradients(_Named):
    """All gradients of the tanh RNN equal automatic differentiation in float64."""

    id, task, points = "bptt.rnn_gradients", 3, 7.0
    zh = "tanh RNN 的全部梯度与 float64 的自动微分一致。"
    equation = f"{EQUATION_8}\n{EQUATION_9}\n∂L/∂x_t = ε_t W_xhᵀ,  ∂L/∂h_0 = δ_0"
    provides = ("rnn_gradients",)
    uses = ("own_part", "through_tanh", "one_step_back", "deltas", "weight_gradients")
    outputs = {f"dL/d{name}": axes for name, axes in GRADIENT_AXES.items()}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "xs", "h_0", "d_os", *WEIGHTS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return bptt_gradients.full(case.values, case.d_os)

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("W_hh = 0", W_hh=0 * case.W_hh),
            at("h_0 = 0", h_0=0 * case.h_0),
            *some_losses(case.d_os),
        )


class Jacobian(Check):
    """The Jacobian of one step has ∂h_t[i]/∂h_{t-1}[j] in row i, column j, equation (11)."""

    id, task, points = "bptt.jacobian", 4, 4.0
    zh = "单步雅可比矩阵的第 i 行第 j 列是 ∂h_t[i]/∂h_{t-1}[j]，公式 (11)。"
    equation = EQUATION_11
    provides = ("jacobian",)
    outputs = {"J": "new unit, old unit"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_network(rng)
        return {"h": values["hs"][0, -1], "W_hh": values["W_hh"]}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        pushes = 1j * EPSILON * np.eye(len(case.h))  # of one old unit a row
        moved = np.tanh(np.arctanh(case.h) + pushes @ case.W_hh)
        return {"J": moved.imag.T / EPSILON}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("h_t = 0 (J_t = W_hhᵀ)", h=0 * case.h),
            at("W_hh = W_hhᵀ", W_hh=case.W_hh + case.W_hh.T),
        )


class JacobianNorms(Check):
    """The norms of ∂h_T/∂h_{T−n} come from the last n Jacobians, the latest on the left, (12)."""

    id, task, points = "bptt.jacobian_norms", 4, 4.0
    zh = "∂h_T/∂h_{T−n} 的范数由最后 n 个雅可比矩阵相乘得到，越晚的越靠左，公式 (12)。"
    equation = EQUATION_12
    provides = ("jacobian_norms",)
    uses = ("jacobian",)
    outputs = {"norms": "lag"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_network(rng)
        return {"hs": values["hs"][0], "W_hh": values["W_hh"]}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        time, units = case.hs.shape
        found = [1.0]
        for first in reversed(range(time)):  # from the states of row `first` − 1 to the last ones
            moved = 1j * EPSILON * np.eye(units)
            for h in case.hs[first:]:
                moved = 1j * np.tanh(np.arctanh(h) + moved @ case.W_hh).imag
            singular = np.linalg.svd(moved.imag / EPSILON, compute_uv=False)
            found.append(float(singular[0]))
        return {"norms": np.array(found)}


class SpectralRadius(Check):
    """The spectral radius is the largest absolute value of an eigenvalue, equation (13)."""

    id, task, points = "bptt.spectral_radius", 4, 2.0
    zh = "谱半径是特征值绝对值的最大值，公式 (13)。"
    equation = EQUATION_13
    provides = ("spectral_radius",)
    outputs = {"rho": ""}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_radius(rng), "W")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"rho": np.array(radius_of(case.W))}


class WithSpectralRadius(Check):
    """One factor gives a matrix the spectral radius that is asked for."""

    id, task, points = "bptt.with_spectral_radius", 4, 2.0
    zh = "乘上一个数，使矩阵的谱半径等于要求的值。"
    equation = "W ρ / ρ(W)"
    provides = ("with_spectral_radius",)
    uses = ("spectral_radius",)
    outputs = {"W": "units, units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return draw_radius(rng)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"W": case.W / radius_of(case.W) * case.rho}


def draw_radius(rng: np.random.Generator) -> dict[str, Any]:
    """A matrix whose largest eigenvalues are a complex pair left of the imaginary axis."""
    radius, angle = rng.uniform(1.2, 1.8), rng.uniform(1.8, 2.6)
    turn = radius * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    inner = np.diag(rng.uniform(-1.0, 1.0, 5))
    inner[:2, :2] = turn
    basis = np.eye(5) + rng.normal(0.0, 0.3, (5, 5))
    return {"W": basis @ inner @ np.linalg.inv(basis), "rho": float(rng.uniform(0.5, 1.1))}


def radius_of(W: np.ndarray) -> float:
    """lim ‖Wⁿ‖^(1/n), at n = 2⁴⁵ by squaring: no eigenvalue is computed."""
    power, logarithm = W, 0.0  # Wⁿ is power · exp(logarithm)
    for _ in range(45):
        norm = float(np.linalg.norm(power))
        power = (power / norm) @ (power / norm)
        logarithm = 2.0 * (logarithm + np.log(norm))
    return float(np.exp(logarithm / 2.0**45))


CHECKS: tuple[type[Check], ...] = (
    LinearWho,
    LinearWhh,
    LinearWxh,
    OutputGradient,
    OwnPart,
    ThroughTanh,
    OneStepBack,
    Deltas,
    WeightGradients,
    RNNGradients,
    Jacobian,
    JacobianNorms,
    SpectralRadius,
    WithSpectralRadius,
    *bptt_truncation.CHECKS,
    *bptt_clipping.CHECKS,
    *bptt_paths.CHECKS,
    *bptt_numerical.CHECKS,
)
