"""The lecture's recurrent cells: one equation set a file, one line or method an equation.

A cell does one step in time, `cell(x_t, [h_prev]) -> (h_t, [h_t])`; `course_lib.recurrent` runs it
over a sequence. Nothing is imported until a name is asked for, so that a course may leave out the
file of a cell that students are to write.
"""

from importlib import import_module

__all__ = ["GRU_PARAMETERS", "GRUCell"]

_HOME = {"GRU_PARAMETERS": "gru", "GRUCell": "gru"}


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__():
    return sorted({*globals(), *__all__})
