"""The warm server: TensorFlow is imported once here, and each sitting is a fork of this process.

No TensorFlow operation may run before a fork: its thread pools would not survive it. The server
holds nothing secret and talks to the grader over one socket. A request is a JSON line (the limits;
the unit, or "" for none) with two file descriptors: the socket of the student's process and that
of its supervisor.

    python -m autograder.sandbox.warm FD [--as-nobody] TMP
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import socket

from .. import withheld
from . import confine, supervise
from .limits import Limits

MAX_REQUEST = 1 << 16


def main() -> None:
    """Import, say so, then fork for each request until the grader is gone."""
    parser = argparse.ArgumentParser(description="The sandbox's warm server.")
    parser.add_argument("fd", type=int)
    parser.add_argument("tmp")
    parser.add_argument("--as-nobody", action="store_true")
    arguments = parser.parse_args()
    os.closerange(3, arguments.fd)
    os.closerange(arguments.fd + 1, 1 << 16)
    control = socket.socket(fileno=arguments.fd)
    os.set_inheritable(arguments.fd, False)
    if arguments.as_nobody:
        leave_root()
    import_all()
    withheld.take_away()
    confine.dumpable(False)
    gc.collect()
    gc.freeze()
    ready = {"event": "ready", "threads": threads()}
    control.sendall(json.dumps(ready).encode() + b"\n")
    serve(control, arguments.tmp)
    if arguments.tmp != "/tmp":  # a killed grader cannot remove it
        shutil.rmtree(arguments.tmp, ignore_errors=True)


def leave_root() -> None:
    """Root was needed to build the mounts only; from here on this is nobody."""
    if not confine.mount_proc():
        raise SystemExit("the sandbox's /proc could not be mounted")
    if not (confine.become_nobody() and confine.dumpable(True)):
        raise SystemExit("the sandbox could not leave root")
    confine.own_user_namespace()
    confine.drop_capabilities()


def import_all() -> None:
    """TensorFlow, Keras and what they load when they are first used.

    Collecting garbage among so many new modules takes a fifth of the time and finds nothing.
    """
    gc.disable()
    importlib.import_module("keras")  # with Matplotlib, whose font cache takes seconds to make
    importlib.import_module("numpy.random")
    tensorflow = importlib.import_module("tensorflow")
    # Graphs here live for seconds: optimising them costs more than it saves.
    tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    gc.enable()


def import_unit(unit: str) -> None:
    """The observing functions of a unit, and what they load when they are first used."""
    with contextlib.suppress(ImportError):  # the sitting says it, where it matters
        module = importlib.import_module(f"autograder.observe.{unit}")
        for name in getattr(module, "PRELOAD", ()):
            importlib.import_module(name)


def threads() -> int:
    """How many threads this process has; a fork keeps only one."""
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/task"))
    return 1


def serve(control: socket.socket, tmp: str) -> None:
    """Fork a supervisor for each request; the byte sent back says that it lives."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps supervisors
    while True:
        line, files, _, _ = socket.recv_fds(control, MAX_REQUEST, 2)
        if not line:
            return
        data, watch = (socket.socket(fileno=file) for file in files)
        request = json.loads(line)
        if request["unit"]:
            import_unit(request["unit"])
        if os.fork() == 0:
            control.close()
            supervise.supervise(data, watch, Limits.from_json(request["limits"]), tmp)
        data.close()
        watch.close()
        control.sendall(b"+")


if __name__ == "__main__":
    main()
