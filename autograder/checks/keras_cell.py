"""Check of a Keras cell: equal over time, its parameters trainable, made again from its config."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..verdict import Text


def number(seen: Arrays, name: str) -> int:
    """An observed count; −1 if it is not there or no single number."""
    value = seen.get(name)
    if value is None or np.size(value) != 1 or not np.all(np.isfinite(value)):
        return -1
    return int(np.ravel(value)[0])


def truth(seen: Arrays, name: str, otherwise: bool) -> bool:
    """An observed yes or no; `otherwise` if it is not there, no if it is no single number."""
    return otherwise if name not in seen else number(seen, name) > 0


class KerasCell(Check):
    """The cell runs in keras.layers.RNN and follows the equations; each unit says which."""

    hidden_cases = 1
    cell: ClassVar[str]
    """Name of the student's class."""
    gates: ClassVar[int]
    """How many blocks of (d·u + u·u + u) parameters it has."""

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        count = self.gates * (case.features * case.units + case.units**2 + case.units)
        return {**self.states(case), "parameters": np.array(count)}

    def states(self, case: Case) -> dict[str, np.ndarray]:
        """The expected hs, h_T and, where there is one, c_T."""
        raise NotImplementedError

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        last = [name for name in self.outputs if name != "hs"]
        shares = {"hs": 0.5, **{name: 0.2 / len(last) for name in last}}
        findings = [
            Finding(
                name,
                share,
                same_array(name, seen.get(name), expected[name], self.outputs[name], rtol=3e-5),
            )
            for name, share in shares.items()
        ]
        return [
            *findings,
            *self._trainable(seen, expected),
            *self._state_size(seen, case, len(last)),
            *([] if case.hidden else self._config(seen, case)),
        ]

    def _trainable(self, seen: Arrays, expected: Arrays) -> list[Finding]:
        got, wanted = number(seen, "parameters"), int(expected["parameters"])
        formula = f"{self.gates} (d·u + u·u + u)" if self.gates > 1 else "d·u + u·u + u"
        problem = None
        if got != wanted:
            problem = Text(
                f"The cell has {got} trainable numbers; expected {wanted} = {formula}. "
                "Make them with add_weight in build.",
                f"该单元有 {got} 个可训练参数；应为 {wanted} = {formula}。"
                "请在 build 中用 add_weight 创建。",
            )
        elif without := number(seen, "without_gradient"):
            problem = Text(
                f"{without} of the cell's weights get no gradient; is some part "
                "of `call` computed outside TensorFlow, or not used?",
                f"有 {without} 个权重得不到梯度；"
                "`call` 里是否有部分计算离开了 TensorFlow，或没有用到？",
            )
        elif not truth(seen, "loads_unbuilt", True):
            problem = Text(
                f"`load` on a new {self.cell}, which has no weights yet, fails or leaves them "
                "wrong: build it first, with the sizes of the arrays (`if not self.built: ...`).",
                f"对一个还没有权重的新 {self.cell} 调用 `load` 会失败，或得到错误的权重："
                "请先按数组的尺寸创建权重（`if not self.built: ...`）。",
            )
        return [Finding("parameters", 0.15, problem)]

    def _state_size(self, seen: Arrays, case: Case, states: int) -> list[Finding]:
        got, wanted = seen.get("state_sizes"), [case.units] * states
        problem = None
        if got is None or not np.array_equal(got, wanted):
            shown = "missing" if got is None else str(got.tolist())
            expected = str(wanted if states > 1 else case.units)
            problem = Text(
                f"state_size is {shown}; expected {expected}: the size of each state of the cell.",
                f"state_size 为 {shown}；应为 {expected}，即单元每个状态的大小。",
            )
        return [Finding("state_size", 0.05, problem)]

    def _config(self, seen: Arrays, case: Case) -> list[Finding]:
        got = number(seen, "units_from_config")
        again, problem = f"{self.cell}.from_config(cell.get_config())", None
        if got < 0:
            problem = Text(
                f"{again} raises an exception; get_config has to "
                'return all that __init__ needs: {**super().get_config(), "units": ...}.',
                f"{again} 抛出了异常；get_config 必须返回 __init__ "
                '所需的一切：{**super().get_config(), "units": ...}。',
            )
        elif got != case.units:
            problem = Text(
                f"{again} has {got} units; expected {case.units}.",
                f"{again} 的单元数为 {got}；应为 {case.units}。",
            )
        elif not truth(seen, "name_from_config", True):
            problem = Text(
                f"{again} has another name than the cell: get_config has to keep what "
                'Keras knows of every layer, {**super().get_config(), "units": ...}.',
                f"{again} 的名字与原来的单元不同：get_config 应保留 Keras 对每一层记录的内容，"
                '即 {**super().get_config(), "units": ...}。',
            )
        return [Finding("config", 0.1, problem)]
