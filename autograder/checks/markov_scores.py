"""Checks of the markov unit: perplexity, on any text and on held-out text (tasks 5 and 7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding, Limit, at
from ..compare import same_array
from ..observe.markov import LONGEST
from ..verdict import Text
from . import markov_tables
from .markov_rows import COUNTING

EQUATION_4 = "π = −(1/T) Σ_t log p(x_t | c_t),   perplexity = exp(π)"


def infinite(name: str, seen: np.ndarray | None) -> Text | None:
    """None if the value is +∞."""
    if seen is not None and seen.shape == () and float(seen) == np.inf:
        return None
    got = "missing" if seen is None else str(seen)
    return Text(
        f"{name} is {got} where a token has probability 0; expected inf.",
        f"有词元的概率为 0 时，{name} 为 {got}；应为 inf。".replace("missing", "空"),
    )


# --- 5 perplexity ---------------------------------------------------------------------------


class Nats(Check):
    """The score is the mean over all tokens of −log p, in nats."""

    id, task, points = "markov.nats", 5, 5.0
    zh = "得分是所有词元的 −log p 的平均，单位为纳特。"
    equation = EQUATION_4
    provides = ("mean_nats",)
    uses: ClassVar[tuple[str, ...]] = ("windows",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Two texts: short sequences of many lengths, and one too long for a product."""
        lengths = [int(n) for n in rng.permutation([0, 1, 2, 5, 9, 17])]
        short = [[int(i) for i in rng.choice([0, 2, 3, 4], n)] for n in lengths]
        long = [[int(i) for i in rng.choice([0, 2, 3], 900)], [3, 2]]
        return {
            "table_1": markov_tables.draw_table(rng, 5, 2),
            "table_2": markov_tables.draw_table(rng, 4, 1),
            "sequences_1": short,
            "sequences_2": long,
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        texts = ((case.table_1, case.sequences_1), (case.table_2, case.sequences_2))
        found = [-markov_tables.log_p(table, text).mean() for table, text in texts]
        return {"scores": np.array(found)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        flat = {
            name: np.full(table.shape, 1.0 / table.shape[-1])
            for name, table in (("table_1", case.table_1), ("table_2", case.table_2))
        }
        one = {"sequences_1": [max(case.sequences_1, key=len)], "sequences_2": [[3, 2]]}
        return (
            at("p = 1/V", **flat),
            (Text("texts of one sequence", "文本只有一个序列"), one),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        problem = same_array("mean_nats(...)", seen.get("scores"), expected["scores"], "text")
        return [Finding("scores", 1.0, problem)]


class Perplexity(Nats):
    """Perplexity is exp of the mean nats a token, and infinite where a token was impossible."""

    id, points = "markov.perplexity", 3.0
    zh = "困惑度等于平均每词元纳特数的指数；若有词元的概率为 0，就是无穷大。"
    provides = ("perplexity",)
    uses = ("windows", "mean_nats")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = super().draw(rng)
        impossible = values["table_1"].copy()
        ids = next(ids for ids in values["sequences_1"] if len(ids) > 4)
        impossible[ids[1], ids[2], ids[3]] = 0.0
        return {**values, "impossible": impossible}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"scores": np.exp(super().expect(case)["scores"])}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return super().limiting_cases(case)[:1]

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        wanted, got = expected["scores"], seen.get("scores")
        problem = same_array(
            "perplexity(...)", got, wanted, "text", markov_tables.within(got, 1e-6)
        )
        return [
            Finding("scores", 0.7, problem),
            Finding("infinite", 0.3, infinite("perplexity(...)", seen.get("impossible"))),
        ]


# --- 7 held-out text ------------------------------------------------------------------------


class Unseen(Check):
    """The windows that maximum likelihood cannot know are of two kinds."""

    id, task, points = "markov.unseen", 7, 4.0
    zh = "最大似然估计无从知道的窗口分为两种。"
    equation = "share of windows with n(c) = 0;   share with n(c) > 0 and n(c, w) = 0"
    provides = ("unseen",)
    uses = COUNTING
    outputs = {"contexts": "order", "tokens": "order"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        size, orders = 7, [2, 0, 1]
        while True:
            training = markov_tables.draw_training(rng, size, without=[6])
            others = [[int(i) for i in rng.choice([0, 2, 3, 4, 5, 6], 6)] for _ in range(3)]
            text = [[int(i) for i in rng.choice([0, *range(2, 7)], n)] for n in (1, 2, 4, 7)]
            case = Case("", {"training": training, "sequences": [*others, *text, [], training[0]],
                             "orders": orders, "vocabulary_size": size})  # fmt: skip
            shares = self.expect(case)
            if shares["contexts"][[0, 2]].min() > 0.02 and shares["tokens"].min() > 0.02:
                return case.values

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        contexts, tokens = [], []
        for order in case.orders:
            counts = markov_tables.counted(case.training, order, case.vocabulary_size)
            rows = tuple(markov_tables.all_ngrams(case.sequences, order).T)
            seen_context = counts.sum(axis=-1)[rows[:-1]] > 0
            contexts.append(np.mean(~seen_context * np.ones(len(rows[-1]))))
            tokens.append(np.mean(seen_context & (counts[rows] == 0)))
        return {"contexts": np.array(contexts), "tokens": np.array(tokens)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        counted = Text("the counted text itself", "数过的文本本身")
        return (
            at("τ = 0", orders=[0]),
            (counted, {"sequences": case.training}),
            (Text("an empty text counted", "数的是空文本"), {"training": [[]]}),
        )


class BestOrder(Check):
    """The best order has the lowest perplexity on text that was not counted."""

    id, task, points = "markov.best_order", 7, 4.0
    zh = "最好的阶，是在没数过的文本上困惑度最低的那一阶。"
    equation = "τ* = argmin over τ of exp(π) on the validation text, with the model of equation (6)"
    provides = ("best_order",)
    uses = (*COUNTING, "interpolated_row", "fit", "mean_nats", "perplexity")
    outputs = {"best": "", "perplexities": "order"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """A source of order 1 or 2, and orders that are no count from 0."""
        size, order = 5, int(rng.integers(1, 3))
        while True:
            rows = rng.dirichlet(np.full(size, 0.35), (size,) * order)
            source = 0.8 * rows + 0.2 * rng.dirichlet(np.full(size, 4.0))
            training = markov_tables.draw_text(rng, source, 25, 9)
            validation = markov_tables.draw_text(rng, source, 12, 9)
            orders = [int(n) for n in rng.permutation(4)]
            case = Case("", {"training": training, "validation": validation, "orders": orders,
                             "vocabulary_size": size, "k": 1.5})  # fmt: skip
            found = self.expect(case)
            values, best = np.sort(found["perplexities"]), int(found["best"])
            place, worst = orders.index(best), orders[int(np.argmax(found["perplexities"]))]
            if values[1] > 1.01 * values[0] and place not in (0, best, worst):
                return case.values

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        found = []
        for order in case.orders:
            size, k = case.vocabulary_size, case.k
            table = markov_tables.interpolated(case.training, order, size, k)
            found.append(np.exp(-markov_tables.log_p(table, case.validation).mean()))
        return {
            "best": np.array(case.orders[int(np.argmin(found))]),
            "perplexities": np.array(found),
        }


@lru_cache(maxsize=1)
def text() -> dict[str, Any]:
    """The embedded English text as lines of ids; its last tenth as contexts and tokens."""
    from collections import Counter

    import course_lib

    letters = course_lib.load_corpus("prose_en").lower()
    parts = [part.split("\n") for part in course_lib.split_held_out(letters, 0.1)]
    number = Counter(letter for line in parts[0] for letter in line)
    ranked = sorted(number, key=lambda letter: (-number[letter], letter))
    ids = {letter: 2 + place for place, letter in enumerate(ranked)}
    training, held_out = ([[ids.get(c, 0) for c in line] for line in part] for part in parts)
    windows = np.random.default_rng(1).permutation(markov_tables.all_ngrams(held_out, LONGEST))
    return {
        "training": training,
        "held_out": held_out,
        "contexts": windows[:, :-1],
        "tokens": windows[:, -1],
        "size": 2 + len(ids),
    }


LADDER = {
    "unigram": 18.07,
    "bigram": 9.74,
    "trigram": 6.06,
    "4-gram": 4.84,
    "7-gram, Kneser-Ney": 4.32,
}
"""Held-out perplexities of course_lib.ngram (Witten-Bell), line by line; tests measure again."""
THRESHOLD = 5.20
FLOOR = 3.8
"""No model of 38,000 characters gets below it without having counted the held-out text."""


class Result(Check):
    """Your model of the text is a distribution in every context and reaches the threshold."""

    id, task, points = "markov.result", 7, 4.0
    zh = "你的文本模型在每个上文中都是分布，并且达到阈值。"
    equation = "perplexity = exp(−(1/T) Σ_t log p(x_t | c_t)) on held-out text"
    provides = ("text_model",)
    uses = (*COUNTING, "mle_row", "add_k_row", "interpolated_row", "fit", "mean_nats",
            "perplexity", "best_order")  # fmt: skip
    hidden_cases = 0

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        known = text()
        return {
            "training": known["training"],
            "contexts": known["contexts"],
            "vocabulary_size": known["size"],
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"tokens": text()["tokens"]}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        rows = seen.get("rows")
        if rows is None:
            order = seen.get("order", "None")
            return [Finding("model", 1.0, Text(
                f"text_model returned the order {order}; expected two values, the model and its "
                f"order, a number from 0 to {LONGEST}.",
                f"text_model 返回的阶是 {order}；应返回模型和它的阶，阶在 0 到 {LONGEST} 之间。",
            ))]  # fmt: skip
        shape = (len(case.contexts), case.vocabulary_size)
        problem = same_array("model(context)", rows, np.zeros(shape), "context, token", rtol=1e9)
        if problem is not None:
            return [Finding("model", 1.0, problem)]
        rows = rows.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            p = rows[np.arange(len(rows)), expected["tokens"]]
            got = float(np.exp(-np.log(np.maximum(p, 0.0)).mean()))
        return [
            Finding("distribution", 0.4, _are_distributions(rows, case.contexts)),
            Finding("perplexity", 0.6, _reached(got), got),
        ]

    def ladder(self) -> tuple[Mapping[str, float], tuple[float, ...]] | None:
        return LADDER, (THRESHOLD,)


def _are_distributions(rows: np.ndarray, contexts: np.ndarray) -> Text | None:
    wrong = (np.abs(rows.sum(axis=-1) - 1.0) > 1e-4) | (rows.min(axis=-1) < 0.0)
    if not wrong.any():
        return None
    first = int(np.argmax(wrong))
    context = tuple(int(token) for token in contexts[first])
    return Text(
        f"{wrong.sum()} of {len(rows)} rows are no distributions; after {context} the sum is "
        f"{rows[first].sum():.4g} and the smallest number {rows[first].min():.3g}.",
        f"{len(rows)} 行中有 {wrong.sum()} 行不是分布；在 {context} 之后，和为 "
        f"{rows[first].sum():.4g}，最小的数为 {rows[first].min():.3g}。",
    )


def _reached(got: float) -> Text | None:
    beside = ", ".join(f"{name} {value:.2f}" for name, value in LADDER.items())
    ladder = Text(
        f"; the threshold is {THRESHOLD:.2f}. Beside it: {beside}.",
        f"；阈值为 {THRESHOLD:.2f}。对照：{beside}。",
    )
    if FLOOR <= got <= THRESHOLD:
        return None
    said = Text(f"The held-out perplexity is {got:.2f}", f"留出文本上的困惑度为 {got:.2f}") + ladder
    if got < FLOOR:
        said += Text(
            " So little text cannot teach that much: did your model count the held-out lines?",
            "这么少的文本学不到这个程度：你的模型是不是把留出的行也数进去了？",
        )
    return said
