"""Checks of a unit's language model and its perplexity, in three parts; each unit names its cell.

    the same model   the reference's trained weights in the student's cell give its perplexity
    it learns        a short run of the student's own code falls as the reference's does
    the result       weights handed in, or else the short run, reach the threshold

A unit's checks are subclasses with an id, a sentence and a `model`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..verdict import Text
from .held_out_text import BATCH, DATA, WEIGHT_SEED, perplexity, text
from .keras_cell import number, truth

THETA, CLIPPING_SHARE = 1.0, 0.2
TOO_GOOD = 0.75  # times the best of the ladder, all n-grams and long trainings among it


@dataclass(frozen=True)
class Model:
    """The language model that a unit asks for, and how the reference's is trained."""

    unit: str
    name: str
    """As the ladder calls it: "GRU"."""
    cell: str
    """Name of the student's Keras cell."""
    parameters: tuple[str, ...]
    """The cell's arrays, as `load` takes them."""
    short_epochs: int = 2
    budget_epochs: int = 4
    full_epochs: int = 12
    embedding: int = 32
    units: int = 64

    @cached_property
    def calibration(self) -> dict[str, Any]:
        """Thresholds with their evidence, as `course calibrate` wrote them."""
        file = DATA / f"{self.unit}.json"
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    @cached_property
    def trained(self) -> dict[str, np.ndarray]:
        """The reference's trained weights: the cell's arrays, `embedding`, `W_out`, `b_out`."""
        with np.load(DATA / f"{self.unit}.npz", allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}

    def decoded(self, hs: np.ndarray) -> float:
        """Held-out perplexity of hidden states under the reference's trained output layer."""
        logits = hs @ self.trained["W_out"] + self.trained["b_out"]
        return perplexity(logits, text()["held_out_targets"][: len(hs)])

    def ladder_text(self, threshold: float) -> Text:
        """The threshold beside the numbers of the simpler models on the same held-out text."""
        rungs = self.calibration["ladder"]
        en = ", ".join(f"{name} {value:.2f}" for name, value in rungs.items())
        return Text(
            f" (threshold {threshold:.2f}; on the same text: {en})",
            f"（阈值 {threshold:.2f}；同一文本上：{en}）",
        )


class _OfModel(Check):
    """A check of a unit's language model."""

    model: ClassVar[Model]


class LanguageModel(_OfModel):
    """The model maps ids to logits, uses the student's cell, and never sees the future."""

    equation = "ids (batch, time) → logits (batch, time, vocabulary);  p(x_{t+1} | x_1 … x_t)"
    provides = ("language_model",)
    hidden_cases = 1
    changed_at = 5

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        ids = rng.integers(0, 11, (4, 9)).astype(np.int32)
        changed = ids.copy()
        changed[:, self.changed_at] = (changed[:, self.changed_at] + 1) % 11
        return {
            "ids": ids,
            "changed_ids": changed,
            "vocabulary_size": 11,
            "embedding_size": 6,
            "units": 8,
            "weight_seed": int(rng.integers(1, 2**31)),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"shape": np.array([*case.ids.shape, case.vocabulary_size])}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        shape = tuple(int(n) for n in expected["shape"])
        logits, changed = seen.get("logits"), seen.get("logits_of_changed")
        wanted = np.zeros(shape) if logits is None or logits.shape != shape else logits
        axes = "batch time vocabulary"
        problem = same_array("logits", logits, wanted, axes)
        problem = problem or same_array("logits", changed, np.zeros(shape), axes, rtol=np.inf)
        if problem is None and logits is not None and changed is not None:
            problem = self._properties(logits, changed, number(seen, "cell_calls"))
        if problem is None and _of_one_size(seen):
            problem = Text(
                "The model has as many numbers with an embedding of twice the size: is "
                "embedding_size used?",
                "词向量的维数加倍后，模型的参数个数没有变：用上 embedding_size 了吗？",
            )
        return [Finding("model", 1.0, problem)]

    def _properties(self, logits: np.ndarray, changed: np.ndarray, calls: int) -> Text | None:
        if _are_probabilities(logits):
            return Text(
                "The model returns probabilities (each row sums to 1); expected logits. The "
                "softmax belongs to the loss (from_logits=True): two of them flatten the result.",
                "模型返回的是概率（每行之和为 1）；应返回 logits。softmax 属于损失函数"
                "（from_logits=True），做两次会把分布压平。",
            )
        gap = np.abs(logits - changed).max(axis=(0, 2))
        if gap[: self.changed_at].max() > 1e-5:
            return Text(
                f"The model sees the future: changing token {self.changed_at} changed logits at "
                f"earlier time steps (by up to {gap[: self.changed_at].max():.2g}).",
                f"模型偷看了未来：改动第 {self.changed_at} 个字符后，更早时间步的 logits 也变了"
                f"（最大变化 {gap[: self.changed_at].max():.2g}）。",
            )
        if gap[self.changed_at] < 1e-7:
            return Text(
                "The logits do not depend on the current token: is the input used?",
                "logits 与当前字符无关：输入用上了吗？",
            )
        if gap[self.changed_at + 1] < 1e-7:
            return Text(
                "The logits depend on the current token only: the state is not carried on.",
                "logits 只依赖当前字符：状态没有传下去。",
            )
        if calls < 1:
            return Text(
                f"The model never calls your {self.model.cell}: build it with "
                f"keras.layers.RNN({self.model.cell}(units)).",
                f"模型从未调用你的 {self.model.cell}；"
                f"请用 keras.layers.RNN({self.model.cell}(units)) 搭建。",
            )
        return None

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        logits, changed = seen.get("logits"), seen.get("logits_of_changed")
        alike = logits is not None and changed is not None and logits.shape == changed.shape
        if logits is None or changed is None or not alike or logits.ndim != 3 or not logits.size:
            shape = np.array([0] if logits is None else logits.shape)
            return {"shape": shape}
        gap = np.abs(logits - changed).max(axis=(0, 2)) > 1e-7
        return {
            "shape": np.array(logits.shape),
            "changed": gap,
            "probabilities": np.array(_are_probabilities(logits)),
            "uses_cell": np.array(number(seen, "cell_calls") > 0),
            "of_one_size": np.array(_of_one_size(seen)),
        }


def _of_one_size(seen: Arrays) -> bool:
    """Whether the size of the embedding changes nothing in the number of parameters."""
    sizes = np.ravel(seen.get("sizes", np.array([0, 1])))
    return len(sizes) == 2 and bool(sizes[0] == sizes[1])


def _are_probabilities(logits: np.ndarray) -> bool:
    return bool(logits.min() >= 0.0 and np.abs(logits.sum(axis=-1) - 1.0).max() < 1e-4)


class SameModel(_OfModel):
    """With the reference's trained weights your cell gives the reference's perplexity."""

    equation = "perplexity = exp(−(1/T) Σ_t log p(y_t))"
    outputs = {"hs": "batch time units"}
    reveals = True  # trained weights, which the next checks ask for
    hidden_cases = 0

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        weights = self.model.trained
        ids = text()["held_out_inputs"][:24]
        return {
            **{name: weights[name].astype(np.float64) for name in self.model.parameters},
            "features": self.model.embedding,
            "units": self.model.units,
            "embedded": weights["embedding"][ids].astype(np.float32),
        }

    def from_zero(self, xs: np.ndarray, params: Mapping[str, np.ndarray]) -> np.ndarray:
        """Second implementation: xs (batch, time, features), parameters -> hs, from zero states."""
        raise NotImplementedError

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        hs = self.from_zero(case.embedded.astype(np.float64), case.values)
        return {"perplexity": np.array(self.model.decoded(hs))}

    def at_home(self, case: Case) -> dict[str, np.ndarray]:
        """The states: the output layer that makes a perplexity of them is no student's to have."""
        return {"hs": self.from_zero(case.embedded.astype(np.float64), case.values)}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        wanted = float(expected["perplexity"])
        hs = seen.get("hs")
        problem = same_array("hs", hs, np.zeros(_shape_of_states(case)), "batch time units", 1e9)
        if problem is None and hs is not None:
            got = self.model.decoded(hs.astype(np.float64))
            if abs(got / wanted - 1.0) > 1e-3:
                problem = Text(
                    f"Held-out perplexity is {got:.3f} with the reference's trained weights in "
                    f"your cell; expected {wanted:.3f} (±0.1 %).",
                    f"把参考答案训练好的权重装入你的单元后，留出文本的困惑度为 {got:.3f}；"
                    f"应为 {wanted:.3f}（±0.1 %）。",
                )
        return [Finding("perplexity", 1.0, problem)]


def _shape_of_states(case: Case) -> tuple[int, int, int]:
    batch, time, _ = case.embedded.shape
    return batch, time, case.units


class _Trained(_OfModel):
    """A check whose observation may train."""

    trains = True
    hidden_cases = 0
    budgets: ClassVar[tuple[str, ...]]
    """Which of the calibrated thresholds this check has."""

    def ladder(self) -> tuple[Mapping[str, float], tuple[float, ...]] | None:
        found = self.model.calibration
        return found["ladder"], tuple(float(found[budget]) for budget in self.budgets)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        data = dict(text())
        size = int(data.pop("vocabulary_size"))
        data.pop("held_out_targets")
        return {
            **data,
            "vocabulary_size": size,
            "embedding_size": self.model.embedding,
            "units": self.model.units,
            "batch": BATCH,
            "epochs": int(self.model.calibration["short_epochs"]),
            "weight_seed": WEIGHT_SEED,  # the same for all: one run serves two checks
        }

    def _perplexity(self, seen: Arrays, case: Case) -> tuple[float, Text | None]:
        shape = (*case.held_out_inputs.shape, case.vocabulary_size)
        logits = seen.get("logits")
        axes = "batch time vocabulary"
        problem = same_array("logits", logits, np.zeros(shape), axes, rtol=1e9)
        if problem is not None or logits is None:
            return float(case.vocabulary_size), problem
        return perplexity(logits, text()["held_out_targets"]), None

    def _floor(self) -> float:
        """Below this nothing comes that has not seen the text that it predicts."""
        return TOO_GOOD * min(float(value) for value in self.model.calibration["ladder"].values())

    def _too_good(self, got: float) -> Text:
        return Text(
            f"A held-out perplexity of {got:.2f} is better than that of any model that does not "
            "know the text: does yours read later characters, or has it been trained on "
            "the held-out text?",
            f"留出文本上的困惑度为 {got:.2f}，比任何没见过这段文本的模型都好："
            "模型是否偷看了后面的字符，或用留出文本训练过？",
        ) + self.model.ladder_text(self._floor())


class Learns(_Trained):
    """A short training run of your own code learns as the reference does."""

    budgets = ("short_threshold",)

    equation = "L = −(1/T) Σ_t log p(y_t);   g ← min(1, θ/‖g‖) g"
    provides = ("train",)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"threshold": np.array(self.model.calibration["short_threshold"])}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        threshold = float(expected["threshold"])
        got, problem = self._perplexity(seen, case)
        if problem is None and got < self._floor():
            return [Finding("learns", 1.0, self._too_good(got))]
        measured = got if problem is None else None
        if problem is None and got > threshold:
            problem = Text(
                f"After {case.epochs} epochs the held-out perplexity is {got:.2f}",
                f"训练 {case.epochs} 轮后，留出文本的困惑度为 {got:.2f}",
            ) + self.model.ladder_text(threshold)
        moved = got <= 1.2 * float(self.model.calibration["ladder"]["unigram"])
        part = "learns" if moved else "hardly moved"
        if truth(seen, "loss_takes_probabilities", False):
            part = "from_logits"
        findings = [
            Finding(part, 0.6, problem, measured),
            Finding("losses", 0.2, self._losses(seen, case)),
            Finding(*clipping(seen)),
        ]
        return findings if moved else without_credit(findings)

    def _losses(self, seen: Arrays, case: Case) -> Text | None:
        losses = seen.get("losses")
        if losses is None or losses.shape != (case.epochs,) or not np.all(np.isfinite(losses)):
            got = "None" if losses is None else f"an array of shape {losses.shape}"
            return Text(
                f"train returned {got}; expected {case.epochs} finite mean losses, one an epoch.",
                f"train 返回了 {got}；应返回 {case.epochs} 个有限的平均损失，每轮一个。",
            )
        if losses[0] > 1.5 * np.log(case.vocabulary_size) or losses[-1] >= losses[0]:
            return Text(
                f"The losses go from {losses[0]:.3g} to {losses[-1]:.3g}; expected mean nats per "
                f"character that start below ln {case.vocabulary_size} and fall. A sum over the "
                "window instead of a mean?",
                f"损失从 {losses[0]:.3g} 变为 {losses[-1]:.3g}；应为每字符平均纳特，"
                f"从 ln {case.vocabulary_size} 以下开始下降。是否求了和而不是平均？",
            )
        return None


def single(seen: Arrays, name: str) -> float:
    """An observed number; NaN if it is not there or not single."""
    value = seen.get(name, np.array(np.nan))
    return float(np.ravel(value)[0]) if np.size(value) == 1 else float("nan")


def without_credit(findings: list[Finding]) -> list[Finding]:
    """The same problems, and no points: losses and clipping of a training that trained nothing."""
    return [replace(finding, share=0.0) for finding in findings]


def clipping(seen: Arrays) -> tuple[str, float, Text | None]:
    """The part, its share, and what is wrong with the clipping, as far as it can be seen."""
    if truth(seen, "other_clipping", False):
        problem = Text(
            "The optimizer clips each array by itself (clipnorm or clipvalue), which turns the "
            "gradient; expected one common factor, min(1, θ/‖g‖), from the global norm.",
            "优化器对每个数组分别裁剪（clipnorm 或 clipvalue），会改变梯度方向；"
            "应按全局范数用同一个因子 min(1, θ/‖g‖)。",
        )
        return "clipping", CLIPPING_SHARE, problem
    theta = single(seen, "theta")
    if theta == 0.0:
        problem = Text(
            f"Nothing clips the gradients: expected g ← min(1, θ/‖g‖) g with θ = {THETA:g} "
            f"(global_clipnorm={THETA}, or your own train_step).",
            f"没有裁剪梯度：应做 g ← min(1, θ/‖g‖) g，θ = {THETA:g}"
            f"（global_clipnorm={THETA}，或自己写 train_step）。",
        )
        return "no clipping", CLIPPING_SHARE, problem
    if np.isfinite(theta) and theta != THETA:
        problem = Text(
            f"The gradients are clipped to global norm {theta:g}; expected θ = {THETA:g}.",
            f"梯度被裁剪到全局范数 {theta:g}；应为 θ = {THETA:g}。",
        )
        return "another θ", CLIPPING_SHARE, problem
    return "clipping", CLIPPING_SHARE, None


class Result(_Trained):
    """The trained model reaches the threshold on held-out text."""

    budgets = ("threshold", "short_threshold")

    equation = "perplexity = exp(−(1/T) Σ_t log p(y_t)) on held-out text"

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {
            "handed_in": np.array(self.model.calibration["threshold"]),
            "trained_here": np.array(self.model.calibration["short_threshold"]),
        }

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        handed_in = number(seen, "handed_in") == 1
        threshold = float(expected["handed_in" if handed_in else "trained_here"])
        got, problem = self._perplexity(seen, case)
        measured = got if problem is None else None
        if problem is None and got < self._floor():
            problem = self._too_good(got)
        elif problem is None and got > threshold:
            problem = Text(
                "The weights you handed in give"
                if handed_in
                else f"No weights were handed in; {case.epochs} epochs of your train give",
                "你交的权重" if handed_in else f"没有交权重；用你的 train 训练 {case.epochs} 轮",
            )
            problem += Text(
                f" a held-out perplexity of {got:.2f}", f"在留出文本上的困惑度为 {got:.2f}"
            )
            problem += self.model.ladder_text(threshold)
        return [Finding("result", 1.0, problem, measured)]
