"""Checks of the markov unit: rows of probabilities, seen, unseen and unknown (tasks 3 and 4)."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding, Limit, at
from ..compare import same_array
from ..verdict import Text
from . import markov_tables
from .markov_tables import UNKNOWN, axes_of

EQUATION_3 = "p̂(w | c) = n(c, w) / n(c);   1/V where n(c) = 0"
EQUATION_5 = "p(w | c) = (n(c, w) + k) / (n(c) + k V)"
EQUATION_6 = "p_τ(w | c) = λ_c p̂(w | c) + (1 − λ_c) p_{τ-1}(w | c′),   λ_c = n(c) / (n(c) + k)"
COUNTING = ("windows", "count_ngrams")


class _Rows(Check):
    """Rows of all contexts: seen, unseen and with the unknown token."""

    orders: tuple[int, ...] = (1, 0, 2)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        size = int(rng.integers(6, 8))
        absent = [int(token) for token in rng.permutation(np.arange(2, size))[:2]]
        # The unknown token occurs in the first text only; in each, one token never does.
        without = [[absent[0]], [UNKNOWN, absent[1]], [UNKNOWN, absent[0]]]
        texts = [markov_tables.draw_training(rng, size, ids) for ids in without]
        k = float(np.round(rng.uniform(0.3, 2.5), 2))
        return {
            "trainings": texts,
            "orders": list(self.orders),
            "vocabulary_size": size,
            "k": k if abs(k - 1.0) > 0.1 else 0.4,
        }

    def table(self, training: list[list[int]], order: int, case: Case) -> np.ndarray:
        raise NotImplementedError

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for place, (text, order) in enumerate(zip(case.trainings, case.orders, strict=True)):
            found[f"rows_{place}"] = self.table(text, order, case)
            counts = markov_tables.counted(text, order, case.vocabulary_size)
            found[f"kinds_{place}"] = kinds_of_context(counts)
        return found

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        nothing = Text("an empty text", "空文本")
        return (
            at("τ = 0", orders=[0] * len(case.orders)),
            (nothing, {"trainings": [[[]] for _ in case.orders]}),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings, share = [], 1.0 / len(case.orders)
        for place, order in enumerate(case.orders):
            name = f"rows_{place}"
            got, wanted = seen.get(name), expected[name]
            problem = same_array(f"p(w | c), τ = {order}", got, wanted, axes_of(order))
            findings.append(Finding(name, 0.7 * share, problem))
            kinds = expected[f"kinds_{place}"]
            findings += [
                Finding(f"{kind} {place}", 0.1 * share, _sums(kind, got, wanted.shape, kinds == n))
                for n, kind in enumerate(KINDS_ZH)
            ]
        return findings


KINDS_ZH = {"seen": "见过的", "unseen": "没见过的", "unknown": "含未知词元的"}


def kinds_of_context(counts: np.ndarray) -> np.ndarray:
    """The kind of every context, an array like n(c): seen 0, unseen 1, with the unknown token 2."""
    kinds = np.where(counts.sum(axis=-1) > 0, 0, 1)
    for axis in range(kinds.ndim):
        np.moveaxis(kinds, axis, 0)[UNKNOWN] = 2
    return kinds


def _sums(
    kind: str, got: np.ndarray | None, shape: tuple[int, ...], mask: np.ndarray
) -> Text | None:
    """Whether the rows of the contexts in the mask are distributions."""
    if got is None or got.shape != shape:
        return Text(
            f"The rows of {kind} contexts are missing or have another shape.",
            f"{KINDS_ZH[kind]}上文的行缺失，或者形状不对。",
        )
    rows = got[mask].astype(np.float64)
    sums, least = rows.sum(axis=-1), rows.min(axis=-1, initial=0.0)
    limit = 1e-6 if got.dtype == np.float64 else 1e-4
    with np.errstate(invalid="ignore"):
        right = (np.abs(sums - 1.0) <= limit) & (least >= -limit)
    if right.all():
        return None
    worst = int(np.argmin(right))
    context = tuple(int(token) for token in np.argwhere(mask)[worst])
    return Text(
        f"The row of the {kind} context {context} sums to {sums[worst]:.6g}; expected 1.",
        f"{KINDS_ZH[kind]}上文 {context} 的那一行之和为 {sums[worst]:.6g}；应为 1。",
    )


class MaximumLikelihood(_Rows):
    """Each row is n(c, w) / n(c) and sums to 1, for contexts that were never seen as well."""

    id, task, points = "markov.mle", 3, 5.0
    zh = "每一行都是 n(c, w) / n(c)，和为 1；从未见过的上文也不例外。"
    equation = EQUATION_3
    provides = ("mle_row",)
    uses = COUNTING

    def table(self, training: list[list[int]], order: int, case: Case) -> np.ndarray:
        return markov_tables.mle(markov_tables.counted(training, order, case.vocabulary_size))


class _Smoothed(_Rows):
    """Rows with pseudo-counts."""

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (*super().limiting_cases(case), at("k → 0", k=1e-12), at("k → ∞", k=1e12))


class AddK(_Smoothed):
    """Add-k smoothing follows equation (5), and every row sums to 1."""

    id, task, points = "markov.add_k", 4, 5.0
    zh = "加 k 平滑符合公式 (5)，每一行之和为 1。"
    equation = EQUATION_5
    provides = ("add_k_row",)
    uses = COUNTING

    def table(self, training: list[list[int]], order: int, case: Case) -> np.ndarray:
        counts = markov_tables.counted(training, order, case.vocabulary_size)
        return markov_tables.add_k(counts, case.k)


class Interpolation(_Smoothed):
    """Interpolation with the lower order follows equation (6), and every row sums to 1."""

    id, task, points = "markov.interpolation", 4, 7.0
    zh = "与低一阶模型的插值符合公式 (6)，每一行之和为 1。"
    equation = EQUATION_6 + ";   p_{-1}(w) = 1/V"
    provides = ("interpolated_row",)
    uses: ClassVar[tuple[str, ...]] = COUNTING
    orders = (2, 0, 1)

    def table(self, training: list[list[int]], order: int, case: Case) -> np.ndarray:
        return markov_tables.interpolated(training, order, case.vocabulary_size, case.k)


class Model(Interpolation):
    """The model is a distribution for seen, unseen and unknown contexts."""

    id, task, points = "markov.model", 4, 4.0
    zh = "无论上文见过、没见过还是含未知词元，模型给出的都是分布。"
    provides = ("fit",)
    uses = (*COUNTING, "interpolated_row")
    orders = (1, 2, 0)


class SequenceProbability(Check):
    """The probability of a sequence is the product over all its windows, the closing one too."""

    id, task, points = "markov.sequence", 3, 4.0
    zh = "序列的概率是它所有窗口的概率之积，末尾的边界符也算在内。"
    equation = "p(x) = Π_{t=1}^{T+1} p(x_t | x_{t-τ} … x_{t-1}),   x_{T+1} = <s>"
    provides = ("sequence_probability",)
    uses = ("windows",)
    outputs = {"probabilities": "sequence"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        lengths = [1, 0, 3, 2, 5, 4]
        ids = [[int(i) for i in rng.choice([0, 2, 3, 4], length)] for length in lengths]
        return {"table": markov_tables.draw_table(rng, 5, 2), "sequences": ids}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        found = [np.exp(markov_tables.log_p(case.table, [ids]).sum()) for ids in case.sequences]
        return {"probabilities": np.array(found)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (at("T = 0", sequences=[[]]), at("T = 1", sequences=[[2], [0], [4]]))


CALLED = {
    "forward": "read_both_ways(...)[0]",
    "backward": "read_both_ways(...)[1]",
    "forward_mixed": "read_both_ways(...)[0] (rows ½ p̂ + ½ / V)",
    "backward_mixed": "read_both_ways(...)[1] (rows ½ p̂ + ½ / V)",
}


class BothDirections(Check):
    """Maximum likelihood gives one joint distribution, read forwards or backwards."""

    id, task, points = "markov.both_directions", 3, 3.0
    zh = "最大似然估计正着读、倒着读，得到的是同一个联合分布。"
    equation = "p(x) = Π n(all n-grams of <s> x <s>) / Π n(their contexts), from either end"
    provides = ("read_both_ways",)
    uses = (*COUNTING, "mle_row", "sequence_probability")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        size, order = 6, int(rng.integers(1, 3))
        training = markov_tables.draw_training(rng, size, without=[5])
        while True:  # sequences that were read, some of them made of read pieces, and one never
            ids = [list(training[int(i)]) for i in rng.permutation(len(training))[:4]]
            ids.append([int(i) for i in rng.choice([0, 2, 3, 4], 4)])
            counts = markov_tables.counted(training, order, size)
            p = np.exp(markov_tables.log_p(markov_tables.mle(counts), ids[:4]).sum())
            if p < 0.999 and any(len(s) > 2 and s != s[::-1] for s in ids[:4]):
                break
        return {
            "training": training,
            "sequences": [*ids, [2, 5, 3]],
            "order": order,
            "vocabulary_size": size,
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        """By maximum likelihood from counts of whole pieces: neither direction is computed."""
        size, order = case.vocabulary_size, case.order
        ways = {"forward_mixed": 1, "backward_mixed": -1}
        mixed = {
            name: self._mixed([ids[::step] for ids in case.training], size, order,
                              [ids[::step] for ids in case.sequences])
            for name, step in ways.items()
        }  # fmt: skip
        longer = markov_tables.counted(case.training, order, size)
        shorter = longer.sum(axis=-1)
        found = []
        for ids in case.sequences:
            rows = markov_tables.ngrams(ids, order)
            above, below = longer[tuple(rows.T)].prod(), shorter[tuple(rows[:, :-1].T)].prod()
            found.append(above / below if below else 0.0)
        return {"forward": np.array(found), "backward": np.array(found), **mixed}

    def _mixed(
        self, training: list[Any], size: int, order: int, sequences: list[Any]
    ) -> np.ndarray:
        """The probabilities where every row is half that of maximum likelihood, half 1/V."""
        rows = 0.5 * markov_tables.mle(markov_tables.counted(training, order, size)) + 0.5 / size
        return np.array([np.exp(markov_tables.log_p(rows, [ids]).sum()) for ids in sequences])

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings = []
        for name, wanted in expected.items():
            problem = same_array(CALLED[name], seen.get(name), wanted, "sequence")
            findings.append(Finding(name, 0.175, problem))
        forward, backward = seen.get("forward"), seen.get("backward")
        unequal = None
        if forward is None or backward is None or not np.allclose(forward, backward, atol=1e-9):
            unequal = Text(
                "The two directions do not give one joint distribution.",
                "两个方向得到的不是同一个联合分布。",
            )
        return [*findings, Finding("one joint", 0.3, unequal)]
