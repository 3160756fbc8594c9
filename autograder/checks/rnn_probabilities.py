"""Checks of the rnn unit, tasks 4 and 5: logits to probabilities, losses, perplexity."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..verdict import Text
from . import rnn_network as network
from .rnn_network import EQUATION_3, draw_network, only


class _OfLogits(Check):
    """Logits to an array of the same shape, safe from overflow, the argument left alone."""

    task, points = 4, 4.0

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = network.sizes(rng)
        return {
            "o": network.draw_logits(rng, (n["batch"], n["time"], n["vocabulary"])),
            "large": network.draw_large_logits(rng, (n["batch"], n["vocabulary"])),
        }

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
        return [*findings, Finding("input", 0.15, changed)]


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
        total = float(np.sum(network.losses(case.o, case.targets) * case.mask))
        return {"loss": np.array(total / int(case.mask.sum()))}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        [finding] = super().judge(seen, expected, case)
        if finding.problem is None:
            return [finding]
        wanted, count = float(expected["loss"]), int(case.mask.sum())
        found = network.losses(case.o, case.targets)
        remarks = {
            wanted * count: Text("the sum over the tokens, not their mean", "总和，而不是平均"),
            float(found.mean()): Text("the mean with padding counted", "把补齐也算进去的平均"),
            -wanted: Text("the negative of it", "它的相反数"),
            wanted / np.log(2): Text("bits, not nats", "以 bit 而不是 nat 为单位的值"),
            float(np.exp(wanted)): Text("the perplexity", "困惑度"),
        }
        return [Finding("loss", 1.0, finding.problem + remark_on(seen, "loss", remarks))]


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
        nats, tokens = 0.0, 0
        for i in range(case.batches):
            found = network.losses(case.values[f"o_{i}"], case.values[f"targets_{i}"])
            nats += float(np.sum(found * case.values[f"mask_{i}"]))
            tokens += int(case.values[f"mask_{i}"].sum())
        return {"perplexity": np.array(np.exp(nats / tokens))}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        [finding] = super().judge(seen, expected, case)
        if finding.problem is None:
            return [finding]
        values = [case.values[f"{name}_{i}"] for i in range(3) for name in ("o", "targets", "mask")]
        batches = list(zip(values[::3], values[1::3], values[2::3], strict=True))
        means = [network.losses(o, targets)[mask].mean() for o, targets, mask in batches]
        wanted = float(np.log(expected["perplexity"]))
        every = np.concatenate([network.losses(o, targets).ravel() for o, targets, _ in batches])
        remarks = {
            float(np.mean(np.exp(means))): Text(
                "the mean of the batches' perplexities", "各批量困惑度的平均"
            ),
            float(np.exp(np.mean(means))): Text(
                "a mean over batches, where the small ones weigh too much",
                "对批量求的平均，小批量的分量过大",
            ),
            wanted: Text("the mean loss, before exp", "取指数之前的平均损失"),
            float(2.0**wanted): Text("2 to the power of nats", "2 的 nat 数次方"),
            float(np.exp(every.mean())): Text("with padding counted", "把补齐也算进去的值"),
            float(np.exp(-wanted)): Text("1 / perplexity: a sign", "1/困惑度，差一个负号"),
        }
        problem = finding.problem + remark_on(seen, "perplexity", remarks)
        return [Finding("perplexity", 1.0, problem)]


def remark_on(seen: Arrays, name: str, remarks: dict[float, Text]) -> Text:
    """What a wrong number happens to be, if it is one of these."""
    got = seen.get(name)
    if got is not None and np.size(got) == 1:
        value = float(np.ravel(got)[0])
        for number, remark in remarks.items():
            if np.isclose(value, number, rtol=1e-5, atol=0.0):
                return Text(f" Yours is {remark.en}.", f"你算出的是{remark.zh}。")
    return Text("", "")


CHECKS: tuple[type[Check], ...] = (
    Softmax,
    LogSoftmax,
    LogOdds,
    TokenLosses,
    MeanLoss,
    Perplexity,
)
