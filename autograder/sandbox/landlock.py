"""Landlock: a second fence around files, sockets and signals, put up without any privilege.

It stands where namespaces are refused as well: a process may read what it sees, write only in its
own folder, open no TCP connection, and signal nobody outside. See landlock(7).
"""

from __future__ import annotations

import ctypes
import os
import struct

from . import confine

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every machine
VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All rights over files that a version knows, by the version in which one was added."""
TCP = 0b11  # bind, connect: since version 4
SCOPE = 0b11  # abstract Unix sockets, signals: since version 6
READS = EXECUTE | READ_FILE | READ_DIR
ALWAYS = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def version() -> int:
    """The version that this kernel offers; 0 where there is none."""
    return max(0, _call(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION))


def restrict(folder: str) -> bool:
    """From now on this process and all that it starts write in `folder` and /dev/shm only."""
    offered = version()
    if not offered or not confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1):
        return False
    every = FILE_RIGHTS[max(number for number in FILE_RIGHTS if number <= offered)]
    handled = struct.pack("=QQQ", every, TCP * (offered >= 4), SCOPE * (offered >= 6))
    handled = handled[: 8 if offered < 4 else 16 if offered < 6 else 24]
    ruleset = _call(CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if ruleset < 0:
        return False
    try:
        stands = _allow(ruleset, "/", READS)
        for path in ALWAYS:
            _allow(ruleset, path, (READ_FILE | WRITE_FILE | TRUNCATE) & every)
        for own in (folder, "/dev/shm"):
            stands = _allow(ruleset, own, every) and stands
        return stands and _call(RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> bool:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        rule = struct.pack("=Qi", rights, place)
        return _call(ADD_RULE, ruleset, PATH_BENEATH, rule, 0) == 0
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    if confine._libc is None:
        return -1
    return int(confine._libc.syscall(number, *arguments))
