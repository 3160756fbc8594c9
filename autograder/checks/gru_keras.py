"""Checks of the gru unit, task 8: the Keras cell, its weights in Keras's packing, their number."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case, only
from ..check import Check
from ..observe.gru import PARAMETERS
from . import keras_cell
from .gru_equations import draw_gru, over_time


class KerasCell(keras_cell.KerasCell):
    """The cell runs in keras.layers.RNN and equals keras.layers.GRUCell(reset_after=False)."""

    id, task, points = "gru.keras_cell", 8, 7.0
    zh = "该单元可放进 keras.layers.RNN，且与 keras.layers.GRUCell(reset_after=False) 相等。"
    equation = "outputs of keras.layers.RNN(GRUCell(units)) = equations (1) to (4) over time"
    provides = ("GRUCell",)
    outputs = {"hs": "batch time units", "h_T": "batch units"}
    cell, gates = "GRUCell", 3

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), "features", "units", "xs", "h_0", *PARAMETERS)

    def states(self, case: Case) -> dict[str, np.ndarray]:
        hs = over_time(case.xs, case.h_0, case.values)
        return {"hs": hs, "h_T": hs[:, -1]}


class KerasWeights(Check):
    """The nine arrays become Keras's three, in the order z, r, h."""

    id, task, points = "gru.keras_weights", 8, 3.0
    zh = "九个数组合成 Keras 的三个，顺序为 z、r、h。"
    equation = (
        "kernel = [W_xz W_xr W_xh],  recurrent_kernel = [W_hz W_hr W_hh],  bias = [b_z b_r b_h]"
    )
    provides = ("keras_weights",)
    outputs = {
        "kernel": "features, 3 units",
        "recurrent_kernel": "units, 3 units",
        "bias": "3 units,",
    }

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return only(draw_gru(rng), *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        p = case.values
        return {
            "kernel": np.concatenate([p["W_xz"], p["W_xr"], p["W_xh"]], axis=1),
            "recurrent_kernel": np.concatenate([p["W_hz"], p["W_hr"], p["W_hh"]], axis=1),
            "bias": np.concatenate([p["b_z"], p["b_r"], p["b_h"]]),
        }


class ParameterCount(Check):
    """The number of parameters, for both places of the reset gate."""

    id, task, points = "gru.parameter_count", 8, 3.0
    zh = "两种重置门位置下的参数个数。"
    equation = "numbers in W_xr, W_hr, b_r, … b_h;  reset_after=True has a second bias at each gate"
    provides = ("parameter_count",)
    outputs = {"reset_before": "case", "reset_after": "case"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return {"sizes": rng.integers(2, 60, (4, 2))}

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        d, u = case.sizes[:, 0], case.sizes[:, 1]
        return {"reset_before": 3 * (d * u + u * u + u), "reset_after": 3 * (d * u + u * u + 2 * u)}


CHECKS: tuple[type[Check], ...] = (KerasCell, KerasWeights, ParameterCount)
