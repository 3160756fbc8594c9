"""The grader's end of one student's process: ask, wait with a deadline, believe nothing.

Everything that the process sends is taken for hostile. `observe` never raises and never waits
longer than its limit and a moment: whatever happens becomes a `Failure`.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from ..case import Case
from ..problem import Problem
from ..student import said
from . import replies, wire
from .limits import Limits
from .observation import Failure, Observation

START_SECONDS = 20.0
END_SECONDS = 5.0
PATIENCE_SECONDS = 0.5
WATCH = wire.Caps(header_bytes=1 << 20, arrays=0)


class SandboxError(Problem, RuntimeError):
    """The sandbox cannot start or is gone: ours, never the student's. The message says why."""


class Sitting:
    """One submission's child: load it once, then observe; a context manager.

    `dead` once the child is gone, with the reason in `failure`; the caller opens a new sitting.
    """

    def __init__(self, data: socket.socket, watch: socket.socket, limits: Limits) -> None:
        self.limits = limits
        self.layers: dict[str, bool] = {}
        self.failure: Failure | None = None
        self.peak_mb = 0.0
        self.noticed: set[str] = set()
        """What the child tried, so far: kinds of `notice.py`."""
        self._data, self._watch = data, watch
        self._number = 0
        self._caps = wire.Caps(
            header_bytes=max(1 << 20, 8 * limits.output_kb << 10),
            array_bytes=limits.reply_mb << 20,
        )
        try:
            message, _ = wire.receive(watch, WATCH, time.monotonic() + START_SECONDS)
        except wire.WireError as error:
            raise SandboxError(f"the sitting did not start: {error}") from None
        if message.get("event") != "started":
            raise SandboxError(f"the sitting did not start: {message}")
        self.layers = message["layers"]

    def __enter__(self) -> Sitting:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def dead(self) -> bool:
        """Whether the child is gone, or is to go: it has written what nobody asked for."""
        if self.failure is None:
            try:
                self._nothing_waits()
            except (wire.WireError, OSError) as error:
                self.failure = Failure("reply", f"unusable reply: {error}")
                self._end()
        return self.failure is not None

    def load(
        self,
        cells: Sequence[Mapping[str, str]],
        names: Sequence[str],
        files: Mapping[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """Run what `names` need of the cells, beside the files; {"problems", "failure", "output"}.

        problems: as `autograder.loader.load` returns them. failure: a Failure if a limit was hit.
        """
        request = {"do": "load", "cells": [dict(cell) for cell in cells], "names": list(names)}
        contents = {
            name: np.frombuffer(content, np.uint8) for name, content in (files or {}).items()
        }
        answer, seen = self._ask(request, contents, self.limits.load_seconds)
        problems = replies.problems(answer.get("problems", []))
        return {
            "problems": problems,
            "failure": seen.failure,
            "output": seen.output,
            "defined": replies.names(answer.get("defined")),
        }

    def define(self, source: str, names: Sequence[str]) -> dict[str, Any]:
        """Replace `names` by what the given source defines; {"failure": None or a Failure}."""
        request = {"do": "define", "source": source, "names": list(names)}
        return {"failure": self._ask(request, {}, self.limits.load_seconds)[1].failure}

    def observe(self, function: str, case: Case, seconds: float) -> Observation:
        """The arrays of autograder.observe's `function` ("gru.reset_gate"); never raises."""
        arrays = {k: v for k, v in case.values.items() if isinstance(v, np.ndarray)}
        values = {k: v for k, v in case.values.items() if k not in arrays}
        request = {"do": "observe", "function": function, "case": case.name, "values": values}
        return self._ask(request, arrays, seconds)[1]

    def close(self) -> None:
        """End the child and all that it started; waits until they are gone."""
        if self.failure is None:
            self.failure = Failure("fault", "the sitting is closed")
            self._end()
        self._data.close()
        self._watch.close()

    def _ask(
        self, request: dict[str, Any], arrays: Mapping[str, np.ndarray], seconds: float
    ) -> tuple[dict[str, Any], Observation]:
        """Send a request and wait for the answer; any trouble ends the sitting.

        seconds: as the supervisor's `meter.Clock` counts them; by ours, `wall_times` as many.
        """
        began = time.monotonic()
        answer: dict[str, Any] = {}
        seen: dict[str, np.ndarray] = {}
        failure, output = self.failure, ""
        if failure is None:
            try:
                answer, seen = self._exchange(request, arrays, seconds)
                failure, output = replies.failure(answer), replies.output(answer)
                self.failure = self._sync()
            except wire.WireTimeout:
                self.failure = Failure("time", f"stopped at the limit of {seconds:g} s")
                output = self._end()[1]
            except wire.WireClosed:
                self.failure, output = self._end(patience=PATIENCE_SECONDS)
            except wire.WireError as error:
                self.failure = Failure("reply", f"unusable reply: {error}")
                self._end()
            except Exception as error:
                self.failure = Failure("fault", said(error))
                self._end()
        if self.failure is not None or failure is not None:
            failure, seen = self.failure or failure, {}
        spent = time.monotonic() - began
        return answer, Observation(seen, failure, spent, output[: self.limits.output_kb * 1024])

    def _exchange(
        self, request: dict[str, Any], arrays: Mapping[str, np.ndarray], seconds: float
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """One request and its answer. WireError if anything else came before or instead."""
        self._nothing_waits()
        self._number = secrets.randbits(48)  # nobody can answer before it was asked
        deadline = time.monotonic() + self.limits.wall_times * seconds
        wire.send(self._watch, {"do": "begin", "seconds": seconds}, deadline=deadline)
        wire.send(self._data, {**request, "id": self._number}, arrays, deadline)
        answer, seen = wire.receive(self._data, self._caps, deadline)
        if answer.get("id") != self._number or type(answer["id"]) is not int:
            raise wire.WireError("the answer is to another request")
        return answer, seen

    def _nothing_waits(self) -> None:
        if select.select([self._data], [], [], 0)[0] and self._data.recv(1, socket.MSG_PEEK):
            raise wire.WireError("it came without a request")

    def _sync(self) -> Failure | None:
        """After an answer: is a limit passed, did anything come twice? Why the sitting is over."""
        try:
            with contextlib.suppress(wire.WireError):  # its last word may be there already
                wire.send(self._watch, {"do": "sync"}, deadline=time.monotonic() + END_SECONDS)
            message, _ = wire.receive(self._watch, WATCH, time.monotonic() + END_SECONDS)
            self._hear(message)
            if message["event"] != "fine":
                return replies.ended(message, self.limits)
        except wire.WireError as error:
            return Failure("fault", f"the supervisor does not answer: {error}")
        try:
            self._nothing_waits()
        except (wire.WireError, OSError) as error:
            self._end()
            return Failure("reply", f"unusable reply: {error}")
        return None

    def _hear(self, message: Mapping[str, Any]) -> None:
        """Keep what every message of the supervisor tells besides."""
        self.peak_mb = float(message.get("peak_mb", self.peak_mb))
        self.noticed |= set(message.get("noticed", ()))

    def _end(self, patience: float = 0.0) -> tuple[Failure, str]:
        """Have everything killed; why the sitting was over, and what was printed last.

        patience: how long the supervisor may take to find out by itself, in seconds.
        """
        with contextlib.suppress(OSError):
            self._data.shutdown(socket.SHUT_RDWR)
        select.select([self._watch], [], [], patience)
        deadline = time.monotonic() + END_SECONDS
        try:
            with contextlib.suppress(wire.WireError):  # its last word may be there already
                wire.send(self._watch, {"do": "end"}, deadline=deadline)
            while True:
                message, _ = wire.receive(self._watch, WATCH, deadline)
                self._hear(message)
                if message["event"] != "fine":
                    return replies.ended(message, self.limits), str(message.get("output", ""))
        except wire.WireError as error:
            return Failure("fault", f"the supervisor is gone: {error}"), ""
