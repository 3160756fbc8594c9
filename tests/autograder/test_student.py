"""One observation in this process, as the notebook front makes it: arrays, or the own lines."""

from __future__ import annotations

import linecache
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.case import Case
from autograder.sandbox.observation import Failure
from autograder.student import MAX_MESSAGE, NotDone, Student, run_observe

CASE = Case("public", {"x": np.arange(3.0)})


def notebook(source: str, file: str = "<cell answer>") -> dict[str, Any]:
    """The namespace of a cell, with its source where tracebacks find it."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space: dict[str, Any] = {}
    exec(compile(source, file, "exec"), space)
    return space


def observe(
    source: str, file: str = "<cell answer>"
) -> tuple[dict[str, np.ndarray], Failure | None]:
    def function(student: Any, case: Any) -> dict[str, Any]:
        return {"r": student.f(case.x)}

    return run_observe(function, Student(notebook(source, file), Path()), CASE)


def test_a_returned_value_becomes_an_array() -> None:
    arrays, failure = observe("def f(x): return list(x)")
    assert failure is None
    assert np.array_equal(arrays["r"], CASE.x)


def test_code_that_writes_into_its_inputs_does_not_change_the_case() -> None:
    observe("def f(x): x[:] = 0.0; return x")
    assert np.array_equal(CASE.x, np.arange(3.0))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("'text'", "r is a str of <U4; expected an array of numbers"),
        ("None", "r is a NoneType; expected an array of numbers"),
        ("{'a': 1}", "r is a dict; expected an array of numbers"),
        ("[1, 'two']", "r is a list of <U21; expected an array of numbers"),
        ("[[1], [2, 3]]", "r is no array: ValueError: setting an array element with a sequence."),
        ("1j", "r is a complex of complex128; expected an array of numbers"),
    ],
)
def test_what_is_no_array_of_numbers_is_said_to_be_none(value: str, words: str) -> None:
    arrays, failure = observe(f"def f(x): return {value}")
    assert arrays == {}
    assert failure is not None
    assert failure.kind == "reply"
    assert failure.message.startswith(words)


def test_bfloat16_comes_back_as_float32() -> None:
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    student = Student({"f": lambda x: x.astype(bfloat16)}, Path())
    arrays, failure = run_observe(lambda s, case: {"r": s.f(case.x)}, student, CASE)
    assert failure is None
    assert arrays["r"].dtype == np.float32


def test_the_students_lines_are_shown_and_ours_are_not() -> None:
    _, failure = observe("def f(x):\n    return g(x)\n\ndef g(x):\n    return x.reshape(2)\n")
    assert failure == Failure(
        "exception",
        "ValueError: cannot reshape array of size 3 into shape (2,)",
        "cell answer, line 2: return g(x)\ncell answer, line 5: return x.reshape(2)",
    )


def test_a_kernels_own_cells_are_the_students_too() -> None:
    _, failure = observe("def f(x): return 1 / 0", "/tmp/ipykernel_77/123.py")
    assert failure is not None
    assert failure.where == "line 1: def f(x): return 1 / 0"


def test_of_a_deep_recursion_the_last_lines_are_shown() -> None:
    _, failure = observe("def f(x): return f(x)")
    assert failure is not None
    assert failure.message.startswith("RecursionError")
    assert len(failure.where.splitlines()) == 3


def test_code_of_the_graders_shows_no_line() -> None:
    _, failure = observe("def f(x): return 1 / 0", "<given>")
    assert failure == Failure("exception", "ZeroDivisionError: division by zero", "")


def test_a_missing_name_and_a_stub_are_not_done() -> None:
    assert observe("g = 1")[1] == Failure("not_done", "f is not defined")
    _, failure = observe("def f(x): raise NotImplementedError('equation (1)')")
    assert failure is not None
    assert (failure.kind, failure.message) == ("not_done", "equation (1)")


def test_an_exception_that_cannot_be_shown_is_still_named() -> None:
    source = """
class Mean(Exception):
    def __str__(self): raise ValueError
def f(x): raise Mean
"""
    _, failure = observe(source)
    assert failure is not None
    assert failure.message == "Mean: (its text cannot be shown)"
    _, failure = observe("def f(x): raise ValueError('x' * 10**6)")
    assert failure is not None
    assert len(failure.message) < MAX_MESSAGE + 50


def test_sys_exit_is_a_failure_and_an_interrupt_is_the_users() -> None:
    _, failure = observe("def f(x): raise SystemExit(3)")
    assert failure is not None
    assert failure.message == "SystemExit: 3"
    with pytest.raises(KeyboardInterrupt):
        observe("def f(x): raise KeyboardInterrupt")


def test_a_known_limit_explains_an_exception_better() -> None:
    student = Student({}, Path())
    known = Failure("memory", "too large")
    assert run_observe(lambda s, c: s.f, student, CASE, lambda error: known)[1] == known


def test_python_may_ask_a_student_for_its_own_attributes() -> None:
    student = Student({"__len__": 1}, Path())
    with pytest.raises(AttributeError):
        student.__wrapped__  # noqa: B018
    with pytest.raises(NotDone):
        student.wrapped  # noqa: B018
    assert not isinstance(student, types.ModuleType)


def test_a_file_is_found_beside_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "gru.npz").write_bytes(b"x")
    student = Student({}, tmp_path)
    assert student.file("gru.npz") == str(tmp_path / "gru.npz")
    assert student.file("missing.npz") is None
