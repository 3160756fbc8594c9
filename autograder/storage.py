"""One grader at a time, and what the disk or the gradebook refuses said in one line."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from .course_folder import CourseError, CourseFolder

AGAIN = "what is recorded so far is kept; run the same command again to go on"
WAIT_SECONDS = 5.0  # for another program that writes into the gradebook


@contextmanager
def single_writer(folder: CourseFolder) -> Iterator[None]:
    """Hold the folder's lock; CourseError at once if another process records into it.

    The lock is the kernel's: it ends with the process that holds it, however that ends.
    """
    with clear_errors(folder):
        folder.root.mkdir(parents=True, exist_ok=True)
        lock = open(folder.root / ".gradebook.lock", "a+")  # noqa: SIM115  (closed below)
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            who = lock.read(20).strip()
            raise CourseError(
                f"another process is recording grades in {folder.root}"
                f"{f' (process {who})' if who else ''}; try again when it is done"
            ) from None
        with suppress(OSError):  # who holds it is told to a second grader; a full disk may keep it
            os.ftruncate(lock.fileno(), 0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        with clear_errors(folder):
            require_writable(folder)
            yield


def require_writable(folder: CourseFolder) -> None:
    """CourseError if the gradebook cannot be written now; looks at SQLite's files only."""
    url = folder.database
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or not path.exists():
        return
    if not os.access(path.parent, os.W_OK):
        raise CourseError(_read_only(path.parent))
    try:
        with closing(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.Error as problem:
        raise _refused(str(problem), path) or CourseError(
            f"the gradebook {path} cannot be used: {problem}; put a backup in its place"
        ) from None


@contextmanager
def clear_errors(folder: CourseFolder) -> Iterator[None]:
    """Turns what the disk or the gradebook refuses into a CourseError; others pass."""
    try:
        yield
    except Exception as problem:
        found = refusal(problem, folder)
        if found is None:
            raise
        raise found from None


def refusal(problem: BaseException, folder: CourseFolder) -> CourseError | None:
    """The one line for a full or read-only disk, or a gradebook that cannot be used; else None."""
    if isinstance(problem, CourseError):
        return problem
    if isinstance(problem, OSError):
        path = problem.filename or folder.root
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            return CourseError(_full(Path(os.fsdecode(path))))
        if problem.errno == errno.EROFS:
            return CourseError(_read_only(Path(os.fsdecode(path))))
        if problem.errno in (errno.EACCES, errno.EPERM):
            return CourseError(f"{os.fsdecode(path)} is not yours to use (chmod u+rwX); {AGAIN}")
        return None
    # nbgrader wraps what SQLAlchemy and SQLite say in exceptions of its own.
    if type(problem).__module__.split(".")[0] in ("sqlalchemy", "sqlite3", "nbgrader"):
        return _refused(str(problem), folder.root / "gradebook.db")
    return None


def _refused(said: str, path: Path) -> CourseError | None:
    if "database is locked" in said:
        return CourseError(
            f"the gradebook {path} is locked by another program for more than {WAIT_SECONDS:g} s; "
            f"close what has it open (formgrader, a database browser); {AGAIN}"
        )
    if "readonly database" in said or "unable to open database file" in said:
        return CourseError(_read_only(path))
    if "disk is full" in said or "disk I/O error" in said:
        return CourseError(_full(path))
    if "not a database" in said or "malformed" in said:
        return CourseError(
            f"the gradebook {path} is damaged ({said.splitlines()[0]}); put a backup in its place"
        )
    return None


def _full(path: Path) -> str:
    return f"the disk is full at {path}: free some space; {AGAIN}"


def _read_only(path: Path) -> str:
    return f"{path} cannot be written: make file and folder writable (chmod u+w); {AGAIN}"
