"""What comes out of the sandbox: named arrays, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

KINDS = (
    "exception",  # the student's code raised
    "not_done",  # a name is missing, or NotImplementedError
    "time",  # wall time
    "cpu",  # CPU time of all processes of the sitting
    "memory",
    "processes",
    "files",  # size, number open, disk space
    "output",  # printed too much
    "died",  # the process ended by itself: os._exit, a crash in C code
    "reply",  # what came back is no set of arrays, or too large
    "layer",  # a layer that the task is to write was used
    "claim",  # the process says that the grader is at fault: to be tried without the student's code
    "fault",  # ours: a human must look
)


@dataclass(frozen=True)
class Failure:
    """Why an observation gave no arrays; `where` is the student's own line(s), or empty."""

    kind: str
    message: str
    where: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown failure kind {self.kind!r}; expected one of {KINDS}")

    def to_json(self) -> dict[str, str]:
        """As plain data, for the wire."""
        return {"kind": self.kind, "message": self.message, "where": self.where}


@dataclass(frozen=True)
class Observation:
    """Arrays by name; `seconds` is wall time, `output` what the student's code printed."""

    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    failure: Failure | None = None
    seconds: float = 0.0
    output: str = ""
