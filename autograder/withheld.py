"""Keras's own recurrent layers are withheld where a task is to write one of them.

While a student's definitions are observed, constructing or calling such a layer raises `Withheld`.
In the sandbox the layers' code is taken away for good, before any student's code is loaded, and
their files are hidden (`files`); in the student's own kernel they come back after the check.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

LAYERS = (
    *("GRU", "GRUCell", "LSTM", "LSTMCell", "SimpleRNN", "SimpleRNNCell"),
    *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
)
"""Of keras.layers. `RNN`, which runs any cell over time, stays."""
RAW_OPS = ("GRUBlockCell", "LSTMBlockCell", "BlockLSTM", "BlockLSTMV2", "CudnnRNN", "CudnnRNNV3")
"""Of tf.raw_ops: the same steps in C++."""
PLACES = re.compile(r"(?:keras|tensorflow)\..*(?:rnn|recurrent)")
"""Modules that define them; Keras lives in TensorFlow a second time, and older."""
FILES = {
    "keras": ("gru", "lstm", "simple_rnn", "conv_lstm", "conv_lstm1d"),
    "tensorflow": ("recurrent", "recurrent_v2", "convolutional_recurrent"),
}
FOLDERS = {"keras": "src/layers/rnn", "tensorflow": "python/keras/layers"}
EVENT = "course.withheld"
"""The audit event that is raised with the layer's name."""


class Withheld(RuntimeError):
    """A layer was used where the task is to write it; the text names the layer."""


def _refusal(name: str) -> Callable[..., Any]:
    def refuse(self: Any = None, *args: Any, **kwargs: Any) -> Any:  # Keras reads the signature
        sys.audit(EVENT, name)
        raise Withheld(f"{name} is withheld: the task is to write such a layer")

    return refuse


def _layers() -> Iterator[type]:
    """Every class of these names that Keras and TensorFlow have loaded."""
    found: set[type] = set()
    for name, module in list(sys.modules.items()):
        if PLACES.match(name):
            known = (vars(module).get(layer) for layer in LAYERS)
            found |= {kind for kind in known if isinstance(kind, type)}
    yield from sorted(found, key=str)


def take_away() -> None:
    """Take the code of the layers away from this process, for good."""
    for kind in _layers():
        refuse = _refusal(f"keras.layers.{kind.__name__}")
        for name, value in list(vars(kind).items()):
            if isinstance(value, types.FunctionType):
                setattr(kind, name, refuse)
            elif isinstance(value, property | classmethod | staticmethod):
                delattr(kind, name)
    tensorflow: Any = sys.modules.get("tensorflow")
    for name in RAW_OPS if tensorflow is not None else ():
        setattr(tensorflow.raw_ops, name, _refusal(f"tf.raw_ops.{name}"))


@contextmanager
def for_now() -> Iterator[None]:
    """The layers refuse inside of the block, and are as before after it."""
    kept = [
        (kind, name, vars(kind)[name])
        for kind in _layers()
        for name in ("__init__", "call")
        if name in vars(kind)
    ]
    for kind, name, _ in kept:
        setattr(kind, name, _refusal(f"keras.layers.{kind.__name__}"))
    try:
        yield
    finally:
        for kind, name, value in kept:
            setattr(kind, name, value)


def files() -> list[Path]:
    """The layers' source and compiled files, found without importing anything."""
    found: list[Path] = []
    for package, names in FILES.items():
        spec = PathFinder.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        folder = Path(spec.origin).parent / FOLDERS[package]
        for name in names:
            found += [folder / f"{name}.py", *(folder / "__pycache__").glob(f"{name}.*.pyc")]
    return [path for path in found if path.is_file()]
