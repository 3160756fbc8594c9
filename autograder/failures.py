"""Why an observation failed, in a sentence that a student can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .check import Check
from .sandbox.limits import Limits
from .sandbox.observation import Failure
from .verdict import NOTHING, Text


def is_fault(failure: Failure) -> bool:
    """Whether the grader, not the student, is to blame."""
    return failure.kind == "fault"


def explain(
    failure: Failure,
    check: Check,
    problems: Iterable[Mapping[str, Any]],
    limits: Limits,
    loading: bool = False,
) -> Text:
    """The failure in English and Chinese; `problems` are those met while the cells were loaded.

    loading: whether it happened while the cells that the check needs were being run.
    """
    where = f"\n    {failure.where}" if failure.where else ""
    if failure.kind == "not_done":
        return _could_not_be_run(set(check.provides), problems) or not_done(check)
    if failure.kind == "exception":
        said = _first_words(failure.message)
        text = Text(f"Your code raised {said}{where}", f"你的代码抛出了异常 {said}{where}")
        return (
            text + _shapes_hint(check, failure.message) + _missing_name(failure.message, problems)
        )
    seconds = limits.train_seconds if check.trains else limits.check_seconds
    seconds = limits.load_seconds if loading else seconds
    sentences = {
        "time": Text(
            f"Your code did not finish within {seconds:g} seconds. An endless loop?",
            f"你的代码没有在 {seconds:g} 秒内结束。是否有死循环？",
        ),
        "cpu": Text(
            "Your code used more processor time than it may. An endless loop?",
            "你的代码用掉的处理器时间超过了限制。是否有死循环？",
        ),
        "memory": Text(
            f"Your code needed more than {limits.memory_mb} MB of memory.",
            f"你的代码占用的内存超过了 {limits.memory_mb} MB。",
        ),
        "processes": Text(
            f"Your code started more than {limits.processes} processes or threads.",
            f"你的代码启动了超过 {limits.processes} 个进程或线程。",
        ),
        "files": Text(
            f"Your code opened too many files or wrote more than {limits.file_mb} MB.",
            f"你的代码打开的文件过多，或写入超过 {limits.file_mb} MB。",
        ),
        "output": Text(
            f"Your code printed more than {limits.output_kb} kB.",
            f"你的代码打印的内容超过 {limits.output_kb} kB。",
        ),
        "reply": Text("Your code did not return usable arrays.", "你的代码没有返回可用的数组。"),
        "died": Text(
            "Your code ended the Python process (sys.exit, os._exit or a crash).",
            "你的代码结束了 Python 进程（sys.exit、os._exit 或崩溃）。",
        ),
    }
    text = sentences.get(failure.kind, Text("Your code failed.", "你的代码运行失败。"))
    detail = f" ({failure.message})" if failure.message and failure.kind == "reply" else ""
    before = Text("While your cells were being run: ", "运行你的单元格时：") if loading else NOTHING
    return before + text + Text(detail, detail)


def _first_words(message: str) -> str:
    """What an exception says, without the dump behind it: Keras puts the cause further down."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Exception encountered:")]
    kept = lines[:1] + [cause for cause in causes if cause not in lines[:1]][:1]
    return "\n    ".join(line[:400] for line in kept)


def not_done(check: Check) -> Text:
    """What a check says of definitions that are missing, or still the stubs of the release."""
    names = ", ".join(check.provides)
    return Text(f"Not done yet: {names}.", f"尚未完成：{names}。")


def _missing_name(message: str, problems: Iterable[Mapping[str, Any]]) -> Text:
    """Why a name is missing that the notebook does define: the import or cell that failed."""
    name = re.match(r"NameError: name '(\w+)' is not defined", message)
    known = _could_not_be_run({name[1]}, problems) if name else None
    return Text("\n", "\n") + known if known else NOTHING


def _could_not_be_run(names: set[str], problems: Iterable[Mapping[str, Any]]) -> Text | None:
    """The first problem of a statement that binds one of the names."""
    for problem in problems:
        if names & set(problem["binds"]):
            place = f"{problem['cell']}, line {problem['line']}: {problem['text']}"
            return Text(
                f"This cell could not be run: {problem['message']}\n    {place}",
                f"这个单元格无法运行：{problem['message']}\n    {place}",
            )
    return None


def _shapes_hint(check: Check, message: str) -> Text:
    """NumPy's and TensorFlow's own shape errors name no axis; ours does, where cells are made."""
    if check.unit == "markov":
        return NOTHING
    if "matmul" in message or "broadcast" in message or "Matrix size-incompatible" in message:
        if check.unit == "bptt":
            return Text(
                "\nShapes: xs (batch, time, features), hs (batch, time, units), d_os (batch, time, "
                "outputs), W_xh (features, units), W_hh (units, units), W_ho (units, outputs).",
                "\n形状：xs (批量, 时间步, 特征)，hs (批量, 时间步, 单元)，"
                "d_os (批量, 时间步, 输出)，W_xh (特征, 单元)，W_hh (单元, 单元)，"
                "W_ho (单元, 输出)。",
            )
        return Text(
            "\nShapes: x (batch, features), h (batch, units), W_x* (features, units), "
            "W_h* (units, units), b_* (units,).",
            "\n形状：x (批量, 特征)，h (批量, 单元)，W_x* (特征, 单元)，"
            "W_h* (单元, 单元)，b_* (单元,)。",
        )
    return NOTHING
