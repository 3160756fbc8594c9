"""Checks of the lstm unit, task 8: the Keras cell, its start, Keras's gate order, forget bias."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Check
from ..observe.lstm import PARAMETERS
from . import keras_cell
from .lstm_equations import draw_lstm, over_time

KERAS_ORDER = ("i", "f", "c", "o")


class KerasCell(keras_cell.KerasCell):
    """The cell runs in keras.layers.RNN and equals keras.layers.LSTMCell."""

    id, task, points = "lstm.keras_cell", 8, 7.0
    zh = "该单元可放进 keras.layers.RNN，且与 keras.layers.LSTMCell 相等。"
    equation = "outputs and states of keras.layers.RNN(LSTMCell(units)) = equations (1) to (6)"
    provides = ("LSTMCell",)
    outputs = {"hs": "batch time units", "h_T": "batch units", "c_T": "batch units"}
    cell, gates = "LSTMCell", 4

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), "features", "units", "xs", "h_0", "c_0", *PARAMETERS)

    def states(self, case: Case) -> dict[str, np.ndarray]:
        hs, cs = over_time(case.xs, case.h_0, case.c_0, case.values)
        return {"hs": hs, "h_T": hs[:, -1], "c_T": cs[:, -1]}


class FreshCell(Check):
    """A new cell begins with forget biases of 1 and all other biases 0."""

    id, task, points = "lstm.fresh_cell", 8, 2.0
    zh = "新单元的遗忘门偏置从 1 开始，其余偏置从 0 开始。"
    equation = (
        "x = 0, h_{t-1} = 0, b_f = 1  ⇒  c_t = σ(1) c_{t-1} = 0.731 c_{t-1},  h_t = ½ tanh(c_t)"
    )
    provides = ("LSTMCell",)
    outputs = {"c": "batch units", "h": "batch units"}
    hidden_cases = 1

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), "features", "units", "c_prev")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        c = case.c_prev / (1.0 + np.exp(-1.0))
        return {"c": c, "h": 0.5 * np.tanh(c)}


class KerasWeights(Check):
    """The twelve arrays become Keras's three, in the order i, f, c, o."""

    id, task, points = "lstm.keras_weights", 8, 3.0
    zh = "十二个数组合成 Keras 的三个，顺序为 i、f、c、o。"
    equation = (
        "kernel = [W_xi W_xf W_xc W_xo],  recurrent_kernel = [W_hi W_hf W_hc W_ho],"
        "  bias = [b_i b_f b_c b_o]"
    )
    provides = ("keras_weights",)
    outputs = {
        "kernel": "features, 4 units",
        "recurrent_kernel": "units, 4 units",
        "bias": "4 units,",
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_lstm(rng), *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        rows = {"kernel": "W_x", "recurrent_kernel": "W_h", "bias": "b_"}
        return {
            name: np.concatenate([case.values[prefix + block] for block in KERAS_ORDER], axis=-1)
            for name, prefix in rows.items()
        }


class ForgetBias(Check):
    """The forget bias that leaves one half of a fresh cell after so many steps."""

    id, task, points = "lstm.forget_bias", 8, 2.0
    zh = "经过给定步数，新单元的记忆细胞恰好剩下一半时的遗忘门偏置。"
    equation = "σ(b_f)^steps = 1/2"
    provides = ("forget_bias",)
    outputs = {"b_f": "case"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"steps": np.concatenate([[1.0], rng.choice(np.arange(2.0, 150.0), 4, False)])}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        # σ(b) = 2^(−1/n)  ⇔  exp(−b) = 2^(1/n) − 1
        return {"b_f": -np.log(np.expm1(np.log(2.0) / case.steps))}


CHECKS: tuple[type[Check], ...] = (KerasCell, FreshCell, KerasWeights, ForgetBias)
