"""Checks of the gru unit, task 8: the Keras cell, its weights in Keras's packing, their number."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..observe.gru import PARAMETERS
from ..verdict import Text


class KerasCell(Check):
    """The cell runs in keras.layers.RNN and equals keras.layers.GRUCell(reset_after=False)."""

    id, task, points = "gru.keras_cell", 8, 7.0
    zh = "该单元可放进 keras.layers.RNN，且与 keras.layers.GRUCell(reset_after=False) 相等。"
    equation = "outputs of keras.layers.RNN(GRUCell(units)) = equations (1) to (4) over time"
    provides = ("GRUCell",)
    hidden_cases = 1
    outputs = {"hs": "batch time units", "h_T": "batch units"}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        from .gru import draw_gru, only

        return only(draw_gru(rng), "features", "units", "xs", "h_0", *PARAMETERS)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        from .gru import over_time

        hs = over_time(case.xs, case.h_0, case.values)
        count = 3 * (case.features * case.units + case.units**2 + case.units)
        return {"hs": hs, "h_T": hs[:, -1], "parameters": np.array(count)}

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings = [
            Finding(
                name,
                share,
                same_array(name, seen.get(name), expected[name], axes, rtol=3e-5),
            )
            for name, share, axes in (
                ("hs", 0.5, self.outputs["hs"]),
                ("h_T", 0.2, self.outputs["h_T"]),
            )
        ]
        return [*findings, *self._trainable(seen, expected), *self._config(seen, case)]

    def _trainable(self, seen: Arrays, expected: Arrays) -> list[Finding]:
        got, wanted = number(seen, "parameters"), int(expected["parameters"])
        problem = None
        if got != wanted:
            problem = Text(
                f"The cell has {got} trainable numbers; expected {wanted} = 3 (d·u + u·u + u). "
                "Make them with add_weight in build.",
                f"该单元有 {got} 个可训练参数；应为 {wanted} = 3 (d·u + u·u + u)。"
                "请在 build 中用 add_weight 创建。",
            )
        elif without := number(seen, "without_gradient"):
            problem = Text(
                f"{without} of the cell's weights get no gradient; is some part "
                "of `call` computed outside TensorFlow, or not used?",
                f"有 {without} 个权重得不到梯度；"
                "`call` 里是否有部分计算离开了 TensorFlow，或没有用到？",
            )
        return [Finding("parameters", 0.15, problem)]

    def _config(self, seen: Arrays, case: Case) -> list[Finding]:
        got = number(seen, "units_from_config")
        problem = None
        if got < 0:
            problem = Text(
                "GRUCell.from_config(cell.get_config()) raises an exception; get_config has to "
                'return all that __init__ needs: {**super().get_config(), "units": ...}.',
                "GRUCell.from_config(cell.get_config()) 抛出了异常；get_config 必须返回 __init__ "
                '所需的一切：{**super().get_config(), "units": ...}。',
            )
        elif got != case.units:
            problem = Text(
                f"GRUCell.from_config(cell.get_config()) has {got} units; expected {case.units}.",
                f"GRUCell.from_config(cell.get_config()) 的单元数为 {got}；应为 {case.units}。",
            )
        return [Finding("config", 0.15, problem)]


def number(seen: Arrays, name: str) -> int:
    """An observed count; −1 if it is not there or no single number."""
    value = seen.get(name)
    if value is None or np.size(value) != 1 or not np.all(np.isfinite(value)):
        return -1
    return int(np.ravel(value)[0])


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
        from .gru import draw_gru, only

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
