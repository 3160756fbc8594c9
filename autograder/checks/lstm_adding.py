"""Checks of the lstm unit, task 10: the adding problem, which takes a long memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..verdict import Text
from .held_out_text import DATA, WEIGHT_SEED
from .language_model import clipping, single, without_credit
from .lstm_equations import draw_parameters

TIME, UNITS, SEQUENCES, NEW_SEQUENCES, EPOCHS, BATCH = 30, 32, 2000, 500, 13, 50
NOTHING_KNOWN, ONE_KNOWN = 1 / 6, 1 / 12  # mean squared errors, see `course_lib.sources.adding`
EXACT = 1e-3  # of the predictions' spread: what float32 leaves of a linear relation


@lru_cache(maxsize=1)
def evidence() -> dict[str, Any]:
    """The threshold with its runs, as `course calibrate lstm` wrote them."""
    found: dict[str, Any] = json.loads((DATA / "lstm_long_lag.json").read_text(encoding="utf-8"))
    return found


class AddingModel(Check):
    """The model makes one number of the last hidden state of the cell that it is given."""

    id, task, points = "lstm.adding_model", 10, 2.0
    zh = "模型用所给单元的最后一个隐含状态算出一个数。"
    equation = "prediction = h_T w + b,  (batch, units) → (batch, 1)"
    provides = ("adding_model",)
    uses = ("LSTMCell",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        batch, time, units = 12, 7, 3
        return {
            **draw_parameters(rng, 2, units),
            "units": units,
            "xs": rng.normal(0.0, 1.0, (batch, time, 2)),
            "shorter": 4,
            "weight_seed": int(rng.integers(1, 2**31)),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"shape": np.array([len(case.xs), 1])}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        like = np.zeros(tuple(int(n) for n in expected["shape"]))
        problem: Text | None = None
        for name in ("predictions", "predictions_of_shorter"):
            problem = problem or same_array(name, seen.get(name), like, "batch, one", rtol=1e9)
        return [Finding("model", 1.0, problem or _relation(seen))]

    def signature(self, seen: Arrays, case: Case) -> Arrays:
        shapes = {name: seen[name].shape for name in seen if name.startswith("predictions")}
        if len(shapes) != 2 or set(shapes.values()) != {(len(case.xs), 1)}:
            return {name: np.array(shape) for name, shape in shapes.items()}
        y = _predictions(seen)
        fits = [_linear(inverse(y), _states(seen, name)) for name, inverse in SIBLINGS]
        return {"right": np.array(_linear(y, _states(seen, "h_T"))), "fits": np.array(fits)}


def _relation(seen: Arrays) -> Text | None:
    """What the predictions are made of, if not of the last hidden state."""
    y = _predictions(seen)
    if np.ptp(y) < 1e-6:
        return Text(
            "All predictions are the same number: does the model read its input?",
            "所有预测都是同一个数：模型读了输入吗？",
        )
    if _linear(y, _states(seen, "h_T")):
        return None
    for (name, inverse), (en, zh) in SIBLINGS.items():
        if _linear(inverse(y), _states(seen, name)):
            return Text(
                f"The predictions are made of {en}; expected a dense layer without activation "
                "on the last hidden state h_T.",
                f"预测是由{zh}算出的；应是最后一个隐含状态 h_T 经过不加激活函数的全连接层。",
            )
    return Text(
        "The predictions are not a dense layer of the last hidden state h_T of the cell that "
        "the function was given: keras.layers.RNN(cell), then Dense(1).",
        "预测不是所给单元的最后一个隐含状态 h_T 经过全连接层的结果："
        "应先 keras.layers.RNN(cell)，再 Dense(1)。",
    )


def _predictions(seen: Arrays) -> np.ndarray:
    both = [seen["predictions"], seen["predictions_of_shorter"]]
    return np.concatenate(both).astype(np.float64)


def _states(seen: Arrays, name: str) -> np.ndarray:
    return seen.get(name, np.zeros(0))


def _linear(y: np.ndarray, states: np.ndarray) -> bool:
    """Whether y (rows, 1) is one linear function, with a constant, of states (rows, units)."""
    fits = states.ndim == 2 and len(states) == len(y)
    if not fits or not np.all(np.isfinite(y)) or not np.all(np.isfinite(states)):
        return False
    rows = np.concatenate([states, np.ones((len(states), 1))], axis=1)
    left = y - rows @ np.linalg.lstsq(rows, y, rcond=None)[0]
    return bool(np.abs(left).max() < EXACT * np.ptp(y))


def _as_it_is(y: np.ndarray) -> np.ndarray:
    return y


def _before_sigmoid(y: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(np.log(y) - np.log(1.0 - y))


def _before_tanh(y: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.asarray(np.arctanh(y))


SIBLINGS: dict[tuple[str, Callable[[np.ndarray], np.ndarray]], tuple[str, str]] = {
    ("c_T", _as_it_is): ("the last cell c_T", "最后一个记忆细胞 c_T "),
    ("backwards", _as_it_is): ("the sequence read from its end", "从末尾往前读的序列"),
    ("mean", _as_it_is): ("the mean of all hidden states", "所有隐含状态的平均"),
    ("sum", _as_it_is): ("the sum of all hidden states", "所有隐含状态之和"),
    ("h_T", _before_sigmoid): (
        "h_T, with a sigmoid at the end",
        " h_T 算出、末尾又加了 sigmoid 后",
    ),
    ("h_T", _before_tanh): ("h_T, with a tanh at the end", " h_T 算出、末尾又加了 tanh 后"),
}
"""What wrong models make their prediction of, and what has to be undone before it is linear."""


class LongLag(Check):
    """Trained by your own code, your LSTM solves the adding problem, which a plain RNN does not."""

    id, task, points = "lstm.long_lag", 10, 4.0
    zh = "用你自己的代码训练，你的 LSTM 能解决普通 RNN 学不会的加法问题。"
    equation = "L = mean of (prediction − (u_s + u_t))²,  s and t the two marked steps"
    provides = ("train_adding",)
    requires = ("lstm.adding_model",)
    uses = ("LSTMCell", "adding_model")
    trains, hidden_cases = True, 0

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        from course_lib.sources import adding_problem

        seed = int(rng.integers(1, 2**31))
        inputs, targets = adding_problem(SEQUENCES, TIME, seed)
        return {
            "inputs": inputs,
            "targets": targets[:, None],
            "new_inputs": adding_problem(NEW_SEQUENCES, TIME, seed + 1)[0],
            "units": UNITS,
            "epochs": EPOCHS,
            "weight_seed": WEIGHT_SEED,
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        numbers, marks = case.new_inputs[..., 0], case.new_inputs[..., 1]
        return {"sums": np.sum(numbers * marks, axis=1, keepdims=True)}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        sums, predictions = expected["sums"], seen.get("predictions")
        problem = same_array("predictions", predictions, sums, "batch, one", rtol=1e9)
        part, moved, threshold = "learns", False, float(evidence()["threshold"])
        if problem is None and predictions is not None:
            error = float(np.mean((predictions - sums) ** 2))
            part = "learns" if error <= threshold else _level(error)
            moved = part != "hardly moved"
            problem = None if error <= threshold else _too_large(error, threshold)
        findings = [
            Finding(part, 0.6, problem),
            Finding("losses", 0.1, _losses(seen)),
            Finding("batches", 0.1, _batches(seen)),
            Finding(*clipping(seen)),
        ]
        return findings if moved else without_credit(findings)


def _level(error: float) -> str:
    """What a mean squared error above the threshold tells about the memory."""
    if error > 1.5 * NOTHING_KNOWN:
        return "hardly moved"
    return "remembers nothing" if error > 0.5 * (NOTHING_KNOWN + ONE_KNOWN) else "remembers little"


def _too_large(error: float, threshold: float) -> Text:
    rnn = min(evidence()["rnn"])
    return Text(
        f"After {EPOCHS} epochs the mean squared error on new sequences is {error:.4f} (threshold "
        f"{threshold:.3f}; always answering 1 gives {NOTHING_KNOWN:.3f}, knowing one of the two "
        f"numbers {ONE_KNOWN:.3f}, the best of many plain RNNs {rnn:.3f}).",
        f"训练 {EPOCHS} 轮后，新序列上的均方误差为 {error:.4f}（阈值 {threshold:.3f}；永远回答 1 "
        f"得 {NOTHING_KNOWN:.3f}，知道其中一个数得 {ONE_KNOWN:.3f}，"
        f"许多普通 RNN 里最好的得 {rnn:.3f}）。",
    )


def _losses(seen: Arrays) -> Text | None:
    losses = seen.get("losses")
    if losses is None or losses.shape != (EPOCHS,) or not np.all(np.isfinite(losses)):
        got = "None" if losses is None else f"an array of shape {losses.shape}"
        return Text(
            f"train_adding returned {got}; expected {EPOCHS} finite mean losses, one an epoch.",
            f"train_adding 返回了 {got}；应返回 {EPOCHS} 个有限的平均损失，每轮一个。",
        )
    if losses[0] > 2.0 or losses[-1] >= losses[0]:
        return Text(
            f"The losses go from {losses[0]:.3g} to {losses[-1]:.3g}; expected mean squared errors "
            "that fall from below 1. A sum over the batch instead of a mean?",
            f"损失从 {losses[0]:.3g} 变为 {losses[-1]:.3g}；应为均方误差，从 1 以下开始下降。"
            "是否求了和而不是平均？",
        )
    return None


def _batches(seen: Arrays) -> Text | None:
    """Keras's own loop tells how many steps were made; a loop of one's own need not."""
    steps, wanted = single(seen, "steps"), EPOCHS * SEQUENCES // BATCH
    if not np.isfinite(steps) or steps == wanted:
        return None
    return Text(
        f"{EPOCHS} epochs of {SEQUENCES} sequences took {steps:.0f} steps; expected {wanted}: "
        f"{BATCH} sequences a batch.",
        f"{SEQUENCES} 个序列训练 {EPOCHS} 轮走了 {steps:.0f} 步；应为 {wanted} 步，"
        f"即每批 {BATCH} 个序列。",
    )


class ErrorByLag(Check):
    """The mean squared error of each group of lags; a lag runs from the first mark to the end."""

    id, task, points = "lstm.error_by_lag", 10, 3.0
    zh = "每一组时滞的均方误差，时滞从第一个标记数到最后一步。"
    equation = "lag = T − 1 − (step of the first mark);  group k: edges[k] ≤ lag < edges[k + 1]"
    provides = ("error_by_lag",)
    outputs = {"error": "group"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        time, batch = 21, 300
        inputs = np.zeros((batch, time, 2))
        inputs[:, :, 0] = rng.uniform(0.0, 1.0, (batch, time))
        first = rng.permutation(np.resize(np.arange(10), batch))  # lags 11 … 20, 30 sequences each
        rows = np.arange(batch)
        inputs[rows, first, 1] = inputs[rows, rng.integers(first + 1, time), 1] = 1.0
        targets = np.einsum("bt,bt->b", inputs[..., 0], inputs[..., 1])[:, None]
        return {
            "predictions": targets + rng.normal(0.0, 0.4, targets.shape),
            "inputs": inputs,
            "targets": targets,
            "edges": np.array([12, 14, 17, 20]),  # 11 and 20 are in no group
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        groups: list[list[float]] = [[] for _ in case.edges[1:]]
        for guess, row, target in zip(case.predictions, case.inputs, case.targets, strict=True):
            lag = len(row) - 1 - min(t for t, (_, mark) in enumerate(row) if mark == 1.0)
            for k, group in enumerate(groups):
                if case.edges[k] <= lag < case.edges[k + 1]:
                    group.append(float((guess[0] - target[0]) ** 2))
        return {"error": np.array([sum(group) / len(group) for group in groups])}


CHECKS: tuple[type[Check], ...] = (AddingModel, LongLag, ErrorByLag)
