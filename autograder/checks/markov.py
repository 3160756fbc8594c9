"""Checks of the markov unit, in its order; here: the chain rule and counting (tasks 1 and 2)."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding, Limit, at
from ..compare import same_array
from ..verdict import NOTHING, Text
from . import markov_rows, markov_scores, markov_source, markov_tables
from .markov_tables import UNKNOWN, axes_of

CHAIN = "p(x_1 … x_T) = p(x_1) p(x_2 | x_1) ⋯ p(x_T | x_1 … x_{T-1})"
REVERSED = "p(x_1 … x_T) = p(x_T) p(x_{T-1} | x_T) ⋯ p(x_1 | x_2 … x_T)"


# --- 1 the chain rule -----------------------------------------------------------------------


class _ChainRule(Check):
    """One factorisation of a joint table."""

    task, points = 1, 5.0
    from_the_end: bool

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        shape = [int(n) for n in rng.permutation([2, 3, 4, 5])[: int(rng.integers(3, 5))]]
        joint = rng.dirichlet(np.full(int(np.prod(shape)), 1.0)) + 1e-3
        return {"joint": (joint / joint.sum()).reshape(shape)}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        joint, axes = case.joint, "abcd"[: case.joint.ndim]
        found = {}
        for t in range(1, joint.ndim + 1):
            kept, given = axes[:t], axes[: t - 1]
            if self.from_the_end:
                kept, given = axes[joint.ndim - t :], axes[joint.ndim - t + 1 :]
            context = np.einsum(f"{axes}->{given}", joint)
            found[f"factor_{t}"] = np.einsum(f"{axes},{given}->{kept}", joint, 1.0 / context)
        return found

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        joint = case.joint
        axes = range(joint.ndim)
        alone = [joint.sum(axis=tuple(a for a in axes if a != t), keepdims=True) for t in axes]
        independent = Text("x_1, …, x_T independent", "x_1, …, x_T 相互独立")
        return (
            (independent, {"joint": reduce(np.multiply, alone)}),
            at("p(x) = const.", joint=np.full(joint.shape, 1.0 / joint.size)),
        )

    def names(self, ndim: int) -> list[str]:
        """p(x_2 | x_1), ... as the messages call the factors, in their order."""
        variables = [f"x_{t}" for t in range(1, ndim + 1)]
        if self.from_the_end:
            variables.reverse()
        names = []
        for t, variable in enumerate(variables):
            given = sorted(variables[:t])
            names.append(f"p({variable} | {', '.join(given)})" if given else f"p({variable})")
        return names

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        ndim = case.joint.ndim
        share = 0.7 / ndim
        findings = [
            Finding(name, share, same_array(name, seen.get(f"factor_{t}"), expected[f"factor_{t}"]))
            for t, name in enumerate(self.names(ndim), start=1)
        ]
        got = seen.get("number")
        number = None
        if got is None or int(got) != ndim:
            given = "an array" if got is None else str(int(got))
            number = Text(
                f"The list holds {given}; expected {ndim} factors, one for each variable.",
                f"列表里有 {given} 个因子；应有 {ndim} 个，每个变量一个。",
            )
        return [
            *findings,
            Finding("number of factors", 0.1, number),
            Finding("product", 0.2, self._product(seen, case)),
        ]

    def _product(self, seen: Arrays, case: Case) -> Text | None:
        """Whether the factors multiply to the joint table."""
        ndim = case.joint.ndim
        factors = [seen.get(f"factor_{t}") for t in range(1, ndim + 1)]
        shapes = [case.joint.shape[-t:] if self.from_the_end else case.joint.shape[:t]
                  for t in range(1, ndim + 1)]  # fmt: skip
        fits = all(f is not None and f.shape == s for f, s in zip(factors, shapes, strict=True))
        if fits:
            full = [
                np.asarray(f, dtype=np.float64).reshape(
                    (1,) * (ndim - f.ndim) + f.shape
                    if self.from_the_end
                    else f.shape + (1,) * (ndim - f.ndim)
                )
                for f in factors
                if f is not None
            ]
            product = reduce(np.multiply, full)
            gap = float(np.abs(product - case.joint).max())
            if np.isfinite(gap) and gap <= 1e-6:
                return None
            how = Text(
                f"largest difference {gap:.3g}, sum {product.sum():.4g}",
                f"最大差 {gap:.3g}，总和 {product.sum():.4g}",
            )
        else:
            how = Text("the shapes do not fit", "形状对不上")
        text = Text("The product of the factors is not the joint table: ", "各因子之积不是联合表：")
        return text + how + Text(".", "。")


class Forward(_ChainRule):
    """Read from the front, the factors multiply to the joint distribution."""

    id, from_the_end = "markov.forward", False
    zh = "从前往后读，各因子之积就是联合分布。"
    equation = CHAIN
    provides = ("forward_factors",)


class Backward(_ChainRule):
    """Read from the end, the factors multiply to the same joint distribution."""

    id, from_the_end = "markov.backward", True
    zh = "从后往前读，各因子之积也是同一个联合分布。"
    equation = REVERSED
    provides = ("backward_factors",)


# --- 2 counting -----------------------------------------------------------------------------

WORDS = ("ash", "bay", "cedar", "dune", "elm", "fern", "glen", "heath", "isle", "jetty", "kelp")


class Vocabulary(Check):
    """The vocabulary is in order, and what is not in it becomes the unknown token."""

    id, task, points = "markov.vocabulary", 2, 5.0
    zh = "词表的次序正确，词表以外的一律变成未知词元。"
    equation = 'id 0: "<unk>",  id 1: "<s>",  then by falling frequency, ties in alphabetical order'
    provides = ("build_vocabulary", "encode")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        words = [str(word) for word in rng.permutation(WORDS)]
        min_count = int(rng.integers(2, 4))
        # frequent, two ties, one exactly often enough (twice), two once too rarely, one once
        times = [min_count + 4, *[min_count + 2] * 3, *[min_count] * 2, *[min_count - 1] * 2, 1]
        tokens = [w for w, n in zip(words, times, strict=False) for _ in range(n)]
        ties = sorted(words[1:4])
        while True:  # the ties are met in an order that is neither alphabetical nor its reverse
            tokens = [str(token) for token in rng.permutation(tokens)]
            if sorted(ties, key=tokens.index) not in (ties, ties[::-1]):
                break
        cuts = sorted(int(place) for place in rng.choice(np.arange(1, len(tokens)), 5, False))
        sequences = [tokens[a:b] for a, b in zip([0, *cuts], [*cuts, None], strict=True)]
        known = [str(word) for word in rng.permutation(words[2:8])]
        texts = [[str(word) for word in rng.choice(words, length)] for length in (9, 4)]
        texts[0][:2] = [words[0], known[0]]
        return {
            "sequences": [*sequences, []],
            "min_count": min_count,
            "words": ["<unk>", "<s>", *sorted(words)],
            "vocabulary": ["<unk>", "<s>", *known],
            "texts": [*texts, []],
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        tokens = np.array([token for sequence in case.sequences for token in sequence])
        words, times = np.unique(tokens, return_counts=True)  # in alphabetical order
        in_order = words[np.argsort(-times, kind="stable")]
        kept = in_order[np.sort(-times) <= -case.min_count]
        places = [0, 1, *(case.words.index(str(word)) for word in kept)]
        encoded = {}
        for place, text in enumerate(case.texts, start=1):
            ids = [case.vocabulary.index(w) if w in case.vocabulary else UNKNOWN for w in text]
            encoded[f"ids_{place}"] = np.array(ids, dtype=np.int64)
        return {"vocabulary": np.array(places), **encoded}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings = [Finding("build_vocabulary", 0.6, self._vocabulary(seen, expected, case))]
        problem = NOTHING
        for place, text in enumerate(case.texts, start=1):
            name = f"ids_{place}"
            wrong = same_array("encode(...)", seen.get(name), expected[name], "place")
            if wrong is not None and not problem.en:
                problem = wrong + Text(f" The sequence: {text}.", f"序列：{text}。")
        return [*findings, Finding("encode", 0.4, problem if problem.en else None)]

    def _vocabulary(self, seen: Arrays, expected: Arrays, case: Case) -> Text | None:
        got, wanted = seen.get("vocabulary"), expected["vocabulary"]
        if got is None or got.ndim != 1:
            return same_array("build_vocabulary(...)", got, wanted, "place")
        if np.array_equal(got, wanted):
            return None
        names = [case.words[place] if place >= 0 else "?" for place in got.astype(int)]
        right = [case.words[place] for place in wanted]
        different = [a != b for a, b in zip(names, right, strict=False)]
        first = different.index(True) if True in different else min(len(names), len(right))
        here = repr(names[first]) if first < len(names) else "nothing"
        there = repr(right[first]) if first < len(right) else "nothing"
        return Text(
            f"The vocabulary has {len(names)} tokens, with {here} at place {first}; expected "
            f"{len(right)} tokens, with {there} there (min_count = {case.min_count}).",
            f"词表有 {len(names)} 个词元，第 {first} 个（从 0 数起）是 {here}；应有 "
            f"{len(right)} 个，此处应为 {there}（min_count = {case.min_count}）。".replace(
                "nothing", "空"
            ),
        )


class Windows(Check):
    """Every token, and the closing boundary, comes with the tokens before it."""

    id, task, points = "markov.windows", 2, 6.0
    zh = "每个词元（以及末尾的边界符）都带着它前面的词元。"
    equation = "(x_{t-τ} … x_{t-1}), x_t   for t = 1 … T + 1,   with <s> before and behind"
    provides = ("windows",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        sizes = [(6, 2), (5, 1), (4, 0), (2, 3), (0, 2), (7, 4)]
        ids = [[int(i) for i in rng.choice([0, *range(2, 40)], n, False)] for n, _ in sizes]
        return {"sequences": ids, "orders": [order for _, order in sizes]}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for place, (ids, order) in enumerate(zip(case.sequences, case.orders, strict=True)):
            rows = markov_tables.ngrams(ids, order)
            found |= {f"contexts_{place}": rows[:, :-1], f"tokens_{place}": rows[:, -1]}
        return found

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        number = len(case.orders)
        return (
            at("τ = 0", orders=[0] * number),
            at("τ = 1", orders=[1] * number),
            at("T = 0", sequences=[[] for _ in case.orders]),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings, share = [], 0.9 / len(expected)
        for place, (ids, order) in enumerate(zip(case.sequences, case.orders, strict=True)):
            for name, axes in (("contexts", "window, place"), ("tokens", "window")):
                key = f"{name}_{place}"
                problem = same_array(name, seen.get(key), expected[key], axes)
                if problem is not None:
                    asked = f"windows({ids}, {order}): "
                    problem = Text(asked, asked) + problem
                findings.append(Finding(key, share, problem))
        kept = all(
            bool(seen.get(f"unchanged_{n}", np.array(True))) for n in range(len(case.orders))
        )
        changed = Text(
            "windows changed the list that it was given; make a new one, so that the caller's "
            "sequence stays as it is.",
            "windows 改动了传入的列表；请另建一个新列表，不要改动调用者的序列。",
        )
        return [*findings, Finding("input", 0.1, None if kept else changed, beside=True)]


class Counts(Check):
    """Every n-gram is counted where it occurs, and none reaches over a boundary."""

    id, task, points = "markov.counts", 2, 6.0
    zh = "每个 n 元组出现几次就数几次，且不会跨过边界。"
    equation = "n(c, w): in how many windows the context is c and the token w"
    provides = ("count_ngrams",)
    uses = ("windows",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        size = int(rng.integers(6, 8))
        text = markov_tables.draw_training(rng, size, without=[int(rng.integers(2, size))])
        return {"sequences": text, "vocabulary_size": size, "orders": [0, 1, 2]}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {
            f"counts_{order}": markov_tables.counted(case.sequences, order, case.vocabulary_size)
            for order in case.orders
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        longest = max(case.sequences, key=len)
        return (
            at("τ = 0", orders=[0]),
            (Text("a text of one sequence", "文本只有一个序列"), {"sequences": [longest]}),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings = []
        for order in case.orders:
            name = f"counts_{order}"
            got, wanted = seen.get(name), expected[name]
            problem = same_array(f"n(c, w), τ = {order}", got, wanted, axes_of(order))
            lengths = seen.get(f"lengths_{order}")
            if got is not None and problem is not None and got.sum() != wanted.sum():
                problem += Text(
                    f" All counts sum to {got.sum():g}; expected {wanted.sum():g} windows.",
                    f"所有次数之和为 {got.sum():g}；窗口应有 {wanted.sum():g} 个。",
                )
            if lengths is not None and not np.array_equal(lengths, [order]):
                keys = "not all tuples" if -1 in lengths else f"tuples of {lengths.tolist()} ids"
                also = Text(
                    f" The keys of the dict are {keys}; expected tuples of {order}.",
                    f"字典的键应为含 {order} 个编号的元组。",
                )
                problem = (problem or NOTHING) + also
            findings.append(Finding(name, 1.0 / len(case.orders), problem))
        return findings


CHECKS: tuple[type[Check], ...] = (
    Forward,
    Backward,
    Vocabulary,
    Windows,
    Counts,
    markov_rows.MaximumLikelihood,
    markov_rows.SequenceProbability,
    markov_rows.BothDirections,
    markov_rows.AddK,
    markov_rows.Interpolation,
    markov_rows.Model,
    markov_scores.Nats,
    markov_scores.Perplexity,
    markov_source.Temperature,
    markov_source.Sampling,
    markov_scores.Unseen,
    markov_scores.BestOrder,
    markov_scores.Result,
    markov_source.EntropyRate,
    markov_source.KnownSource,
)
