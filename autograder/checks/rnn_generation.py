"""Checks of the rnn unit, task 8: temperature, and text that is drawn from the right distribution.

No drawn text is expected: which tokens come out hangs on how the generator is used. Tested is
whether they may come from the network's probabilities (`drawn_tokens`); what the prefix and the
state do is seen at temperature 0, where nothing is drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, generator
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..observe import drawn_tokens
from ..observe.rnn import grows
from ..verdict import Text
from . import rnn_network as network
from .rnn_network import EQUATION_4, draw_logits, draw_parameters, parameters_of

LENGTH, STEPS = 120, 4
CLEAR = 0.05
"""Least gap of the two largest logits, so that rounding does not decide which is larger."""
FLAGS = ("text_fits", "same_seed_same_text", "other_seed_same_text", "work_grows")
MARGIN = 1.2
"""How far beyond the allowed gap a text drawn in a wrong way has to lie, in each case."""


class WithTemperature(Check):
    """Temperature divides the logits; at 0 the likeliest token gets all the probability."""

    id, task, points = "rnn.with_temperature", 8, 4.0
    zh = "温度用来除 logits；温度为 0 时，最可能的词元概率为 1。"
    equation = EQUATION_4
    provides = ("with_temperature",)
    uses = ("softmax", "one_hot", "log_softmax")

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n, gap = network.sizes(rng), 0.0
        while gap < CLEAR:
            o = draw_logits(rng, (n["batch"], n["time"], n["vocabulary"]))
            gap = float(np.diff(np.sort(o, axis=-1)[..., -2:]).min())
        temperatures = [rng.uniform(0.3, 0.7), rng.uniform(1.5, 3.0), 1e-3]
        return {"o": o, "row": o[0, 0].copy(), "temperatures": np.array(temperatures)}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        def divided(o: np.ndarray, temperature: float) -> np.ndarray:
            return np.asarray(np.exp(network.log_probabilities(o / temperature)))

        likeliest = (case.o == case.o.max(axis=-1, keepdims=True)).astype(float)
        return {
            **{f"temperature {t:g}": divided(case.o, t) for t in case.temperatures.tolist()},
            "temperature 0": likeliest,
            "one_row": divided(case.row, float(case.temperatures[0])),
        }

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings = []
        for name, wanted in expected.items():
            axes = "vocabulary" if wanted.ndim == 1 else "batch time vocabulary"
            called = f"p at {name}" if name != "one_row" else "p of a single row of logits"
            problem = same_array(called, seen.get(name), wanted, axes)
            findings.append(Finding(name, 1.0 / len(expected), problem))
        return findings


class Generate(Check):
    """Generation reads the whole prefix, then draws, and reads what it has drawn, step by step."""

    id, task, points = "rnn.generate", 8, 7.0
    zh = "生成时先读完整个前缀，然后一步一步地抽取，并读入抽到的词元。"
    equation = "h = state after the prefix;  repeat: y ~ p_τ(· | o),  (o, h) = RNN(E[y], h)"
    provides = ("generate",)
    hidden_cases = 1
    uses = (
        *("with_temperature", "read", "rnn_over_time", "rnn_step", "output", "look_up"),
        *("softmax", "log_softmax", "one_hot", "embed"),
    )
    shares = {"likeliest": 0.4, "text": 0.3, "generator": 0.1, "work": 0.2}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        while True:
            case = _draw_case(rng)
            if _tells_apart(Case("", case)):
                return case

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"likeliest": np.stack([_likeliest(p, case)[0] for p in _beginnings(case)])}

    def at_home(self, case: Case) -> dict[str, np.ndarray]:
        """What needs no network of ours: the copy has the student's own judge the text."""
        return {
            **self.expect(case),
            "text_fits": np.array([True, False, False]),
            "same_seed_same_text": np.array(True),
            "other_seed_same_text": np.array(False),
            "work_grows": np.array(False),
        }

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        if not {"text", *FLAGS} <= seen.keys():
            missing = same_array("the new ids", None, np.zeros(STEPS))
            return [Finding(part, share, missing) for part, share in self.shares.items()]
        problems = {
            "likeliest": _not_likeliest(seen.get("likeliest"), expected["likeliest"], case),
            "text": self._text(seen["text"], case),
            "generator": _not_from_generator(seen),
            "work": _growing(seen.get("work", np.zeros(0))),
        }
        return [
            Finding(part, share, problems[part], beside=part in ("generator", "work"))
            for part, share in self.shares.items()
        ]

    def _text(self, text: np.ndarray, case: Case) -> Text | None:
        size = len(case.b_o)
        problem = same_array("the text", text, np.zeros(case.length), "step", rtol=np.inf)
        if problem is not None:
            return problem
        if text.dtype.kind not in "iu" and (text != text.round()).any():
            return Text("The text holds numbers that are no ids.", "生成的内容里有不是编号的数。")
        if text.min() < 0 or text.max() >= size:
            return Text(
                f"The text holds ids from {text.min():g} to {text.max():g}; the vocabulary has "
                f"ids from 0 to {size - 1}.",
                f"生成的编号从 {text.min():g} 到 {text.max():g}；词表的编号是 0 到 {size - 1}。",
            )
        if _fits(text, case, case.temperature):
            return None
        for remark, temperature in (
            (Text("the temperature 1", "温度 1"), 1.0),
            (Text("the temperature 1/τ", "温度 1/τ"), 1.0 / case.temperature),
        ):
            if _fits(text, case, temperature):
                return Text(
                    f"The text fits {remark.en}, not the temperature {case.temperature:.3g} that "
                    "was asked for.",
                    f"生成的内容符合{remark.zh}，而不是所要求的温度 {case.temperature:.3g}。",
                )
        chance = drawn_tokens.ORDERS * drawn_tokens.CHANCE
        return Text(
            f"{case.length} tokens drawn at temperature {case.temperature:.3g} do not come from "
            f"the network's probabilities (a correct answer is told this with a chance of "
            f"{chance:.0e}). Is each drawn token read, in the state that the one before left?",
            f"在温度 {case.temperature:.3g} 下抽取的 {case.length} 个词元不符合网络给出的概率"
            f"（正确的答案被误判的机会为 {chance:.0e}）。"
            "每个抽到的词元是否都读了进去，并且是从上一步留下的状态出发？",
        )

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        """What is wrong, in numbers that do not hang on how the generator was used."""
        text, likeliest = seen.get("text"), seen.get("likeliest", np.array([]))
        if text is None or np.shape(text) != (case.length,) or not np.isin(text, range(7)).all():
            return {name: np.array(np.shape(array)) for name, array in seen.items()}
        return {
            "likeliest": likeliest,
            "never drawn": np.array(np.array_equal(text[:STEPS], likeliest[:1].ravel())),
            **{name: seen[name] for name in FLAGS if name in seen},
        }


def _draw_case(rng: np.random.Generator) -> dict[str, Any]:
    """A small network with clear preferences and a long memory, and beginnings of texts."""
    n = {"vocabulary": 7, "features": 4, "units": 5}
    params = draw_parameters(rng, n)
    return {
        **params,
        "W_hh": 1.6 * params["W_hh"],
        "W_ho": 6.0 * params["W_ho"],
        "prefixes": rng.integers(0, n["vocabulary"], (5, 5)).astype(np.int32),
        "lengths": np.array([5, 4, 3, 2, 1]),
        "steps": STEPS,
        "length": LENGTH,
        "temperature": float(rng.uniform(5.0, 6.0)),
        "seed": int(rng.integers(1, 2**31)),
        "other_seed": int(rng.integers(2**31, 2**32)),
    }


def _beginnings(case: Case) -> list[np.ndarray]:
    return [row[:n] for row, n in zip(case.prefixes, case.lengths, strict=True)]


def _likeliest(
    prefix: np.ndarray, case: Case, carry: bool = True, first: float = 0.0
) -> tuple[np.ndarray, float]:
    """The likeliest STEPS tokens after a prefix, and the least gap of the two largest logits."""
    p, gap, new = parameters_of(case), np.inf, []
    start = np.full((1, len(case.b_h)), first)
    ids, h = prefix, start
    for _ in range(STEPS):
        logits, h = network.read(ids[None], h if carry else start, p)
        order = np.argsort(-logits[0, -1])
        gap = min(gap, float(logits[0, -1, order[0]] - logits[0, -1, order[1]]))
        ids = order[:1]
        new.append(order[0])
    return np.array(new), gap


def _not_likeliest(seen: np.ndarray | None, expected: np.ndarray, case: Case) -> Text | None:
    """At temperature 0 nothing is drawn: where a continuation leaves the likeliest path."""
    axes = "prefix step"
    problem = same_array("the text at temperature 0", seen, expected, axes, rtol=np.inf)
    if problem is not None or seen is None:
        return problem
    wrong = np.argwhere(seen != expected)
    if not len(wrong):
        return None
    prefix, step = (int(n) for n in wrong[np.argmin(wrong[:, 1])])
    ids = _beginnings(case)[prefix].tolist()
    return Text(
        f"At temperature 0, the text after the prefix {ids} leaves the likeliest path at its token "
        f"{step} (counted from 0).",
        f"温度为 0 时，前缀 {ids} 之后的内容在第 {step} 个词元（从 0 数起）处偏离了最可能的路径。",
    )


def _tells_apart(case: Case) -> bool:
    """Whether the likeliest texts show that all of a prefix was read, once, and the state kept."""
    beginnings = _beginnings(case)
    found = [_likeliest(prefix, case) for prefix in beginnings]
    right = np.stack([text for text, _ in found])
    others = [
        [_likeliest(prefix[-1:], case)[0] for prefix in beginnings],
        [_likeliest(prefix[1:], case)[0] for prefix in beginnings[:-1]],
        [_likeliest(prefix[:-1], case)[0] for prefix in beginnings[:-1]],
        [_likeliest(np.append(prefix, prefix[-1]), case)[0] for prefix in beginnings],
        [_likeliest(prefix[::-1], case)[0] for prefix in beginnings],
        [_likeliest(prefix, case, carry=False)[0] for prefix in beginnings],
        [_likeliest(prefix, case, first=1.0)[0] for prefix in beginnings],
    ]
    differ = all((right[: len(other)] != np.stack(other)).any() for other in others)
    varied = all(len(np.unique(text)) > 1 for text in right[:3])
    clear = min(gap for _, gap in found) > CLEAR
    return differ and varied and clear and _shows_temperature(case)


def _shows_temperature(case: Case) -> bool:
    """Whether texts drawn at temperature 1, 1/τ or ∞ do not pass for one drawn at τ."""
    beyond = MARGIN * drawn_tokens.allowed(LENGTH)
    texts = (_drawn(case, wrong) for wrong in (1.0, 1.0 / case.temperature, 1e9))
    return all(
        drawn_tokens.gap(text, _probabilities(text, case, case.temperature)) >= beyond
        for text in texts
    )


def _drawn(case: Case, temperature: float) -> np.ndarray:
    """A text of the network's own at this temperature."""
    rng, p, text = generator(0, "a text at a wrong temperature"), parameters_of(case), []
    ids, h = case.prefixes[0], np.zeros((1, len(case.b_h)))
    for u in rng.random(LENGTH):
        logits, h = network.read(ids[None], h, p)
        chances = np.exp(network.log_probabilities(logits[0, -1] / temperature))
        ids = np.array([min(np.searchsorted(np.cumsum(chances), u), len(chances) - 1)])
        text.append(ids[0])
    return np.array(text)


def _fits(text: np.ndarray, case: Case, temperature: float) -> bool:
    """Whether the tokens may come from the network's probabilities at this temperature."""
    tokens = text.astype(int)
    p = _probabilities(tokens, case, temperature)
    return drawn_tokens.gap(tokens, p) <= drawn_tokens.allowed(len(tokens))


def _probabilities(text: np.ndarray, case: Case, temperature: float) -> np.ndarray:
    """p_t for each token of the text, (length, vocabulary), after the prefix and those before."""
    whole = np.concatenate([case.prefixes[0], text[:-1]])[None]
    logits = network.read(whole, np.zeros((1, len(case.b_h))), parameters_of(case))[0][0]
    kept = logits[len(case.prefixes[0]) - 1 :] / temperature
    return np.asarray(np.exp(network.log_probabilities(kept)))


def _not_from_generator(seen: Arrays) -> Text | None:
    """Whether the generator decides. Two of them draw the same 28 tokens with a chance of some
    1e-8 in the worst of sixty cases: Σ_v p_t(v)², multiplied along a text."""
    if not seen["same_seed_same_text"].all():
        return Text(
            "Two generators of the same seed give different texts; draw with `rng` only.",
            "种子相同的两个生成器写出了不同的内容；请只用 `rng` 来抽取。",
        )
    if seen["other_seed_same_text"].any():
        return Text(
            "Generators of different seeds give the same text; draw with `rng`.",
            "种子不同的生成器写出了相同的内容；请用 `rng` 来抽取。",
        )
    return None


def _growing(work: np.ndarray) -> Text | None:
    if work.shape != (3,):
        return Text("The work of generating could not be counted.", "无法统计生成的工作量。")
    if not grows(work):
        return None
    first, second = (int(n) for n in np.diff(work.astype(np.int64)))
    return Text(
        f"A token costs more the longer the text is: 12 further tokens take "
        f"{second / max(first, 1):.1f} times the work of the 12 before them. Keep the state, and "
        "read only the new token.",
        f"内容越长，每个词元的代价越大：再写 12 个词元的工作量是前 12 个的 "
        f"{second / max(first, 1):.1f} 倍。请保留状态，每次只读新的词元。",
    )


CHECKS: tuple[type[Check], ...] = (WithTemperature, Generate)
