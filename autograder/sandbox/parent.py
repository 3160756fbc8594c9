"""The grader's side of the sandbox: one warm server, a sitting for each submission."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from . import bubblewrap, stage
from .bubblewrap import available
from .limits import Limits
from .sitting import SandboxError, Sitting
from .temporary import Folder

__all__ = ["Limits", "SandboxError", "Server", "Sitting", "available"]

START_SECONDS = 180.0
FORK_SECONDS = 20.0
END_SECONDS = 5.0
ISOLATIONS = ("bubblewrap", "process")


class Server:
    """A process with TensorFlow imported, from which sittings are forked; a context manager.

    isolation: "bubblewrap" refuses (SandboxError) where bubblewrap does not work; "process" has
    the same limits without it, for code that you trust. stage: a folder made by `stage.build`;
    by default a temporary one. hidden: folders that student code must not see.
    `layers` says which fences stand (name to bool).
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
        self.threads = 0
        self._stage, self._given_stage = stage, stage
        self._lock = threading.Lock()
        self._folders: list[Folder] = []
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

    def sit(self, limits: Limits | None = None, unit: str = "") -> Sitting:
        """A new child for one submission. SandboxError if none can be had.

        unit: what its checks need is loaded once, before, and not in each child.
        """
        limits = limits or Limits()
        data, childs_data = socket.socketpair()
        watch, childs_watch = socket.socketpair()
        with childs_data, childs_watch:
            try:
                with self._lock:
                    if self._process is not None and self._process.poll() is not None:
                        self._stop()
                        self._start()
                    self._request(limits, unit, [childs_data.fileno(), childs_watch.fileno()])
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
                folder.close()
            self._folders, self._stage = [], self._given_stage

    def _request(self, limits: Limits, unit: str, files: list[int]) -> None:
        if self._control is None:
            raise SandboxError("the sandbox is not running: use `with Server() as server:`")
        try:
            self._control.settimeout(FORK_SECONDS)
            request = {"limits": limits.to_json(), "unit": unit}
            socket.send_fds(self._control, [json.dumps(request).encode()], files)
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
            self._stage = self._temporary("course-stage-")
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
        self.threads = ready["threads"]

    def _command(self, control: int, info: int) -> list[str]:
        assert self._stage is not None
        # -P: the current folder is no import path; -s: nor is the user's own site-packages
        python = [sys.executable, "-P", "-s", "-B", "-m", "autograder.sandbox.warm", str(control)]
        if self.isolation == "process":
            return [*python, str(self._temporary("course-children-"))]
        nobody = ["--as-nobody"] if bubblewrap.is_root() else []
        options = bubblewrap.command(self._stage, self.hidden)
        return [options[0], "--info-fd", str(info), *options[1:], *python, "/tmp", *nobody]

    def _python_path(self) -> list[Path]:
        assert self._stage is not None
        inside = self.isolation == "bubblewrap"
        return [bubblewrap.INSIDE if inside else self._stage / "python", *bubblewrap.libraries()]

    def _temporary(self, prefix: str) -> Path:
        self._folders.append(Folder(prefix))
        return self._folders[-1].path

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
