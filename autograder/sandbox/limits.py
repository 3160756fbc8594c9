"""What a sitting may use. Numbers only; supervise.py, child.py and parent.py enforce them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Limits:
    """Limits of one sitting (one child process and all that it starts).

    Seconds of loading, a check and a training are CPU time plus time spent asleep or blocked, not
    time spent waiting for a busy core (`meter.Clock`); on the wall, `wall_times` as much at most.
    `cpu_seconds`: CPU time of all processes of the sitting together, over all requests.
    Memory is what the sitting uses beyond what it was forked with, not address space.
    Sizes: 1 MB = 2**20 bytes, 1 kB = 2**10 bytes. Errors: ValueError for a limit below its minimum.
    """

    load_seconds: float = 30.0
    check_seconds: float = 10.0
    train_seconds: float = 60.0
    wall_times: float = 6.0
    cpu_seconds: float = 300.0
    memory_mb: int = 1500
    processes: int = 64
    """Processes and threads together; TensorFlow itself takes about ten."""
    file_mb: int = 64
    """Largest file."""
    disk_mb: int = 256
    """All files together."""
    files: int = 20_000
    """How many files and folders there may be."""
    open_files: int = 256
    output_kb: int = 64
    """Printed in one observation."""
    reply_mb: int = 64
    """Arrays of one observation."""

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            least = MINIMA.get(entry.name, 0)
            if not (isinstance(value, int | float) and math.isfinite(value) and value > least):
                raise ValueError(
                    f"limit {entry.name} is {value!r}; expected a finite number above {least}"
                )

    def to_json(self) -> dict[str, float]:
        """As plain data, for the wire."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, float]) -> Limits:
        """The limits that `to_json` wrote."""
        return cls(**data)  # type: ignore[arg-type]


MINIMA = {"processes": 15, "open_files": 31, "files": 15, "wall_times": 1}
"""With less than this TensorFlow itself, or an idle machine, would pass them."""
