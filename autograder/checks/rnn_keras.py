"""Checks of the rnn unit, task 7: the Keras cell, the language model and its perplexity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Check
from ..observe.rnn import CELL
from . import keras_cell, language_model
from .rnn_network import EQUATION_1, draw_network, over_time

MODEL = language_model.Model("rnn", "RNN", "RNNCell", CELL, short_epochs=4, budget_epochs=8)


class KerasCell(keras_cell.KerasCell):
    """The cell runs in keras.layers.RNN and follows equation (1)."""

    id, task, points = "rnn.keras_cell", 7, 6.0
    zh = "该单元可放进 keras.layers.RNN，并符合公式 (1)。"
    equation = f"outputs of keras.layers.RNN(RNNCell(units)):  {EQUATION_1}"
    provides = ("RNNCell",)
    outputs = {"hs": "batch time units", "h_T": "batch units"}
    cell, gates = "RNNCell", 1

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "features", "units", "xs", "h_0", *CELL)

    def states(self, case: Case) -> dict[str, np.ndarray]:
        hs = over_time(case.xs, case.h_0, case.values)
        return {"hs": hs, "h_T": hs[:, -1]}


class LanguageModel(language_model.LanguageModel):
    """The model maps ids to logits, uses your RNN cell, and never sees the future."""

    id, task, points = "rnn.language_model", 7, 3.0
    zh = "模型把字符编号映射为 logits，使用你的 RNN 单元，且从不偷看未来。"
    model = MODEL
    provides = ("language_model",)
    uses = ("RNNCell",)


class SameModel(language_model.SameModel):
    """With the reference's trained weights your cell gives the reference's perplexity."""

    id, task, points = "rnn.same_model", 7, 3.0
    zh = "装入参考答案训练好的权重后，你的单元给出相同的困惑度。"
    model = MODEL
    requires = ("rnn.keras_cell",)

    def from_zero(self, xs: np.ndarray, params: Mapping[str, np.ndarray]) -> np.ndarray:
        return over_time(xs, np.zeros((len(xs), len(params["b_h"]))), params)


class Learns(language_model.Learns):
    """A short training run of your own code learns as the reference does."""

    id, task, points = "rnn.learns", 7, 4.0
    zh = "用你自己的代码短训一次，效果与参考答案相当。"
    model = MODEL
    requires = ("rnn.language_model",)
    uses = ("RNNCell", "language_model")


class Result(language_model.Result):
    """The trained model reaches the threshold on held-out text."""

    id, task, points = "rnn.result", 7, 4.0
    zh = "训练好的模型在留出文本上达到阈值。"
    model = MODEL
    requires = ("rnn.language_model",)
    uses = ("RNNCell", "language_model", "train")
    files = ("rnn.weights.h5", "rnn.npz")


CHECKS: tuple[type[Check], ...] = (KerasCell, LanguageModel, SameModel, Learns, Result)
