"""What a sitting uses now: memory, CPU time, processes. Read from /proc, outside the sitting.

Memory is what its processes hold beyond what the first of them was forked with (TensorFlow's pages
are shared with the server until somebody writes to them). A cheap upper bound is read each time;
only where it is over the limit are shared pages divided fairly (the kernel's Pss), which is slower.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from .limits import Limits

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """MB (2**20 bytes), CPU seconds, processes and threads, whether one of them wants a core."""

    memory_mb: float = 0.0
    cpu_seconds: float = 0.0
    processes: int = 0
    runnable: bool = False


@dataclass(frozen=True)
class _Process:
    number: int
    parent: int
    cpu_seconds: float
    threads: int
    runnable: bool


class Clock:
    """The seconds that count against the limit of one request.

    Work counts by the CPU time that it took, waiting (asleep, blocked) by the time on the wall.
    Waiting for a core that others use is not the student's doing and does not count: the same
    submission gets the same marks on a busy machine.
    """

    def __init__(self, seconds: float, now: float, usage: Usage) -> None:
        self.seconds, self.spent = seconds, 0.0
        self._now, self._cpu_seconds = now, usage.cpu_seconds

    def passed(self, now: float, usage: Usage) -> bool:
        """Count what was used since the last call; whether the limit is passed."""
        worked = max(0.0, usage.cpu_seconds - self._cpu_seconds)
        self.spent += worked if worked or usage.runnable else now - self._now
        self._now, self._cpu_seconds = now, usage.cpu_seconds
        return self.spent > self.seconds


def available() -> bool:
    """Whether this system says what processes use."""
    return (PROC / "self" / "status").exists()


def own_memory_kb() -> int:
    """Anonymous and shared memory of this process, in kB."""
    return _memory_kb(os.getpid())


class Meter:
    """Reads what the descendants of a process use, without that process itself."""

    def __init__(self, baseline_kb: int, limits: Limits) -> None:
        """Starts a thread: to be made before CLONE_NEWPID, which forbids it."""
        self.baseline_kb, self.limits = baseline_kb, limits
        self.shares_are_shown = True
        """Else a process that hides its shares is not taken to hide memory."""
        self._asked: SimpleQueue[list[int]] = SimpleQueue()
        self._answers: SimpleQueue[int] = SimpleQueue()
        self._waiting = False
        Thread(target=self._divide, daemon=True).start()

    def read(self, init: int) -> Usage:
        """What the descendants of `init` use now."""
        members = _descendants(init)
        reaping = [process for process in [_stat(init)] if process is not None]
        cpu_seconds = sum(process.cpu_seconds for process in members + reaping)  # and of the dead
        processes = sum(process.threads for process in members)
        memory = self._memory_kb([process.number for process in members])
        runnable = any(process.runnable for process in members)
        return Usage(memory / 1024, cpu_seconds, processes, runnable)

    def _memory_kb(self, members: list[int]) -> int:
        """The bound while it is below the limit; then the limit, until more is certain."""
        bound = max(0, sum(map(_memory_kb, members)) - self.baseline_kb)
        most = self.limits.memory_mb * 1024
        if bound <= most or len(members) == 1:  # alone, it shares with nobody
            return bound
        if not self._waiting:
            self._waiting = True
            self._asked.put(members)
        with contextlib.suppress(Empty):
            most = min(bound, self._answers.get_nowait())
            self._waiting = False
        return most

    def _divide(self) -> None:
        """The thread: the kernel's answer waits for every fork of a process to be over."""
        while True:
            self._answers.put(sum(map(self._fair_share_kb, self._asked.get())))

    def _fair_share_kb(self, number: int) -> int:
        text = _read(number, "smaps_rollup")
        if "Pss_Anon:" in text:
            return _sum_kb(text, "Pss_Anon:", "Pss_Shmem:")
        inherited = 0 if self.shares_are_shown else self.baseline_kb
        return max(0, _memory_kb(number) - inherited)


def over(now: Usage, limits: Limits) -> str:
    """The kind of failure of the first limit that is passed, or an empty string."""
    if now.memory_mb > limits.memory_mb:
        return "memory"
    if now.processes > limits.processes:
        return "processes"
    if now.cpu_seconds > limits.cpu_seconds:
        return "cpu"
    return ""


def descendants(root: int) -> list[int]:
    """Numbers of all processes below `root`."""
    return [process.number for process in _descendants(root)]


def _descendants(root: int) -> list[_Process]:
    """All processes below `root`, by the kernel's lists of children where it keeps them."""
    if not (PROC / str(root) / "task" / str(root) / "children").exists():
        return _descendants_by_parent(root)
    found, pending = [], [root]
    while pending:
        for number in _children(pending.pop()):
            process = _stat(number)
            if process is not None:
                found.append(process)
                pending.append(number)
    return found


def _children(number: int) -> list[int]:
    """Children of all threads of a process."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(PROC / str(number) / "task"):
            found += map(int, _read(number, f"task/{thread}/children").split())
    return found


def _descendants_by_parent(root: int) -> list[_Process]:
    """The same from a list of all processes of the machine, which is slower."""
    children: dict[int, list[_Process]] = {}
    for name in os.listdir(PROC):
        if name.isdigit():
            process = _stat(int(name))
            if process is not None:
                children.setdefault(process.parent, []).append(process)
    found, pending = [], [root]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += [process.number for process in below]
    return found


def _stat(number: int) -> _Process | None:
    """/proc/<number>/stat; None if the process is gone. See proc(5)."""
    text = _read(number, "stat")
    values = text[text.rfind(")") + 1 :].split()
    if len(values) < 18:
        return None
    ticks = sum(int(value) for value in values[11:15])  # its own, and of children it waited for
    return _Process(number, int(values[1]), ticks / TICKS, int(values[17]), values[0] == "R")


def _memory_kb(number: int) -> int:
    """Its pages, and the tables of pages: those of untouched memory that was only looked at."""
    return _sum_kb(_read(number, "status"), "RssAnon:", "RssShmem:", "VmPTE:")


def _sum_kb(text: str, *names: str) -> int:
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(names))


def _read(number: int, file: str) -> str:
    try:
        with open(f"{PROC}/{number}/{file}", "rb", buffering=0) as opened:
            return opened.read().decode(errors="replace")
    except OSError:
        return ""
