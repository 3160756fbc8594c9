"""The student's process: loads the cells, calls the observing functions, sends arrays back.

It holds no expected value, no seed of a later case, and no work of anybody else. Its replies are
not trusted: whatever code runs here may write what it likes to the socket.
"""

from __future__ import annotations

import errno
import importlib
import io
import os
import socket
import sys
import tempfile
import types
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import loader
from ..case import Case
from ..student import Student, failure_of, run_observe, said
from . import notice, wire
from .limits import Limits
from .observation import Failure

CAPS = wire.Caps(1 << 28, 1 << 31, arrays=4096, depth=100, values=1 << 24)
Reply = tuple[dict[str, Any], dict[str, np.ndarray]]


def serve(sock: socket.socket, notices: int, limits: Limits, folder: str) -> None:
    """Answer requests until the grader closes the socket; notices: see `notice.py`."""
    _settle(folder)
    notice.watch(notices, folder)
    child, process = _Child(limits, Path(folder)), os.getpid()
    while True:
        try:
            request, arrays = wire.receive(sock, CAPS)
        except wire.WireError:
            return
        answer, seen = child.answer(request, arrays)
        if os.getpid() != process:
            os._exit(0)  # the student's code forked and both came back: one answer is enough
        answer |= {"id": request["id"], "output": _printed(limits.output_kb * 1024)}
        wire.send(sock, answer, seen)


def _settle(folder: str) -> None:
    """A folder, a home, and printing that is read back by file."""
    os.chdir(folder)
    home = str(Path(folder).parent)
    os.environ.update(HOME=home, TMPDIR=home, MPLCONFIGDIR=home)
    tempfile.tempdir = None
    os.umask(0o077)
    printing = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", "replace", "\n", True)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  (/dev/null)
    sys.stdout = sys.stderr = printing
    vars(sys).update(__stdout__=printing, __stderr__=printing)


def _printed(most: int) -> str:
    """What was printed since the supervisor last emptied the file, at most `most` bytes."""
    try:
        sys.stdout.flush()
        return os.pread(1, most, 0).decode("utf-8", "replace")
    except Exception:  # the student's code may have closed or replaced it
        return ""


class _Child:
    """The student's definitions, and the three things that can be asked about them."""

    def __init__(self, limits: Limits, folder: Path) -> None:
        self.limits, self.folder = limits, folder
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module

    def answer(self, request: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Reply:
        """The reply to one request; never raises."""
        asked: Mapping[str, Callable[..., Reply]] = {
            "load": self.load,
            "define": self.define,
            "observe": self.observe,
        }
        try:
            return asked[request["do"]](request, arrays)
        except BaseException as error:
            failure = self.explain(error) or failure_of(error)
            return {"failure": failure.to_json()}, {}

    def load(self, request: Mapping[str, Any], files: dict[str, np.ndarray]) -> Reply:
        """Put the files beside the notebook, then run what `names` need of the cells."""
        for name, content in files.items():
            try:
                (self.folder / Path(name).name).write_bytes(content.tobytes())
            except OSError as error:
                failure = Failure("files", f"{name}: {said(error)}{self.file_limits()}")
                return {"failure": failure.to_json(), "problems": []}, {}
        _seed("load")
        problems = loader.load(request["cells"], request["names"], self.module.__dict__)
        defined = [name for name in request["names"] if name in self.module.__dict__]
        return {"failure": None, "problems": problems, "defined": defined}, {}

    def define(self, request: Mapping[str, Any], _: dict[str, np.ndarray]) -> Reply:
        """Replace `names` by what `source` defines, which sees nothing of the student's."""
        given: dict[str, Any] = {"__name__": "__main__"}
        try:  # not through the loader, which would keep the source where inspect finds it
            exec(compile(request["source"], "<given>", "exec", dont_inherit=True), given)
            missing = [name for name in request["names"] if name not in given]
        except Exception as error:
            return {"failure": Failure("fault", f"given code: {said(error)}").to_json()}, {}
        if missing:
            failure = Failure("fault", f"given code does not define {', '.join(missing)}")
            return {"failure": failure.to_json()}, {}
        self.module.__dict__.update({name: given[name] for name in request["names"]})
        return {"failure": None}, {}

    def observe(self, request: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> Reply:
        """Arrays of one observing function on one case."""
        unit, _, name = request["function"].partition(".")
        try:
            function = getattr(importlib.import_module(f"autograder.observe.{unit}"), name)
        except (ImportError, AttributeError) as error:
            failure = Failure("fault", f"no observation {unit}.{name}: {said(error)}")
            return {"failure": failure.to_json()}, {}
        case = Case(request["case"], {**request["values"], **arrays})
        _seed(f"{unit}.{name} {case.name}")
        student = Student(self.module.__dict__, self.folder)
        seen, failed = run_observe(function, student, case, self.explain)
        return self.checked(seen, failed)

    def checked(self, seen: dict[str, np.ndarray], failure: Failure | None) -> Reply:
        """The arrays if they are small enough to go over the wire."""
        size = sum(array.nbytes for array in seen.values())
        if size > self.limits.reply_mb << 20:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in list(seen.items())[:5])
            text = f"{size / 2**20:.0f} MB of arrays (limit: {self.limits.reply_mb} MB): {shapes}"
            seen, failure = {}, Failure("reply", text)
        return {"failure": failure.to_json() if failure else None}, seen

    def explain(self, error: BaseException) -> Failure | None:
        """The failure if the exception comes from one of our limits."""
        number = getattr(error, "errno", None)
        text = said(error)
        if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
            return Failure("memory", f"{text} (limit: {self.limits.memory_mb} MB)")
        if isinstance(error, OSError):
            if number in (errno.EFBIG, errno.ENOSPC, errno.EMFILE, errno.EDQUOT):
                return Failure("files", text + self.file_limits())
            if isinstance(error, BlockingIOError):  # what fork says
                return self.processes(text)
        if isinstance(error, RuntimeError) and "start new thread" in text:
            return self.processes(text)
        return None

    def processes(self, text: str) -> Failure:
        """A failure to start one more process or thread."""
        most = self.limits.processes
        return Failure("processes", f"{text} (limit: {most} processes and threads)")

    def file_limits(self) -> str:
        """Our limits of files, in brackets, to follow the system's own words."""
        most = self.limits
        return (
            f" (limits: {most.file_mb} MB a file, {most.disk_mb} MB and {most.files} files in all, "
            f"{most.open_files} open files)"
        )


def _seed(text: str) -> None:
    """Python's, NumPy's and TensorFlow's generators: the same request gives the same bits."""
    import keras

    keras.utils.set_random_seed(zlib.crc32(text.encode()))
