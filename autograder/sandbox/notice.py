"""What a student's process tries is told to the supervisor the moment it happens.

Python's audit hooks cannot be taken off again. Ours writes one byte for each kind of event to a
pipe that the supervisor reads outside; what is written stays told, whatever the process does to
itself afterwards. It decides no mark: it becomes a note for the instructor.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import PosixPath
from typing import Any

NETWORK, PROCESS, SIGNAL, POINTERS, OBJECTS, HIDDEN, IMPORT, WRITES, CODE, LAYER, CLOSED = (
    "network", "process", "signal", "pointers", "objects", "hidden", "import", "writes", "code",
    "layer", "closed",
)  # fmt: skip
KINDS = (
    *(NETWORK, PROCESS, SIGNAL, POINTERS, OBJECTS, HIDDEN, IMPORT, WRITES, CODE, LAYER, CLOSED),
)
"""Kinds of event, in the order in which they are told; CLOSED: the pipe itself was closed."""
EVENTS = {
    **dict.fromkeys(("socket.__new__", "socket.connect", "socket.bind"), NETWORK),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"), NETWORK),
    **dict.fromkeys(("os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.spawn"), PROCESS),
    **dict.fromkeys(("os.system", "subprocess.Popen", "pty.spawn"), PROCESS),
    **dict.fromkeys(("os.kill", "os.killpg"), SIGNAL),
    **dict.fromkeys(("ctypes.dlopen", "ctypes.dlsym", "ctypes.string_at"), POINTERS),
    **dict.fromkeys(("gc.get_objects", "gc.get_referrers", "gc.get_referents"), OBJECTS),
    **dict.fromkeys(("os.symlink", "os.link", "os.chmod", "os.chown"), WRITES),
    "course.withheld": LAYER,
}
LOOKS = ("open", "os.listdir", "os.scandir")
CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate")
SECRET_PATHS = re.compile(
    r"/proc/(?:\d+|self|thread-self)/(?:mem|environ|maps|smaps|fd|root|cwd|task|stack|syscall)"
    r"|(?:^|/)(?:solutions|submitted|autograded|gradebook\.db|course\.toml)(?:/|$)"
    r"|autograder/(?:checks|mistakes|data|reference)"
    r"|(?:^|/)core(?:\.\d+)?$|^/(?:home|root|etc/shadow)(?:/|$)"
)
SECRET_MODULES = re.compile(
    r"autograder\.(?!observe|sandbox|case|loader|student|withheld|notebook)\w"
    r"|course_lib\.(?:cells|fast|bptt|ngram)(?:\.|$)|solutions(?:\.|$)"
)
IMPORTED = "course.import"  # Python's own event is not raised by importlib.import_module
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
OWN = ("/tmp", "/dev/null", "/dev/shm/")


def watch(file: int, folder: str) -> None:
    """Tell `file` about everything from now on, once for each kind; folder: that is its own."""
    send = os.write
    codes = {kind: bytes([number]) for number, kind in enumerate(KINDS)}
    events, looks, changes = EVENTS.copy(), frozenset(LOOKS), frozenset(CHANGES)
    own = (folder, *OWN)
    libraries = tuple(path for path in (*sys.path, sys.prefix, sys.base_prefix) if len(path) > 1)

    def place(value: Any) -> str:
        if type(value) is bytes:
            return value.decode("utf-8", "replace")
        return str(value) if type(value) in (str, PosixPath) else ""

    def kind_of(event: str, arguments: tuple[Any, ...]) -> str:
        if event in looks or event in changes:
            path = place(arguments[0]) if arguments else ""
            if SECRET_PATHS.search(path) and not path.startswith(libraries):
                return HIDDEN
            writes = event in changes or (event == "open" and _writes(arguments))
            outside = path.startswith("/") and not path.startswith(own)
            return WRITES if writes and (outside or ".." in path) else ""
        if event == IMPORTED:
            return IMPORT if SECRET_MODULES.match(place(arguments[0])) else ""
        if event == "object.__setattr__":
            return CODE if arguments[1] == "__code__" else ""
        return events.get(event, "")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        kind = kind_of(event, arguments)
        if kind in codes:
            try:  # noqa: SIM105  (a name less that the student's code could exchange)
                send(file, codes.pop(kind))
            except OSError:
                pass

    sys.addaudithook(hook)
    sys.meta_path.insert(0, _Asked())


class _Asked:
    """A finder that finds nothing, and says what was asked for."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        sys.audit(IMPORTED, name)


def _writes(arguments: tuple[Any, ...]) -> bool:
    """Whether `open` asks to write: by its flags, which it has in every case."""
    return len(arguments) > 2 and type(arguments[2]) is int and bool(arguments[2] & WRITING)


def kinds(told: bytes) -> set[str]:
    """The kinds behind the bytes that came through the pipe; other bytes say nothing."""
    return {KINDS[code] for code in told if code < len(KINDS)}
