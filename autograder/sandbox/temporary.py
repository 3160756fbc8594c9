"""A temporary folder that the next run removes where a killed one has left it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

YOUNG_SECONDS = 60.0
"""So old a folder has its lock, if somebody still uses it."""


class Folder:
    """A folder of its own in the machine's place for such; it is locked as long as it is used."""

    def __init__(self, prefix: str) -> None:
        sweep(prefix)
        self._folder = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        self.path = Path(self._folder.name)
        self._lock: int | None = _locked(self.path)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        self._folder.cleanup()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep(prefix: str) -> None:
    """Remove this user's folders of that name that nobody holds a lock on any more."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            is_ = path.lstat()
            old = time.time() - is_.st_mtime > YOUNG_SECONDS
            if stat.S_ISDIR(is_.st_mode) and is_.st_uid == os.geteuid() and old:
                lock = _locked(path)
                if lock is not None:
                    shutil.rmtree(path, ignore_errors=True)
                    os.close(lock)


def _locked(path: Path) -> int | None:
    """A descriptor that holds the folder's lock; None where another process has it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
