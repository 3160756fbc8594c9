"""The lecture's recurrent cells: one equation set a file, one line or method an equation.

A cell does one step in time, `cell(x_t, [h_prev]) -> (h_t, [h_t])`; `course_lib.recurrent` runs it
over a sequence. A name is imported when it is first used, so a course may leave out the file of a
cell that students are to write.
"""

from typing import Any

from course_lib import lazy

__all__ = ["GRU_PARAMETERS", "GRUCell"]

_find = lazy.attach(__name__, {"gru": ("GRUCell", "GRU_PARAMETERS")})


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
