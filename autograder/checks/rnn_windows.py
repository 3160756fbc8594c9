"""Checks of the rnn unit, task 6: windows in the text's order, in random order, and the state."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..verdict import Text
from . import rnn_network as network
from .rnn_network import draw_parameters, sizes

NEIGHBOURS = 11
"""This many pairs of a shuffled order that were neighbours before. With M windows in an order
drawn at random the chance is at most 1/11! = 2.5e-8: E[C(X, 11)] of X such pairs is below 1/11!.
Three kinds of pairs are counted, so a correct answer fails with a chance below 1e-7."""


class SequentialBatches(Check):
    """Row r of a sequential batch goes on in row r of the next; targets are one token later."""

    id, task, points = "rnn.sequential_batches", 6, 6.0
    zh = "顺序划分时，一个批量的第 r 行接着下一个批量的第 r 行；目标比输入晚一位。"
    equation = (
        "inputs[n, r, t] = ids[r L + n time + t],  targets[n, r, t] = ids[r L + n time + t + 1],  "
        "L = (N − 1) // batch"
    )
    provides = ("sequential_batches",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        batch, time, count = (int(n) for n in rng.permutation([3, 4, 5]))
        settings = [
            (batch * (time * count + 2) + 2, batch, time),  # something is left of rows and text
            (batch * time * (count + 1), batch, time),  # without the one token kept back: one more
            (batch * time * count + 1, batch, time),  # nothing is left
        ]
        longest = max(length for length, _, _ in settings)
        return {"ids": rng.permutation(3 * longest)[:longest], "settings": np.array(settings)}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        expected = {}
        for length, batch, time in case.settings.tolist():
            row = (length - 1) // batch
            shape = row // time, batch, time
            inputs, targets = np.zeros(shape, int), np.zeros(shape, int)
            for n, r, t in np.ndindex(*shape):
                inputs[n, r, t] = case.ids[r * row + n * time + t]
                targets[n, r, t] = case.ids[r * row + n * time + t + 1]
            expected[f"inputs of {length} tokens"] = inputs
            expected[f"targets of {length} tokens"] = targets
        return expected

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        axes, findings = "batches batch time", []
        for name, wanted in expected.items():
            problem = same_array(name, seen.get(name), wanted, axes)
            if problem is not None:
                problem += _shift(seen, name, case)
            findings.append(Finding(name, 1.0 / len(expected), problem))
        return findings


def _shift(seen: Arrays, name: str, case: Case) -> Text:
    """By how many tokens the targets are later than the inputs, where that is a wrong number."""
    kind, _, of = name.partition(" ")
    inputs, targets = seen.get(f"inputs {of}"), seen.get(f"targets {of}")
    if kind != "targets" or inputs is None or targets is None or inputs.shape != targets.shape:
        return Text("", "")
    steps = set((_places(targets, case.ids) - _places(inputs, case.ids)).ravel().tolist())
    if len(steps) != 1 or (step := steps.pop()) == 1:
        return Text("", "")
    return Text(
        f" Your targets are {step} tokens later than the inputs; expected 1.",
        f"你的目标比输入晚 {step} 个词元；应晚 1 个。",
    )


def _places(values: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Where in the text each value stands (its ids are all different); −10**6 if nowhere."""
    order = np.argsort(ids)
    found = np.searchsorted(ids[order], values).clip(0, len(ids) - 1)
    places = order[found]
    return np.where(ids[places] == values, places, -(10**6))


class RandomBatches(Check):
    """Random batches hold each window of the text once, in an order that the generator decides."""

    id, task, points = "rnn.random_batches", 6, 5.0
    zh = "随机采样取遍文本的所有窗口，每个恰好一次，不同的生成器给出不同的次序。"
    equation = "windows begin at 0, time, 2 time, …;  targets are the inputs one token later"
    provides = ("random_batches",)
    shares = {"windows": 0.4, "targets": 0.25, "order": 0.2, "generator": 0.15}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        batch, time = (int(n) for n in rng.permutation([4, 5]))
        length = time * (9 * batch + 2) + 3  # tokens that fill no window, windows no batch
        return {
            "ids": rng.permutation(3 * length)[:length],
            "lengths": {"of_full_windows": 3 * batch * time + 1, "one_short": 3 * batch * time},
            "batch": batch,
            "time": time,
            "seed": int(rng.integers(1, 2**31)),
            "other_seed": int(rng.integers(2**31, 2**32)),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        problems = self._problems(seen, case)
        return [Finding(part, share, problems.get(part)) for part, share in self.shares.items()]

    def _problems(self, seen: Arrays, case: Case) -> dict[str, Text]:
        """The first problem of each part; with windows of another shape there is but one."""
        for name in ("", "_again", "_other"):
            if (wrong := _other_shape(seen, name, len(case.ids), case)) is not None:
                return dict.fromkeys(self.shares, wrong)
        few = (_other_shape(seen, f"_{name}", n, case) for name, n in case.lengths.items())
        places = _places(seen["inputs"], case.ids)
        found = {
            "windows": _not_all_windows(places, case) or next(filter(None, few), None),
            "targets": _not_one_later(seen["inputs"], seen["targets"], case),
            "order": _not_shuffled(places[..., 0], case),
            "generator": _not_from_generator(seen),
        }
        return {part: problem for part, problem in found.items() if problem is not None}

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        """What is wrong, in numbers that do not hang on the order that was drawn."""
        inputs, targets = seen.get("inputs"), seen.get("targets")
        shapes = {name: np.array(np.shape(array)) for name, array in seen.items()}
        if inputs is None or targets is None or inputs.shape != targets.shape:
            return shapes
        if inputs.ndim != 3 or not np.diff(inputs).size:  # no window, or of one token
            return shapes
        places, later = _places(inputs, case.ids), _places(targets, case.ids)
        starts = places[..., 0]
        return {
            "shape": np.array(inputs.shape),
            "shapes": np.array([np.shape(seen.get(f"inputs_{n}", 0))[:1] for n in case.lengths]),
            "steps": np.unique(np.diff(places)) if np.ptp(np.diff(places)) == 0 else np.array([]),
            "shift": np.unique(later - places) if np.ptp(later - places) == 0 else np.array([]),
            "repeats": np.array(len(np.unique(starts)) < starts.size),
            "aligned": np.array(len(np.unique(starts % case.time)) == 1),
            "pairs": np.array([n >= NEIGHBOURS for n in _neighbours(starts, case)]),
            "generator": np.array([_same(seen, "_again"), _same(seen, "_other")]),
        }


def _other_shape(seen: Arrays, name: str, length: int, case: Case) -> Text | None:
    """Inputs and targets of `length` tokens: as many batches as get full, from their own start."""
    inputs = seen.get(f"inputs{name}")
    first = 0
    if inputs is not None and inputs.ndim == 3 and inputs.size:
        first = int(_places(inputs, case.ids)[..., 0].min()) % case.time  # a random beginning
    count = (length - 1 - first) // case.time // case.batch
    shape, axes = (count, case.batch, case.time), "batches batch time"
    return next(
        (
            Text(f"Of {length} tokens, ", f"文本有 {length} 个词元时，") + problem
            for kind in ("inputs", "targets")
            if (
                problem := same_array(
                    kind, seen.get(f"{kind}{name}"), np.zeros(shape), axes, rtol=np.inf
                )
            )
        ),
        None,
    )


def _not_all_windows(places: np.ndarray, case: Case) -> Text | None:
    if (places < 0).any():
        return Text(
            "The inputs hold values that are no ids of the text.", "输入里有文本中没有的编号。"
        )
    if (np.diff(places) != 1).any():
        return Text(
            "The tokens of a window do not follow each other in the text; shuffle whole windows, "
            "not tokens.",
            "窗口里的词元在文本中并不相连；应打乱整个窗口，而不是词元。",
        )
    starts = places[..., 0].ravel()
    repeated = len(starts) - len(np.unique(starts))
    if repeated:
        return Text(
            f"{repeated} windows come more than once; expected each window at most once.",
            f"有 {repeated} 个窗口重复出现；每个窗口最多出现一次。",
        )
    if len(np.unique(starts % case.time)) > 1:
        return Text(
            f"The windows overlap: expected starts that differ by multiples of {case.time}.",
            f"窗口有重叠；起点之间应相差 {case.time} 的倍数。",
        )
    return None


def _not_one_later(inputs: np.ndarray, targets: np.ndarray, case: Case) -> Text | None:
    steps = _places(targets, case.ids) - _places(inputs, case.ids)
    if (steps == 1).all():
        return None
    if np.ptp(steps) == 0:
        return Text(
            f"The targets are {steps.flat[0]} tokens later than the inputs; expected 1.",
            f"目标比输入晚 {steps.flat[0]} 个词元；应晚 1 个。",
        )
    return Text(
        "The targets are not the tokens that follow the inputs in the text.",
        "目标不是文本中紧跟在输入之后的词元。",
    )


def _neighbours(starts: np.ndarray, case: Case) -> tuple[int, int, int]:
    """Pairs of windows that follow each other: in the batch, in the same row, and backwards."""
    flat = starts.ravel()
    return (
        int((np.diff(flat) == case.time).sum()),
        int((np.diff(starts, axis=0) == case.time).sum()),
        int((np.diff(flat) == -case.time).sum()),
    )


def _not_shuffled(starts: np.ndarray, case: Case) -> Text | None:
    along, down, back = _neighbours(starts, case)
    if max(along, down, back) < NEIGHBOURS:
        return None
    pairs = starts.size - 1
    return Text(
        f"The windows are not shuffled: {max(along, down, back)} of {pairs} pairs still follow "
        "each other as in the text.",
        f"窗口没有打乱：{pairs} 对相邻窗口中有 {max(along, down, back)} 对仍保持文本中的先后。",
    )


def _same(seen: Arrays, other: str) -> bool:
    return np.array_equal(seen["inputs"], seen.get(f"inputs{other}", np.array([])))


def _not_from_generator(seen: Arrays) -> Text | None:
    if not _same(seen, "_again"):
        return Text(
            "Two generators of the same seed give different batches; draw with `rng` only.",
            "种子相同的两个生成器给出了不同的批量；请只用 `rng` 来抽取。",
        )
    if _same(seen, "_other"):
        return Text(
            "Generators of different seeds give the same batches; shuffle with `rng`.",
            "种子不同的生成器给出了相同的批量；请用 `rng` 打乱。",
        )
    return None


class ReadBatches(Check):
    """The state is carried from batch to batch where it should be, and starts at zero elsewhere."""

    id, task, points = "rnn.read_batches", 6, 3.0
    zh = "该传下去时，状态从一个批量传到下一个；否则从零开始。"
    equation = "h_0 of batch n = h_T of batch n − 1 if carry, else 0"
    provides = ("read_batches",)
    uses = ("read", "rnn_over_time", "rnn_step", "output", "look_up", "one_hot", "embed")
    outputs = {
        "carried": "batches, batch, time, vocabulary",
        "from_zero": "batches, batch, time, vocabulary",
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = sizes(rng)
        inputs = network.draw_ids(rng, (2 + n["time"], n["batch"], n["time"]), n["vocabulary"])
        return {"inputs": inputs, **draw_parameters(rng, n)}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        count, batch, time = case.inputs.shape
        zero = np.zeros((batch, len(case.b_h)))
        in_one_go = case.inputs.swapaxes(0, 1).reshape(batch, count * time)
        carried = network.read(in_one_go, zero, case.values)[0]
        fresh = network.read(
            case.inputs.reshape(-1, time), np.zeros((count * batch, len(case.b_h))), case.values
        )[0]
        return {
            "carried": carried.reshape(batch, count, time, -1).swapaxes(0, 1),
            "from_zero": fresh.reshape(count, batch, time, -1),
        }


CHECKS: tuple[type[Check], ...] = (SequentialBatches, RandomBatches, ReadBatches)
