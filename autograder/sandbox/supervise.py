"""Two processes around each student's: one outside its namespaces that watches, one that is init.

    server ── supervisor ── init (PID 1 of the sitting) ── the student's process ── what it starts

The supervisor measures, kills and tells the grader, over a socket that the student's process does
not have. When init ends, for whatever reason, the kernel ends everything in its PID namespace.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import tempfile
import time
from typing import Any, NoReturn

from . import confine, init, meter, notice, wire
from .limits import Limits

POLL_SECONDS = 0.02
IDLE_SECONDS = 0.05  # between looks at a sitting that has used no CPU time since the last look
SLACK_BYTES = 1 << 12  # a file takes whole pages
CAPS = wire.Caps(header_bytes=1 << 16, arrays=0)
LAYERS = (
    "user_namespace",
    "pid_namespace",
    "mount_namespace",
    "network_namespace",
    "ipc_namespace",
    "private_proc",
    "private_tmp",
    "landlock",
    "no_more_namespaces",
    "no_capabilities",
    "system_call_filter",
    "resource_limits",
    "memory_limit",
)


def supervise(data: socket.socket, watch: socket.socket, limits: Limits, tmp: str) -> NoReturn:
    """Start a sitting, watch it to its end, tell the grader how it ended. Never returns.

    data: the student's process's socket. watch: ours. tmp: what the sitting may write to.
    """
    try:
        _supervise(data, watch, limits, tmp)
    except BaseException as error:
        with contextlib.suppress(wire.WireError):
            wire.send(watch, {"event": "fault", "message": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def _supervise(data: socket.socket, watch: socket.socket, limits: Limits, tmp: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    confine.run_before_others()
    confine.dumpable(True)  # or the kernel would not let us write our own uid_map
    layers = dict.fromkeys(LAYERS, False)
    layers["user_namespace"] = confine.own_user_namespace()
    measuring = meter.Meter(meter.own_memory_kb(), limits)
    layers["pid_namespace"] = confine.unshare(confine.NEWPID)
    measuring.shares_are_shown = layers["pid_namespace"]  # see confine.dumpable below
    layers["memory_limit"] = meter.available()
    confine.dumpable(False)
    confine.adopt_orphans()
    folder = tempfile.mkdtemp(prefix="sitting-", dir=tmp)
    printed = [_printed("stdout"), _printed("stderr")]
    reader, writer = os.pipe()
    notices, told = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    first = os.fork()
    if first == 0:
        os.close(reader)
        os.close(notices)
        watch.close()
        init.run(data, limits, tmp, folder, printed, layers, writer, told)
    os.close(writer)
    os.close(told)
    data.close()
    status = _Lines(reader)
    sitting = _Sitting(first, measuring, limits, printed, notices)
    started = status.next(timeout=10.0) or {}
    if "layers" in started:
        layers = started["layers"]
        sitting.group = 0 if layers["pid_namespace"] else started["process"]
        wire.send(watch, {"event": "started", "layers": layers})
        kind, detail = sitting.watch(watch, status)
    else:
        kind, detail = "fault", f"the sitting did not start: {started or 'no word in 10 s'}"
    sitting.end()
    sitting.hear()
    shutil.rmtree(folder, ignore_errors=True)
    output = os.pread(printed[0], limits.output_kb * 1024, 0).decode("utf-8", "replace")
    over = {"event": "over", "kind": kind, "detail": detail, "output": output[-10_000:]}
    wire.send(watch, {**over, **sitting.said()})


class _Sitting:
    """A running sitting, seen from outside."""

    def __init__(
        self,
        init: int,
        measuring: meter.Meter,
        limits: Limits,
        printed: list[int],
        notices: int,
    ) -> None:
        self.init, self.meter, self.limits, self.printed = init, measuring, limits, printed
        self.notices, self.noticed = notices, set[str]()
        self.peak_mb = self.spent = 0.0
        self.busy = True
        self.clock: meter.Clock | None = None
        self.group = 0
        """The student's process group, where there is no PID namespace to end it by."""

    def watch(self, watch: socket.socket, status: _Lines) -> tuple[str, str]:
        """Until it ends: (kind of failure or "closed", detail)."""
        server = os.getppid()
        while os.getppid() == server:
            wait = POLL_SECONDS if self.busy else IDLE_SECONDS
            ready = select.select([watch.fileno(), status.file], [], [], wait)[0]
            kind = self.passed()
            if kind:
                return kind, f"{self.clock.seconds:g}" if self.clock else ""
            if status.file in ready:
                return self._ended(status.next(timeout=0.0))
            if watch.fileno() in ready:
                try:
                    message, _ = wire.receive(watch, CAPS)
                except wire.WireError:
                    return "closed", ""  # the grader is gone
                if message.get("do") == "begin":
                    self.clock = self._clock(float(message["seconds"]))
                elif message.get("do") == "sync":
                    self._sync(watch)
                else:
                    return "closed", ""
        return "fault", "the server is gone"

    def passed(self) -> str:
        """The kind of failure if a limit is passed now, else an empty string."""
        now = self.meter.read(self.init)
        self.busy, self.spent = now.cpu_seconds > self.spent, now.cpu_seconds
        self.peak_mb = max(self.peak_mb, now.memory_mb)
        size = sum(_size(os.fstat(file)) for file in self.printed)
        if size > self.limits.output_kb * 1024:
            return "output"
        late = self.clock is not None and self.clock.passed(time.monotonic(), now)
        return meter.over(now, self.limits) or ("time" if late else "")

    def _clock(self, seconds: float) -> meter.Clock:
        return meter.Clock(seconds, time.monotonic(), self.meter.read(self.init))

    def _sync(self, watch: socket.socket) -> None:
        """Between two observations: no limit is passed; what was printed is forgotten."""
        self.clock = None
        if not self.hear():
            self.noticed.add(notice.CLOSED)  # it lives, as it has just answered
        for file in self.printed:
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
        wire.send(watch, {"event": "fine", **self.said()})

    def hear(self) -> bool:
        """Read what the student's process was seen to try; False where nobody can tell any more."""
        with contextlib.suppress(BlockingIOError):
            while told := os.read(self.notices, 1 << 16):
                self.noticed |= notice.kinds(told)
            return False
        return True

    def said(self) -> dict[str, Any]:
        """What goes with every message to the grader."""
        return {"peak_mb": round(self.peak_mb, 1), "noticed": sorted(self.noticed)}

    def _ended(self, line: dict[str, Any] | None) -> tuple[str, str]:
        """Why the student's process is over, from what init saw."""
        status = line.get("status") if line else None
        if not isinstance(status, int):
            return "died", "it was killed"
        if os.WIFEXITED(status):
            return "died", f"exit code {os.WEXITSTATUS(status)}"
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return "cpu", ""
        with contextlib.suppress(ValueError):
            return "died", signal.Signals(number).name
        return "died", f"signal {number}"

    def end(self) -> None:
        """Kill init, and with it all; without a PID namespace, every descendant one by one."""
        with contextlib.suppress(OSError):
            if self.group:
                os.killpg(self.group, signal.SIGKILL)  # all at once: a fork bomb cannot run away
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.init, signal.SIGKILL)
        while True:
            with contextlib.suppress(ProcessLookupError):
                for number in meter.descendants(os.getpid()) if meter.available() else ():
                    os.kill(number, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return


def _size(file: os.stat_result) -> int:
    """Bytes of a file, those included that were set aside behind its end."""
    return max(file.st_size, file.st_blocks * 512 - SLACK_BYTES)


def _printed(name: str) -> int:
    """A file in memory that collects what the student's process prints."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    file, path = tempfile.mkstemp()
    os.unlink(path)
    return file


class _Lines:
    """JSON lines from init's pipe."""

    def __init__(self, file: int) -> None:
        self.file, self.rest = file, b""

    def next(self, timeout: float) -> dict[str, Any] | None:
        """The next line, or None if there is none in time."""
        while b"\n" not in self.rest:
            if not select.select([self.file], [], [], timeout)[0]:
                return None
            more = os.read(self.file, 1 << 16)
            if not more:
                return None
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        found: dict[str, Any] = json.loads(line)
        return found
