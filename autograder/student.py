"""One observation of the student's definitions: in the sandbox and in the student's own kernel.

Both run `run_observe`, so both fronts give the same arrays and the same words. NumPy and the
standard library only.
"""

from __future__ import annotations

import linecache
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .case import Case
from .sandbox.observation import Failure
from .sandbox.wire import DTYPES
from .withheld import Withheld

Explain = Callable[[BaseException], Failure | None]
MAX_MESSAGE = 1500  # characters of an exception's text that are kept
STUB = "not done yet"  # what the released notebook's stubs say
MAX_LINES = 3  # of the student's own lines, innermost last


class NotDone(Exception):
    """The student has not defined this name."""


class Student:
    """The student's definitions as attributes; `NotDone` is raised where one is missing."""

    def __init__(self, namespace: Mapping[str, Any], folder: Path) -> None:
        self._namespace = namespace
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._namespace[name]
        except KeyError:
            raise NotDone(name) from None

    def file(self, name: str) -> str | None:
        """Path of a file handed in beside the notebook, or None."""
        path = self._folder / name
        return str(path) if path.is_file() else None


def run_observe(
    function: Callable[[Any, Case], Mapping[str, Any]],
    student: Student,
    case: Case,
    explain: Explain = lambda error: None,
) -> tuple[dict[str, np.ndarray], Failure | None]:
    """The arrays of function(student, case), or {} and why there are none.

    `explain` may know an exception better (a limit that was hit). A KeyboardInterrupt goes
    through: in the student's kernel it is the student's own.
    """
    try:
        seen = function(student, case.copy())
        return {str(name): _array(str(name), value) for name, value in seen.items()}, None
    except (Exception, SystemExit) as error:
        return {}, explain(error) or failure_of(error)


def failure_of(error: BaseException) -> Failure:
    """The exception as a failure, with the student's own lines and no line of ours."""
    where = students_lines(error.__traceback__)
    if isinstance(error, Withheld):
        return Failure("layer", said(error), where)
    if isinstance(error, NotDone):
        return Failure("not_done", f"{error} is not defined")
    if isinstance(error, NotImplementedError) and _is_a_stub(error):
        return Failure("not_done", str(error) or "NotImplementedError", where)
    if isinstance(error, _NoArray):
        return Failure("reply", str(error))
    return Failure("exception", said(error), where)


def _is_a_stub(error: NotImplementedError) -> bool:
    """Whether a line of the student's raised it: TensorFlow and Keras raise some of their own."""
    if STUB in str(error):  # Keras raises it again from a line of its own
        return True
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and _place(trace.tb_frame.f_code.co_filename) is not None


def said(error: BaseException) -> str:
    """ "ValueError: text", cut to a readable length; never raises."""
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be shown)"
    text = text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + " ..."
    name = type(error).__name__[:100]
    return f"{name}: {text}" if text else name


def students_lines(trace: TracebackType | None) -> str:
    """The student's last lines of a traceback, "cell ID, line 3: return x", or an empty string."""
    lines: deque[str] = deque(maxlen=MAX_LINES)
    while trace is not None:
        file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        place = _place(file)
        if place is not None:
            text = linecache.getline(file, line).strip()[:200]
            lines.append(f"{place}line {line}: {text}" if text else f"{place}line {line}")
        trace = trace.tb_next
    return "\n".join(lines)


def _place(file: str) -> str | None:
    """The words before the line number if the file is a cell of the student's, else None."""
    if file.startswith("<cell ") and file.endswith(">"):
        return f"{file[1:-1]}, "
    if "ipykernel_" in file or file.startswith("<ipython-input"):
        return ""
    return None


class _NoArray(Exception):
    """A returned value is no array of numbers."""


def _array(name: str, value: Any) -> np.ndarray:
    """The value as an array of numbers; _NoArray says what it is instead."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise _NoArray(f"{name} is no array: {said(error)}") from None
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    if array.dtype.name not in DTYPES:
        kind = type(value).__name__[:100]
        got = kind if array.dtype == object else f"{kind} of {array.dtype}"
        raise _NoArray(f"{name} is a {got}; expected an array of numbers")
    return array
