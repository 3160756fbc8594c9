"""PID 1 of a sitting: builds the fences, starts the student's process, outlives it."""

from __future__ import annotations

import json
import os
import signal
import socket
from typing import NoReturn

from .. import withheld
from . import child, confine, landlock, seccomp
from .limits import Limits

EXTRA_PROCESSES = 16  # above the limit, so that the supervisor sees that it is passed
SHARED_MEMORY_MB = 16  # /dev/shm


def run(
    data: socket.socket,
    limits: Limits,
    tmp: str,
    folder: str,
    printed: list[int],
    layers: dict[str, bool],
    writer: int,
    told: int,
) -> NoReturn:
    """All of it; `writer` and `told` are pipes to the supervisor. Never returns."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # init ignores what has no handler
    confine.die_with_parent()
    confine.adopt_orphans()
    confine.first_to_die()
    folder = _fences(layers, tmp, folder, limits)
    student = os.fork()
    if student == 0:
        _student(data, limits, folder, printed, layers, writer, told)
    data.close()
    os.close(told)
    status = None
    while status is None:
        number, ended = os.wait()
        status = ended if number == student else None
    os.write(writer, json.dumps({"status": status}).encode() + b"\n")
    os._exit(0)


def _fences(layers: dict[str, bool], tmp: str, folder: str, limits: Limits) -> str:
    """Namespaces and mounts of the sitting; returns the folder that it may write to."""
    layers["network_namespace"] = confine.unshare(confine.NEWNET)
    layers["ipc_namespace"] = confine.unshare(confine.NEWIPC)
    confine.unshare(confine.NEWUTS)
    layers["mount_namespace"] = confine.keep_mounts_to_ourselves()
    if layers["mount_namespace"]:
        layers["private_proc"] = layers["pid_namespace"] and confine.mount_proc()
    layers["no_more_namespaces"] = layers["user_namespace"] and confine.no_more_namespaces()
    if layers["mount_namespace"]:
        confine.read_only("/proc/sys")  # a root without any capability could still write there
        layers["private_proc"] = layers["private_proc"] or confine.mount_tmpfs("/proc", 1)
        confine.mount_tmpfs("/dev/shm", SHARED_MEMORY_MB, 100)
        if tmp == "/tmp":
            layers["private_tmp"] = _private_tmp(limits)
            folder = tmp if layers["private_tmp"] else folder
        else:
            layers["private_tmp"] = confine.mount_tmpfs(folder, limits.disk_mb, limits.files)
        for path in withheld.files():
            confine.mount_again(os.devnull, str(path))
    folder = os.path.join(folder, "work")
    os.mkdir(folder, 0o700)
    return folder


def _private_tmp(limits: Limits) -> bool:
    """An empty /tmp of a fixed size; what is mounted in it (a Python that lives there) stays."""
    new = "/sitting"  # made by bubblewrap.command
    kept = confine.mounts_in("/tmp")
    if not confine.mount_tmpfs(new, limits.disk_mb, limits.files):
        return False
    for folder in kept:
        place = new + folder.removeprefix("/tmp")
        os.makedirs(place, exist_ok=True)
        if not confine.mount_again(folder, place):
            return False
    return confine.mount_again(new, "/tmp")


def _student(
    data: socket.socket,
    limits: Limits,
    folder: str,
    printed: list[int],
    layers: dict[str, bool],
    writer: int,
    told: int,
) -> NoReturn:
    """The student's process: no file but its own, the last fences, then its code."""
    try:
        os.setsid()
        confine.die_with_parent()
        _only_these_files(
            os.open(os.devnull, os.O_RDONLY), *printed, data.detach(), told, writer
        )  # 0 to 5
        per_namespace = layers["user_namespace"] and confine.counts_processes_by_namespace()
        most = limits.processes + EXTRA_PROCESSES if per_namespace else None
        layers["no_capabilities"] = confine.drop_capabilities()
        layers["resource_limits"] = confine.limit_resources(
            most, limits.file_mb, limits.open_files, limits.cpu_seconds
        )
        layers["landlock"] = landlock.restrict(os.path.dirname(folder))
        layers["system_call_filter"] = seccomp.install()
        confine.dumpable(layers["pid_namespace"])  # else other sittings could read its memory
        started = {"layers": layers, "process": os.getpid()}
        os.write(5, json.dumps(started).encode() + b"\n")
        os.close(5)
        child.serve(socket.socket(fileno=3), 4, limits, folder)
    finally:
        os._exit(1)


def _only_these_files(*files: int) -> None:
    """Files become numbers 0, 1, 2, ...; every other one is closed."""
    for number, file in enumerate([os.dup2(file, 100 + n) for n, file in enumerate(files)]):
        os.dup2(file, number, inheritable=number < 3)
    os.closerange(len(files), 1 << 16)
