"""The lecture's recurrent cells: one equation set a file, one line or method an equation.

A cell does one step in time, `cell(x_t, [h_prev]) -> (h_t, [h_t])`; `course_lib.recurrent` runs it
over a sequence. A name is imported when it is first used, so a course may leave out the file of a
cell that students are to write.
"""

from typing import Any

from course_lib import lazy

__all__ = [
    "GRUCell",
    "GRU_PARAMETERS",
    "LINEAR_RNN_PARAMETERS",
    "LSTMCell",
    "LSTM_PARAMETERS",
    "LinearRNNCell",
    "RNNCell",
    "RNN_PARAMETERS",
]

_HOMES = {
    "linear": ("LINEAR_RNN_PARAMETERS", "LinearRNNCell"),
    "rnn": ("RNNCell", "RNN_PARAMETERS"),
    "gru": ("GRUCell", "GRU_PARAMETERS"),
    "lstm": ("LSTMCell", "LSTM_PARAMETERS"),
}

_find = lazy.attach(__name__, _HOMES)
__all__ = lazy.present(__name__, _HOMES, __all__)  # for `import *` where a cell is left out


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
