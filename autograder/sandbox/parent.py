"""The grader's side of the sandbox: one warm server, a sitting for each submission.

Everything that a student's process sends is taken for hostile. `observe` never raises and never
waits longer than its limit and a moment: whatever happens becomes a `Failure`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from ..case import Case
from ..problem import Problem
from ..student import said
from . import bubblewrap, replies, stage, wire
from .bubblewrap import available
from .limits import Limits
from .observation import Failure, Observation

__all__ = ["Limits", "SandboxError", "Server", "Sitting", "available"]

START_SECONDS = 180.0
FORK_SECONDS = 20.0
END_SECONDS = 5.0
PATIENCE_SECONDS = 0.5
ISOLATIONS = ("bubblewrap", "process")
WATCH = wire.Caps(header_bytes=1 << 20, arrays=0)


class SandboxError(Problem, RuntimeError):
    """The sandbox cannot start or is gone: ours, never the student's. The message says why."""


class Server:
    """A process with TensorFlow imported, from which sittings are forked; a context manager.

    isolation: "bubblewrap" refuses (SandboxError) where bubblewrap does not work; "process" has
    the same limits without it, for code that you trust. stage: a folder made by `stage.build`;
    by default a temporary one. hidden: folders that student code must not see.
    `layers` says which fences stand (name to bool), `versions` which libraries the server has.
    Any number of threads may call `sit` at once. A server that died is started again.
    """

    def __init__(
        self,
        isolation: str = "bubblewrap",
        stage: Path | None = None,
        hidden: Sequence[Path] = (),
    ) -> None:
        if isolation not in ISOLATIONS:
            raise ValueError(f"isolation is {isolation!r}; expected one of {', '.join(ISOLATIONS)}")
        self.isolation, self.hidden = isolation, tuple(hidden)
        self.layers: dict[str, bool] = {}
        self.versions: dict[str, str] = {}
        self.threads = 0
        self._stage, self._given_stage = stage, stage
        self._lock = threading.Lock()
        self._folders: list[tempfile.TemporaryDirectory[str]] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._init: int | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> Server:
        if self._process is not None:
            raise SandboxError("the sandbox is running already: enter it once, then call sit()")
        if self.isolation == "bubblewrap":
            works, reason, remedy = available()
            if not works:
                raise SandboxError(f"no sandbox: {reason}. {remedy}")
        try:
            self._start()
            with self.sit(Limits()) as sitting:
                self.layers = {"bubblewrap": self.isolation == "bubblewrap", **sitting.layers}
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def sit(self, limits: Limits | None = None) -> Sitting:
        """A new child for one submission. SandboxError if none can be had."""
        limits = limits or Limits()
        data, childs_data = socket.socketpair()
        watch, childs_watch = socket.socketpair()
        with childs_data, childs_watch:
            try:
                with self._lock:
                    if self._process is not None and self._process.poll() is not None:
                        self._stop()
                        self._start()
                    self._request(limits, [childs_data.fileno(), childs_watch.fileno()])
                return Sitting(data, watch, limits)
            except BaseException:
                data.close()
                watch.close()
                raise

    def close(self) -> None:
        """End the server and every sitting; nothing that they started lives on."""
        with self._lock:
            self._stop()
            for folder in self._folders:
                folder.cleanup()
            self._folders, self._stage = [], self._given_stage

    def _request(self, limits: Limits, files: list[int]) -> None:
        if self._control is None:
            raise SandboxError("the sandbox is not running: use `with Server() as server:`")
        try:
            self._control.settimeout(FORK_SECONDS)
            socket.send_fds(self._control, [json.dumps(limits.to_json()).encode()], files)
            answer = self._control.recv(1)
        except OSError as error:
            answer, reason = b"", str(error)
        else:
            reason = "it closed its socket"
        if answer != b"+":
            raise SandboxError(f"the sandbox's server does not fork: {reason}. {self._said()}")

    def _start(self) -> None:
        """Start the server and wait until it has imported everything."""
        if self._stage is None:
            self._stage = Path(self._temporary("course-sandbox-"))
            stage.build(self._stage)
        ours, theirs = socket.socketpair()
        reader, writer = os.pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by _stop)
        with theirs:
            command = self._command(theirs.fileno(), writer)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=environment(self._python_path()),
                pass_fds=(theirs.fileno(), writer),
                start_new_session=True,  # Ctrl-C is the grader's, which then ends the server
            )
        os.close(writer)
        self._control = ours
        try:
            ready = self._first_line(ours)
            with os.fdopen(reader) as info:
                if self.isolation == "bubblewrap":
                    self._init = int(json.load(info)["child-pid"])
        except (OSError, ValueError, KeyError) as error:
            said = self._said()
            self._stop()
            raise SandboxError(f"the sandbox's server did not start: {error}. {said}") from None
        self.versions, self.threads = ready["versions"], ready["threads"]

    def _command(self, control: int, info: int) -> list[str]:
        assert self._stage is not None
        # -P: the current folder is no import path; -s: nor is the user's own site-packages
        python = [sys.executable, "-P", "-s", "-B", "-m", "autograder.sandbox.warm", str(control)]
        if self.isolation == "process":
            return [*python, self._temporary("course-sittings-")]
        nobody = ["--as-nobody"] if bubblewrap.is_root() else []
        options = bubblewrap.command(self._stage, self.hidden)
        return [options[0], "--info-fd", str(info), *options[1:], *python, "/tmp", *nobody]

    def _python_path(self) -> list[Path]:
        assert self._stage is not None
        inside = self.isolation == "bubblewrap"
        return [bubblewrap.INSIDE if inside else self._stage / "python", *bubblewrap.libraries()]

    def _temporary(self, prefix: str) -> str:
        self._folders.append(tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True))
        return self._folders[-1].name

    def _first_line(self, control: socket.socket) -> dict[str, Any]:
        deadline, line = time.monotonic() + START_SECONDS, b""
        while not line.endswith(b"\n"):
            control.settimeout(max(0.01, deadline - time.monotonic()))
            more = control.recv(1 << 16)
            if not more:
                raise OSError("it ended while importing")
            line += more
        found: dict[str, Any] = json.loads(line)
        return found

    def _said(self) -> str:
        """The last lines that the server wrote, for a message."""
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        return "It said: " + " / ".join(lines[-4:]) if lines else "It said nothing."

    def _stop(self) -> None:
        """End the server: it ends itself when its socket closes; else it is killed."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._init or self._process.pid, signal.SIGKILL)
                self._process.wait(END_SECONDS)
        if self._log is not None:
            self._log.close()
        self._control = self._process = self._init = self._log = None


def environment(path: Sequence[Path]) -> dict[str, str]:
    """The whole environment of the server: nothing of ours is inherited.

    One thread and fixed hash seeds, so that the same code gives the same bits everywhere.
    """
    return {
        "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_DETERMINISTIC_OPS": "1",  # or a parallel map of a data set draws in any order
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "MPLBACKEND": "Agg",
    }


class Sitting:
    """One submission's child: load it once, then observe; a context manager.

    `dead` once the child is gone, with the reason in `failure`; the caller opens a new sitting.
    """

    def __init__(self, data: socket.socket, watch: socket.socket, limits: Limits) -> None:
        self.limits = limits
        self.layers: dict[str, bool] = {}
        self.failure: Failure | None = None
        self.peak_mb = 0.0
        self._data, self._watch = data, watch
        self._number = 0
        self._caps = wire.Caps(
            header_bytes=max(1 << 20, 8 * limits.output_kb << 10),
            array_bytes=limits.reply_mb << 20,
        )
        try:
            message, _ = wire.receive(watch, WATCH, time.monotonic() + FORK_SECONDS)
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
        """Whether the child is gone."""
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
        return {"problems": problems, "failure": seen.failure, "output": seen.output}

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
        """Send a request, wait at most `seconds` for the answer; any trouble ends the sitting."""
        began = time.monotonic()
        answer: dict[str, Any] = {}
        seen: dict[str, np.ndarray] = {}
        failure, output = self.failure, ""
        if failure is None:
            try:
                answer, seen = self._exchange(request, arrays, began + seconds)
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
        self, request: dict[str, Any], arrays: Mapping[str, np.ndarray], deadline: float
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """One request and its answer. WireError if anything else came before or instead."""
        self._nothing_waits()
        self._number += 1
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
            wire.send(self._watch, {"do": "sync"}, deadline=time.monotonic() + END_SECONDS)
            message, _ = wire.receive(self._watch, WATCH, time.monotonic() + END_SECONDS)
            self.peak_mb = float(message.get("peak_mb", self.peak_mb))
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
                if message["event"] != "fine":
                    self.peak_mb = float(message.get("peak_mb", self.peak_mb))
                    return replies.ended(message, self.limits), str(message.get("output", ""))
        except wire.WireError as error:
            return Failure("fault", f"the supervisor is gone: {error}"), ""
