"""Checks of the rnn unit, tasks 4 and 5: logits to probabilities, losses, perplexity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Arrays, Check, Finding, Limit, at
from ..compare import same_array
from ..verdict import Text
from . import rnn_network as network
from .rnn_network import EQUATION_3, draw_network


class _OfLogits(Check):
    """Logits to an array of the same shape, safe from overflow, the argument left alone."""

    task, points = 4, 4.0

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = network.sizes(rng)
        return {
            "o": network.draw_logits(rng, (n["batch"], n["time"], n["vocabulary"])),
            "large": network.draw_large_logits(rng, (n["batch"], n["vocabulary"])),
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        small = Text("ordinary logits only", "只有普通大小的 logits"), {"large": 0 * case.large}
        return (small, at("o = 0 (p = 1/V)", o=0 * case.o, large=0 * case.large))

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        compared = super().judge(seen, expected, case)
        findings = [Finding(f.part, 0.85 * f.share, f.problem) for f in compared]
        changed = None
        if not bool(seen.get("input_unchanged", np.array(True))):
            changed = Text(
                "Your function changed the logits that it was given (`o -= ...` does); return a "
                "new array (`o - ...`).",
                "你的函数改动了传入的 logits（例如 `o -= ...`）；请返回新数组（`o - ...`）。",
            )
        return [*findings, Finding("input", 0.15, changed, beside=True)]


class Softmax(_OfLogits):
    """The softmax follows equation (3) over the last axis, and large logits do not break it."""

    id = "rnn.softmax"
    zh = "softmax 沿最后一个轴符合公式 (3)，logits 很大时也不出错。"
    equation = EQUATION_3
    provides = ("softmax",)
    outputs = {"p": "batch time vocabulary", "p_of_large_logits": "batch vocabulary"}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {
            "p": np.exp(network.log_probabilities(case.o)),
            "p_of_large_logits": np.exp(network.log_probabilities(case.large)),
        }


class LogSoftmax(_OfLogits):
    """The logarithm of the softmax is finite wherever the logits are."""

    id = "rnn.log_softmax"
    zh = "只要 logits 有限，softmax 的对数就有限。"
    equation = "ln p(y | o) = o[y] − ln Σ_v exp(o[v])"
    provides = ("log_softmax",)
    uses = ("softmax",)
    outputs = {"log_p": "batch time vocabulary", "log_p_of_large_logits": "batch vocabulary"}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {
            "log_p": network.log_probabilities(case.o),
            "log_p_of_large_logits": network.log_probabilities(case.large),
        }


class LogOdds(Check):
    """The odds of two tokens hang on their two output embeddings and biases only."""

    id, task, points = "rnn.log_odds", 4, 3.0
    zh = "两个词元的概率之比只取决于它们的输出嵌入和偏置。"
    equation = "ln p(y | h) / p(y′ | h) = (v_y − v_y′) · h + b_o[y] − b_o[y′],   v_y = W_ho[:, y]"
    provides = ("log_odds",)
    uses = ("output", "log_softmax", "softmax")
    outputs = {"log_odds": "batch"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = draw_network(rng)
        y = rng.integers(0, n["vocabulary"], n["batch"])
        other = (y + rng.integers(1, n["vocabulary"], n["batch"])) % n["vocabulary"]
        ids = {"y": y.astype(np.int32), "other": other.astype(np.int32)}
        return {**only(n, "h", "W_ho", "b_o"), **ids}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        log_p = network.log_probabilities(network.logits(case.h, case.values))
        rows = np.arange(len(case.h))
        return {"log_odds": log_p[rows, case.y] - log_p[rows, case.other]}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        same = Text("y = other (log odds 0)", "y = other（对数为 0）"), {"other": case.y}
        return (at("b_o = 0", b_o=0 * case.b_o), at("h = 0", h=0 * case.h), same)


class TokenLosses(Check):
    """The loss of a token is −ln of the probability that it was given."""

    id, task, points = "rnn.token_losses", 5, 4.0
    zh = "一个词元的损失是它所得概率的负对数。"
    equation = "ℓ_t = −ln p(y_t | o_t)"
    provides = ("token_losses",)
    uses = ("log_softmax", "softmax")
    outputs = {"losses": "batch time", "losses_of_large_logits": "batch time"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = network.sizes(rng)
        shape = n["batch"], n["time"]
        return {
            "o": network.draw_logits(rng, (*shape, n["vocabulary"])),
            "large": network.draw_large_logits(rng, (*shape, n["vocabulary"])),
            "targets": network.draw_ids(rng, shape, n["vocabulary"]),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {
            "losses": network.losses(case.o, case.targets),
            "losses_of_large_logits": network.losses(case.large, case.targets),
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        small = Text("ordinary logits only", "只有普通大小的 logits"), {"large": 0 * case.large}
        return (small, at("o = 0 (ℓ = ln V)", o=0 * case.o, large=0 * case.large))


def draw_padded(
    rng: np.random.Generator, batch: int, time: int, vocabulary: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits, targets and a mask: rows of unequal length, ordinary ids where they are padded."""
    lengths = rng.permutation(np.linspace(1, time, batch).round().astype(int))
    mask = np.arange(time) < lengths[:, None]
    o = network.draw_logits(rng, (batch, time, vocabulary))
    targets = rng.integers(0, vocabulary, (batch, time)).astype(np.int32)
    targets[:, 0] = rng.permutation(np.arange(batch) % vocabulary)
    return o, targets, mask


class MeanLoss(Check):
    """The mean loss counts every token once and padding not at all."""

    id, task, points = "rnn.mean_loss", 5, 3.0
    zh = "平均损失里每个词元算一次，补齐的位置不算。"
    equation = "π = Σ_{b,t} m_bt ℓ_bt / Σ_{b,t} m_bt"
    provides = ("mean_loss",)
    uses = ("token_losses", "log_softmax", "softmax")
    outputs = {"loss": ""}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = network.sizes(rng)
        drawn = draw_padded(rng, n["batch"], n["time"], n["vocabulary"])
        return dict(zip(("o", "targets", "mask"), drawn, strict=True))

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        found = network.losses(case.o, case.targets)
        total = float(np.sum(found * case.mask))
        return {
            "loss": np.array(total / int(case.mask.sum())),
            "sum": np.array(total),
            "with padding": np.array(found.mean()),
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        every = Text("no padding", "没有补齐"), {"mask": np.ones_like(case.mask)}
        return (every, at("o = 0 (π = ln V)", o=0 * case.o))

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        wanted = expected["loss"]
        remarks = (
            (expected["sum"], Text("the sum over the tokens, not their mean", "总和，而不是平均")),
            (
                expected["with padding"],
                Text("the mean with padding counted", "把补齐也算进去的平均"),
            ),
            (-wanted, Text("the negative of it", "它的相反数")),
            (wanted / np.log(2), Text("bits, not nats", "以 bit 而不是 nat 为单位的值")),
            (np.exp(wanted), Text("the perplexity", "困惑度")),
        )
        return [Finding("loss", 1.0, one_number("loss", seen, wanted, remarks))]


class Perplexity(Check):
    """The perplexity of a text is one number over all its tokens, however it was cut in batches."""

    id, task, points = "rnn.perplexity", 5, 3.0
    zh = "一段文本的困惑度由它全部词元算出一个数，与怎样分批无关。"
    equation = "perplexity = exp(Σ m ℓ / Σ m), the sums over all batches"
    provides = ("perplexity",)
    uses = ("token_losses", "mean_loss", "log_softmax", "softmax")
    outputs = {"perplexity": ""}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        vocabulary = int(rng.integers(5, 9))
        values: dict[str, Any] = {"batches": 3}
        for i, (batch, time) in enumerate(((4, 7), (2, 5), (3, 1))):
            o, targets, mask = draw_padded(rng, batch, time, vocabulary)
            values |= {f"o_{i}": o * (1 + i), f"targets_{i}": targets, f"mask_{i}": mask}
        return values

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        found, masks = [], []
        for i in range(case.batches):
            found.append(network.losses(case.values[f"o_{i}"], case.values[f"targets_{i}"]))
            masks.append(case.values[f"mask_{i}"])
        counted = [losses[mask] for losses, mask in zip(found, masks, strict=True)]
        means = np.array([losses.mean() for losses in counted])
        return {
            "perplexity": np.exp(np.concatenate(counted).mean()),
            "mean of perplexities": np.exp(means).mean(),
            "mean over batches": np.exp(means.mean()),
            "with padding": np.exp(np.concatenate([losses.ravel() for losses in found]).mean()),
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        masks = [name for name in case.values if name.startswith("mask")]
        every = {name: np.ones_like(case.values[name]) for name in masks}
        return (
            (Text("one batch", "只有一个批量"), {"batches": 1}),
            (Text("no padding", "没有补齐"), every),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        wanted = expected["perplexity"]
        remarks = (
            (
                expected["mean of perplexities"],
                Text("the mean of the batches' perplexities", "各批量困惑度的平均"),
            ),
            (
                expected["mean over batches"],
                Text(
                    "a mean over batches, where the small ones weigh too much",
                    "对批量求的平均，小批量的分量过大",
                ),
            ),
            (expected["with padding"], Text("with padding counted", "把补齐也算进去的值")),
            (np.log(wanted), Text("the mean loss, before exp", "取指数之前的平均损失")),
            (2.0 ** np.log(wanted), Text("2 to the power of nats", "2 的 nat 数次方")),
            (1.0 / wanted, Text("1 / perplexity: a sign", "1/困惑度，差一个负号")),
        )
        problem = one_number("perplexity", seen, wanted, remarks)
        return [Finding("perplexity", 1.0, problem)]


def one_number(
    name: str, seen: Arrays, wanted: np.ndarray, remarks: Iterable[tuple[np.ndarray, Text]]
) -> Text | None:
    """None if the number is right, else what it is instead, if a remark knows it."""
    got = seen.get(name)
    problem = same_array(name, got, np.asarray(wanted))
    if problem is None or got is None or np.size(got) != 1:
        return problem
    value = float(np.ravel(got)[0])
    for number, remark in remarks:
        if np.isclose(value, float(number), rtol=1e-5, atol=0.0):
            return problem + Text(f" Yours is {remark.en}.", f"你算出的是{remark.zh}。")
    return problem


CHECKS: tuple[type[Check], ...] = (
    Softmax,
    LogSoftmax,
    LogOdds,
    TokenLosses,
    MeanLoss,
    Perplexity,
)
