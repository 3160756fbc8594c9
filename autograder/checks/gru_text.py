"""Checks of the gru unit, task 9: the language model and its perplexity, in three parts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..check import Check
from ..observe.gru import PARAMETERS
from . import language_model
from .gru_equations import over_time

MODEL = language_model.Model("gru", "GRU", "GRUCell", PARAMETERS)


class LanguageModel(language_model.LanguageModel):
    """The model maps ids to logits, uses the GRU cell, and never sees the future."""

    id, task, points = "gru.language_model", 9, 3.0
    zh = "模型把字符编号映射为 logits，使用 GRU 单元，且从不偷看未来。"
    model = MODEL
    provides = ("language_model",)
    uses = ("GRUCell",)


class SameModel(language_model.SameModel):
    """With the reference's trained weights your cell gives the reference's perplexity."""

    id, task, points = "gru.same_model", 9, 4.0
    zh = "装入参考答案训练好的权重后，你的单元给出相同的困惑度。"
    model = MODEL
    requires = ("gru.keras_cell",)

    def from_zero(self, xs: np.ndarray, params: Mapping[str, np.ndarray]) -> np.ndarray:
        return over_time(xs, np.zeros((len(xs), len(params["b_h"]))), params)


class Learns(language_model.Learns):
    """A short training run of your own code learns as the reference does."""

    id, task, points = "gru.learns", 9, 4.0
    zh = "用你自己的代码短训一次，效果与参考答案相当。"
    model = MODEL
    requires = ("gru.language_model",)
    uses = ("GRUCell", "language_model")


class Result(language_model.Result):
    """The trained model reaches the threshold on held-out text."""

    id, task, points = "gru.result", 9, 4.0
    zh = "训练好的模型在留出文本上达到阈值。"
    model = MODEL
    requires = ("gru.language_model",)
    uses = ("GRUCell", "language_model", "train")
    files = ("gru.weights.h5", "gru.npz")


CHECKS: tuple[type[Check], ...] = (LanguageModel, SameModel, Learns, Result)
