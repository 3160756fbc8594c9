"""Checks of the markov unit: drawing from a model, and a source of known entropy (tasks 6, 8)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding, Limit, at
from ..compare import same_array
from ..verdict import Text
from . import markov_tables
from .markov_rows import COUNTING
from .markov_scores import infinite
from .markov_tables import BOUNDARY, within

EQUATION_7 = "p_θ(w | c) = p(w | c)^{1/θ} / Σ_w′ p(w′ | c)^{1/θ}"
FALSE_FAIL = 1e-7
"""Bound on the probability that one test of a correct sampler on one case fails."""
COUNTED_DRAWS, MOST_DRAWS = 2300, 10_000


# --- 6 sampling -----------------------------------------------------------------------------


def tempered(rows: np.ndarray, theta: Any) -> np.ndarray:
    """Equation (7) for rows (..., V): powers of the ratio to the likeliest, so none overflows."""
    powers = (rows / rows.max(axis=-1, keepdims=True)) ** (1.0 / np.asarray(theta))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


class Temperature(Check):
    """The temperature follows equation (7), for small temperatures as well."""

    id, task, points = "markov.temperature", 6, 5.0
    zh = "温度符合公式 (7)，温度很低时也成立。"
    equation = EQUATION_7
    provides = ("with_temperature",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        thetas = [0.25, 0.6, 1.0, 1.7, 4.0]
        rows = rng.dirichlet(np.full(7, 0.8), len(thetas)) + 1e-3
        rows[1, 2] = rows[3, 0] = 0.0  # what is impossible stays so
        flat = rng.dirichlet(np.full(400, 20_000.0))  # no power 1/0.006 of these is a float64
        return {
            "rows": rows / rows.sum(axis=-1, keepdims=True),
            "temperatures": thetas,
            "flat": flat,
            "tiny": 0.006,
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        thetas = np.array(case.temperatures)[:, None]
        return {"rows": tempered(case.rows, thetas), "tiny": tempered(case.flat, case.tiny)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        ones, flat = [1.0] * len(case.temperatures), np.full(case.flat.shape, 1.0 / len(case.flat))
        rows = np.full(case.rows.shape, 1.0 / case.rows.shape[-1])
        return (
            at("θ = 1", temperatures=ones, tiny=1.0),
            at("p = 1/V", rows=rows, flat=flat),
            (Text("θ not tiny", "θ 不太小"), {"tiny": 0.5}),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        rows = same_array("p_θ", seen.get("rows"), expected["rows"], "temperature, token")
        if rows is not None:
            given = ", ".join(f"{theta:g}" for theta in case.temperatures)
            rows += Text(f" The temperatures: {given}.", f"温度依次为 {given}。")
        tiny = same_array("p_θ", seen.get("tiny"), expected["tiny"], "token,")
        if tiny is not None:
            at = f"θ = {case.tiny:g}, V = {len(case.flat)}: "
            tiny = Text(at, at) + tiny
        return [Finding("rows", 0.75, rows), Finding("tiny temperature", 0.25, tiny)]


class Sampling(Check):
    """Sequences are drawn from the model's rows, token after token, until the boundary.

    Two tests of the distribution, each failing a correct sampler with probability below 1e-7:

    - where a context was met n times, the share s of each token has n KL(s ‖ p) ≤ a, with
      a = ln(2 · cells · draws / 1e-7): Chernoff's bound, and the union over both tails, all
      (context, token) cells and all n;
    - over the first N draws, Σ (−log p(x_t) − H(c_t)) is a martingale whose steps lie in intervals
      of width R, so that it stays within √(N R² ln(2 / 1e-7) / 2): Hoeffding and Azuma.

    Two temperatures and two hidden cases make eight tests of a submission: a false fail has a
    probability below 1e-6. (The public case is always the same.)
    """

    id, task, points = "markov.sampling", 6, 6.0
    zh = "序列是从模型的行里一个词元接一个词元抽出来的，抽到边界符为止。"
    equation = "x_t ~ p_θ(· | x_{t-τ} … x_{t-1}),   until x_t = <s> or max_length"
    provides = ("sample",)
    uses = ("with_temperature",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        tokens, place = [0, 2, 3], [0, 0, 1, 2]
        table = np.empty((4, 4, 4))
        for before in range(4):  # contexts that share a token, or are reversed, differ much
            for last in range(4):
                row = rng.uniform(0.08, 0.12, 4)
                row[BOUNDARY] = 0.16
                likely = tokens[(place[before] + 2 * place[last]) % 3]
                row[likely] = 0.0
                row[likely] = 1.0 - row.sum()
                table[before, last] = row
        endless = np.array(table)
        endless[..., BOUNDARY] = 0.0
        return {
            "table": table,
            "endless": endless / endless.sum(axis=-1, keepdims=True),
            "lengths": [7, 1, 4],
            "max_length": 20,
            "number": 450,
            "theta": 0.5,
            "rng_seed": int(rng.integers(1 << 31)),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {
            "drawn": case.table,
            "cold": tempered(case.table, case.theta),
            "lengths": np.array(case.lengths),
        }

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        warm = self._as_drawn("θ = 1", seen.get("drawn"), expected["drawn"], case)
        cold = self._as_drawn(f"θ = {case.theta:g}", seen.get("cold"), expected["cold"], case)
        lengths = same_array("len(sample(...))", seen.get("lengths"), expected["lengths"])
        longest = max(_longest(seen.get("drawn")), _longest(seen.get("cold")))
        if lengths is None and longest > case.max_length:
            lengths = Text(
                f"A sequence holds {longest} ids; expected at most {case.max_length}.",
                f"有序列含有 {longest} 个编号；应至多有 {case.max_length} 个。",
            )
        again = None
        if not bool(seen.get("same_again", np.array(False))):
            again = Text(
                "The same seed gave different sequences: draw from the `rng` that was given only.",
                "同一个种子得到的序列却不同：请只用传入的 `rng` 来抽取。",
            )
        return [
            Finding("distribution", 0.4, warm),
            Finding("temperature", 0.2, cold),
            Finding("max_length", 0.2, lengths, beside=True),
            Finding("rng", 0.2, again, beside=True),
        ]

    def _as_drawn(
        self, name: str, drawn: np.ndarray | None, table: np.ndarray, case: Case
    ) -> Text | None:
        """Whether the sequences can have come from the table."""
        if drawn is None or drawn.ndim != 2:
            return same_array("sample(...)", drawn, np.zeros((case.number, case.max_length + 1)))
        allowed = [token for token in range(table.shape[-1]) if token != BOUNDARY]
        inside = np.isin(drawn, [-1, *allowed])
        if not inside.all():
            odd = f"{drawn[~inside][0]:g}"
            return Text(
                f"{name}: a sequence holds the id {odd}; expected tokens only, not the boundary.",
                f"{name}：有序列含有编号 {odd}；应只有词元，不含边界符。",
            )
        draws = _draws(drawn, len(table.shape) - 1, case.max_length)
        return _unlikely(name, draws, table) or _surprising(name, draws, table)


def _longest(drawn: np.ndarray | None) -> int:
    """The number of ids in the longest sequence."""
    return 0 if drawn is None or drawn.ndim != 2 else int((drawn != -1).sum(axis=1).max())


def _draws(drawn: np.ndarray, order: int, longest: int) -> np.ndarray:
    """What was drawn after what, closing boundaries included: (draws, order + 1), in order."""
    ids = drawn[:, :longest].astype(np.int64)
    before = np.full((len(ids), order), -1)
    row = np.concatenate([before, ids], axis=1)
    marked = np.where(row >= 0, row, BOUNDARY)
    shown = np.stack([marked[:, m : m + ids.shape[1]] for m in range(order + 1)], axis=-1)
    going_on = np.ones(ids.shape, bool)
    going_on[:, 1:] = ids[:, :-1] >= 0  # no token before has ended the sequence
    return np.asarray(shown[going_on])


def _unlikely(name: str, draws: np.ndarray, table: np.ndarray) -> Text | None:
    """The (context, token) whose share is too far from p to be chance; see `Sampling`."""
    times = np.zeros(table.shape)
    np.add.at(times, tuple(draws.T), 1.0)
    met = times.sum(axis=-1, keepdims=True)
    share = times / np.maximum(met, 1.0)
    limit = np.log(2.0 * table.size * MOST_DRAWS / FALSE_FAIL)
    distance = met * (_term(share, table) + _term(1.0 - share, 1.0 - table))
    if not (distance > limit).any():
        return None
    worst = np.unravel_index(int(np.argmax(distance)), table.shape)
    *context, token = (int(i) for i in worst)
    return Text(
        f"{name}: after the context {tuple(context)} the token {token} was drawn in "
        f"{share[worst]:.1%} of {met[worst[:-1]][0]:g} times; its probability is "
        f"{table[worst]:.1%}.",
        f"{name}：在上文 {tuple(context)} 之后的 {met[worst[:-1]][0]:g} 次抽取中，词元 {token} 占 "
        f"{share[worst]:.1%}；它的概率是 {table[worst]:.1%}。",
    )


def _surprising(name: str, draws: np.ndarray, table: np.ndarray) -> Text | None:
    """Whether what was drawn is on the whole too likely, or too unlikely; see `Sampling`."""
    kept = draws[:COUNTED_DRAWS]
    p = table[tuple(kept.T)]
    rows = table[tuple(kept[:, :-1].T)]
    surprise, entropy = -np.log(p), -(rows * np.log(rows)).sum(axis=-1)
    width = float(np.log(table.max() / table.min()))
    limit = width * np.sqrt(COUNTED_DRAWS * np.log(2.0 / FALSE_FAIL) / 2.0)
    if abs((surprise - entropy).sum()) <= limit:
        return None
    numbers = f"{surprise.mean():.2f}", f"{entropy.mean():.2f}"
    return Text(
        f"{name}: what was drawn costs {numbers[0]} nats a token under the model; expected about "
        f"{numbers[1]}.",
        f"{name}：抽出的词元在模型下平均每个 {numbers[0]} 纳特；应约为 {numbers[1]}。",
    )


def _term(s: np.ndarray, p: np.ndarray) -> np.ndarray:
    """s log(s / p), 0 where s is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(s > 0, s * np.log(np.where(s > 0, s, 1.0) / p), 0.0)


# --- 8 a source of known entropy ------------------------------------------------------------


def draw_source(rng: np.random.Generator, size: int) -> np.ndarray:
    """A transition table with some zeros, all of whose states are met, again and again."""
    while True:
        P = rng.dirichlet(np.full(size, 0.7), size) + 0.02
        P[rng.random((size, size)) < 0.25] = 0.0
        if (P.sum(axis=1) == 0).any():
            continue
        P /= P.sum(axis=1, keepdims=True)
        gap = 1.0 - np.sort(np.abs(np.linalg.eigvals(P)))[-2]
        if np.linalg.matrix_power(P, 8).min() > 1e-3 and (P == 0).any() and gap > 0.2:
            return np.asarray(P)


def pi_of(P: np.ndarray) -> np.ndarray:
    """The stationary distribution, by repeated squaring of P."""
    power = P
    for _ in range(12):
        power = power @ power
        power /= power.sum(axis=1, keepdims=True)
    return np.asarray(power[0])


def cross_entropy(P: np.ndarray, Q: np.ndarray) -> float:
    """−Σ_i π_i Σ_j P_ij log Q_ij over the steps that happen, nats a token."""
    i, j = np.nonzero(P)
    with np.errstate(divide="ignore"):
        return float(-(pi_of(P)[i] * P[i, j] * np.log(Q[i, j])).sum())


def _circulant(size: int) -> np.ndarray:
    """Rows that are one row, moved on by one place each: all columns sum to 1 as well."""
    row = np.arange(1.0, size + 1)
    return np.stack([np.roll(row / row.sum(), place) for place in range(size)])


class EntropyRate(Check):
    """The entropy rate is the mean entropy of the rows, weighed by the stationary distribution."""

    id, task, points = "markov.entropy_rate", 8, 5.0
    zh = "熵率是各行的熵以平稳分布为权重的平均。"
    equation = "π = π P, Σ π = 1;   H = −Σ_i π_i Σ_j P_ij log P_ij,   0 log 0 = 0"
    provides = ("stationary", "entropy_rate")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"P_1": draw_source(rng, 5), "P_2": draw_source(rng, 4)}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        sources = (case.P_1, case.P_2)
        return {
            "pi_1": pi_of(case.P_1),
            "pi_2": pi_of(case.P_2),
            "H": np.array([cross_entropy(P, P) for P in sources]),
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        sizes = {"P_1": len(case.P_1), "P_2": len(case.P_2)}
        even = {name: np.full((size, size), 1.0 / size) for name, size in sizes.items()}
        without = Text("P without zeros", "P 中没有 0")
        return (
            at("P_ij = 1/V", **even),
            at("π_i = 1/V", **{name: _circulant(size) for name, size in sizes.items()}),
            (without, {n: 0.5 * even[n] + 0.5 * case.values[n] for n in sizes}),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings = [
            Finding(name, 0.25, same_array("π", got, expected[name], "token", within(got, 1e-7)))
            for name, got in ((name, seen.get(name)) for name in ("pi_1", "pi_2"))
        ]
        got = seen.get("H")
        H = same_array("entropy_rate(P)", got, expected["H"], "source", within(got, 1e-7))
        return [*findings, Finding("H", 0.5, H)]


class KnownSource(Check):
    """On a source of known entropy the perplexity comes down to exp(H), and never below it.

    The model is fitted to some 4,500 tokens of a source with 5 states. Its expected nats exceed H
    by about 20 / (2 · 4500) = 0.002; that a correct model exceeds it by more than 0.03 takes a χ²
    of 20 degrees of freedom above 250, which has a probability below 1e-30.
    """

    id, task, points = "markov.known_source", 8, 3.0
    zh = "在熵已知的信源上，困惑度会降到 exp(H)，但绝不会低于它。"
    equation = "C = −Σ_i π_i Σ_j P_ij log Q_ij ≥ H,   equal only if Q = P"
    provides = ("expected_nats",)
    uses = (*COUNTING, "interpolated_row", "fit", "stationary", "entropy_rate")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        P = draw_source(rng, 5)
        excluding = np.full((5, 5), 0.2)
        i, j = np.argwhere(P > 0.05)[int(rng.integers((P > 0.05).sum()))]
        excluding[i, j], excluding[i, j - 1] = 0.0, 0.4
        allowed = np.where(P > 0, rng.dirichlet(np.ones(5), 5) + 0.05, 0.0)
        training = markov_tables.draw_text(rng, P, 900, 60)
        kept = np.cumsum([len(ids) + 1 for ids in training]) <= 4500
        return {
            "P": P,
            "Q": np.stack(
                [markov_tables.draw_table(rng, 5, 1), allowed / allowed.sum(axis=1, keepdims=True)]
            ),
            "excluding": excluding,
            "training": [ids for ids, keep in zip(training, kept, strict=True) if keep],
            "k": 1.0,
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {
            "C": np.array([cross_entropy(case.P, Q) for Q in case.Q]),
            "H": np.array(cross_entropy(case.P, case.P)),
            "share": pi_of(case.P)[:, None] * case.P,
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("Q = P", Q=np.stack([case.P, case.P])),
            at("Q_ij = 1/V", Q=np.full(case.Q.shape, 1.0 / len(case.P))),
        )

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        C = seen.get("C")
        costs = same_array("expected_nats(P, Q)", C, expected["C"], "model", within(C, 1e-7))
        excluded = infinite("expected_nats(P, Q)", seen.get("excluded"))
        rows, H = seen.get("rows"), float(expected["H"])
        problem = same_array("model(context)", rows, np.zeros(case.P.shape), rtol=1e9)
        below = reached = problem
        if problem is None and rows is not None:
            happens = expected["share"] > 0
            p = np.maximum(rows.astype(np.float64), 0.0)[happens]
            with np.errstate(divide="ignore"):
                got = -float(expected["share"][happens] @ np.log(p))
            paid, least = f"{np.exp(got):.4f}", f"exp(H) = {np.exp(H):.4f}"
            if not got >= H - 1e-6:
                below = Text(
                    f"The expected perplexity of your model is {paid}, below {least}: its rows are "
                    "no distributions.",
                    f"你的模型的期望困惑度为 {paid}，低于 {least}：它的行不是分布。",
                )
            elif not got <= H + 0.03:
                reached = Text(
                    f"The expected perplexity of your model is {paid}; expected close to {least}.",
                    f"你的模型的期望困惑度为 {paid}；应接近 {least}。",
                )
        return [
            Finding("expected_nats", 0.5, costs),
            Finding("excluded", 0.15, excluded, beside=True),
            Finding("never below", 0.2, below, beside=True),
            Finding("reached", 0.15, reached, beside=True),
        ]
