"""Why an observation failed, in a sentence that a student can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .check import Arrays, Check
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
    if failure.kind == "layer":
        return _withheld(failure.message) + Text(where, where)
    seconds = limits.train_seconds if check.trains else limits.check_seconds
    sentences = _sentences(limits, limits.load_seconds if loading else seconds)
    if failure.kind == "files":
        return _before(loading) + _files(failure.message, limits)
    text = sentences.get(failure.kind, Text("Your code failed.", "你的代码运行失败。"))
    detail = f" ({failure.message})" if failure.message and failure.kind == "reply" else ""
    return _before(loading) + text + Text(detail, detail)


def _before(loading: bool) -> Text:
    return Text("While your cells were being run: ", "运行你的单元格时：") if loading else NOTHING


def _sentences(limits: Limits, seconds: float) -> dict[str, Text]:
    """What was hit, with the number, by kind of failure."""
    return {
        "time": Text(
            f"Your code did not finish within {seconds:g} seconds. An endless loop?",
            f"你的代码没有在 {seconds:g} 秒内结束。是否有死循环？",
        ),
        "cpu": Text(
            f"Your code used more than {limits.cpu_seconds:g} seconds of processor time in all. "
            "An endless loop?",
            f"你的代码总共用掉的处理器时间超过了 {limits.cpu_seconds:g} 秒。是否有死循环？",
        ),
        "memory": Text(
            f"Your code needed more than {limits.memory_mb} MB of memory.",
            f"你的代码占用的内存超过了 {limits.memory_mb} MB。",
        ),
        "processes": Text(
            f"Your code started more than {limits.processes} processes or threads.",
            f"你的代码启动了超过 {limits.processes} 个进程或线程。",
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


def _files(message: str, limits: Limits) -> Text:
    """Which limit of files it was, by the system's own words."""
    if "Too many open files" in message:
        return Text(
            f"Your code had more than {limits.open_files} files open.",
            f"你的代码同时打开了超过 {limits.open_files} 个文件。",
        )
    if "File too large" in message:
        return Text(
            f"Your code wrote a file of more than {limits.file_mb} MB.",
            f"你的代码写了一个超过 {limits.file_mb} MB 的文件。",
        )
    return Text(
        f"Your code wrote more than {limits.disk_mb} MB, or more than {limits.files} files.",
        f"你的代码写入超过 {limits.disk_mb} MB，或超过 {limits.files} 个文件。",
    )


def _withheld(message: str) -> Text:
    found = re.search(r"(?:keras\.layers|tf\.raw_ops)\.\w+", message)
    name = found[0] if found else "keras.layers"
    return Text(
        f"Your answer uses {name}, which is not available here: the task is to write such a layer "
        "yourself.",
        f"你的代码用了 {name}；这里不提供它：本题正是要你自己写出这样的层。",
    )


LARGE = 1e100
LIMITED = ("time", "cpu", "memory", "processes", "files", "output", "died")


def limit_hit(failure: Failure, limits: Limits) -> Text | None:
    """What an instructor should know of a failure: a limit that was hit, a reply that was none."""
    if failure.kind in LIMITED:
        said = failure.message.splitlines()[0][:200] if failure.message else failure.kind
        return Text(f"was stopped: {said}", f"被终止：{said}")
    if failure.kind == "reply" and failure.message.startswith(TAMPERED):
        return Text(
            f"wrote to the grader's channel ({failure.message})",
            f"向评分程序的通道写入了内容（{failure.message}）",
        )
    return None


TAMPERED = ("unusable reply", "the process closed its connection", "the process reports a fault")


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


def unusable(seen: Arrays, right: Arrays) -> Text | None:
    """What is wrong with the form of the first array that no right answer could have; or None."""
    for name, wanted in right.items():
        got = seen.get(name)
        if got is None:
            return Text(f"{name} is missing.", f"缺少 {name}。")
        if got.shape != wanted.shape:
            return Text(
                f"{name} has shape {got.shape}; expected {wanted.shape}.",
                f"{name} 的形状是 {got.shape}；应为 {wanted.shape}。",
            )
        if got.dtype.kind != wanted.dtype.kind or got.dtype.itemsize < min(4, wanted.itemsize):
            return Text(
                f"{name} is of type {got.dtype}; expected {wanted.dtype}.",
                f"{name} 的类型是 {got.dtype}；应为 {wanted.dtype}。",
            )
        if not np.all(np.isfinite(got)) or np.abs(got.astype(np.float64)).max(initial=0.0) > LARGE:
            return Text(
                f"{name} holds values that are not finite, or too large to compute with.",
                f"{name} 含有非有限值，或大到无法计算的值。",
            )
    return None
