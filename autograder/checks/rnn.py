"""Checks of the rnn unit. Expected values come from a second implementation, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Check, Limit, at
from ..observe.rnn import CELL, PARAMETERS
from . import rnn_generation, rnn_keras, rnn_probabilities, rnn_windows
from . import rnn_network as network
from .rnn_network import EQUATION_1, EQUATION_2, draw_network


class OneHot(Check):
    """A one-hot vector is 1 at the token's place and 0 elsewhere."""

    id, task, points = "rnn.one_hot", 1, 3.0
    zh = "独热向量在词元的位置上为 1，其余为 0。"
    equation = "v[i] = 1 if i = id, else 0"
    provides = ("one_hot",)
    outputs = {"vectors": "batch time vocabulary", "vectors_of_a_row": "tokens vocabulary"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = network.sizes(rng)
        ids = rng.integers(0, n["vocabulary"] - 1, (n["batch"], n["time"])).astype(np.int32)
        row = network.draw_ids(rng, (n["units"],), n["vocabulary"])
        return {"ids": ids, "row": row, "vocabulary": n["vocabulary"]}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        places = np.arange(case.vocabulary)
        return {
            "vectors": (case.ids[..., None] == places).astype(float),
            "vectors_of_a_row": (case.row[:, None] == places).astype(float),
        }


class Embed(Check):
    """The embedding of a vector is its product with the embedding matrix."""

    id, task, points = "rnn.embed", 1, 3.0
    zh = "向量的嵌入是它与嵌入矩阵的乘积。"
    equation = "X = V E:  x[f] = Σ_i v[i] E[i, f]"
    provides = ("embed",)
    outputs = {"xs": "batch time features", "xs_between": "batch time features"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = draw_network(rng)
        shape = (*n["ids"].shape, n["vocabulary"])
        vectors = np.zeros(shape)
        np.put_along_axis(vectors, n["ids"][..., None].astype(int), 1.0, axis=-1)
        return {"vectors": vectors, "between": rng.normal(0.0, 1.0, shape), "E": n["E"]}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        def product(vectors: np.ndarray) -> np.ndarray:
            return np.asarray((vectors[..., None] * case.E).sum(axis=-2))

        return {"xs": product(case.vectors), "xs_between": product(case.between)}


class LookUp(Check):
    """Reading rows of the embedding matrix equals the product with one-hot vectors."""

    id, task, points = "rnn.look_up", 1, 2.0
    zh = "直接取嵌入矩阵的行，结果与独热向量的乘积相同。"
    equation = "x = E[id]"
    provides = ("look_up",)
    outputs = {"xs": "batch time features", "xs_of_a_row": "tokens features"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        n = draw_network(rng)
        row = network.draw_ids(rng, (n["units"],), n["vocabulary"])
        return {**only(n, "ids", "E"), "row": row}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        def product(ids: np.ndarray) -> np.ndarray:
            vectors = ids[..., None] == np.arange(len(case.E))
            return np.asarray(vectors.astype(float) @ case.E)

        return {"xs": product(case.ids), "xs_of_a_row": product(case.row)}


class OneStep(Check):
    """One RNN step follows equation (1)."""

    id, task, points = "rnn.one_step", 2, 6.0
    zh = "RNN 的一步符合公式 (1)。"
    equation = EQUATION_1
    provides = ("rnn_step",)
    outputs = {"h": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "x", "h_prev", *CELL)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"h": network.step(case.x, case.h_prev, case.values)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("x_t = 0", x=0 * case.x),
            at("h_{t-1} = 0", h_prev=0 * case.h_prev),
            at("b_h = 0", b_h=0 * case.b_h),
        )


class Output(Check):
    """The output follows equation (2), for one step and for all steps of a sequence."""

    id, task, points = "rnn.output", 2, 3.0
    zh = "输出符合公式 (2)，对一步和整个序列都成立。"
    equation = EQUATION_2
    provides = ("output",)
    outputs = {"o": "batch vocabulary", "o_over_time": "batch time vocabulary"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "h", "hs", "W_ho", "b_o")

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        p = case.values
        return {"o": network.logits(case.h, p), "o_over_time": network.logits(case.hs, p)}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        nothing = at("h_t = 0 (o_t = b_o)", h=0 * case.h, hs=0 * case.hs)
        return (nothing, at("b_o = 0", b_o=0 * case.b_o))


class OverTime(Check):
    """Over time, each step starts from the state that the step before it left."""

    id, task, points = "rnn.over_time", 3, 7.0
    zh = "沿时间展开时，每一步都从上一步留下的状态出发。"
    equation = "h_t = RNN(x_t, h_{t-1}),  t = 1 … T;  returns (h_1 … h_T), h_T"
    provides = ("rnn_over_time",)
    uses = ("rnn_step",)
    outputs = {
        "hs": "batch time units",
        "h_T": "batch units",
        "hs_of_one_step": "batch time units",
        "h_T_of_one_step": "batch units",
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "xs", "single", "h_0", *CELL)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        hs = network.over_time(case.xs, case.h_0, case.values)
        single = network.over_time(case.single, case.h_0[:1], case.values)
        return {
            "hs": hs,
            "h_T": hs[:, -1],
            "hs_of_one_step": single,
            "h_T_of_one_step": single[:, -1],
        }

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("h_0 = 0", h_0=0 * case.h_0),
            at("W_hh = 0", W_hh=0 * case.W_hh),
            at("T = 1", xs=case.xs[:, :1]),
        )


class Read(Check):
    """The whole network goes from ids and a state to the logits of every step and a state."""

    id, task, points = "rnn.read", 3, 4.0
    zh = "整个网络从编号和状态出发，给出每一步的 logits 和新的状态。"
    equation = f"x_t = E[id_t];   {EQUATION_1};   {EQUATION_2}"
    provides = ("read",)
    uses = ("look_up", "output", "rnn_over_time", "rnn_step", "one_hot", "embed")
    outputs = {"logits": "batch time vocabulary", "h_T": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_network(rng), "ids", "h_0", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        logits, h_last = network.read(case.ids, case.h_0, case.values)
        return {"logits": logits, "h_T": h_last}

    def limiting_cases(self, case: Case) -> tuple[Limit, ...]:
        return (
            at("h_0 = 0", h_0=0 * case.h_0),
            at("T = 1", ids=case.ids[:, :1]),
            at("b_o = 0", b_o=0 * case.b_o),
        )


CHECKS: tuple[type[Check], ...] = (
    OneHot,
    Embed,
    LookUp,
    OneStep,
    Output,
    OverTime,
    Read,
    *rnn_probabilities.CHECKS,
    *rnn_windows.CHECKS,
    *rnn_keras.CHECKS,
    *rnn_generation.CHECKS,
)
