"""Submissions -> reports, on this machine: one warm sandbox, several sittings at once, a cache.

Every front that decides a grade comes through `Marker.mark`, so the same submission with the
same seed gets the same report from all of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from .grade import grade
from .problem import Problem
from .sandbox.limits import Limits
from .sandbox.parent import Server, available
from .submission import Submission
from .verdict import Report

HERE = Path(__file__).parent
CODE = (HERE, HERE.parent / "course_lib", HERE.parent / "solutions")
LIBRARIES = ("numpy", "tensorflow", "keras", "sympy")


class NoSandbox(Problem):
    """Student code cannot be isolated here; the message says why and what to do."""


class Marker:
    """Grades submissions in a warm sandbox; a context manager.

    isolation: "bubblewrap" (refuses where it does not work) or "process" (a child process with
    limits, for the owner's own code). seed: of the hidden cases; with `per_student` each student
    has a seed of their own, made from it. cache: folder of finished reports, by content; None
    keeps none.
    """

    def __init__(
        self,
        isolation: str = "bubblewrap",
        *,
        seed: int,
        per_student: bool = False,
        cache: Path | None = None,
        hidden: bool = True,
        language: str | None = None,
        limits: Limits | None = None,
    ):
        self.isolation, self.cache = isolation, cache
        self.seed, self.per_student = seed, per_student
        self.hidden, self.language = hidden, language
        self.limits = limits or Limits()
        self._server: Server | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Marker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox; the marker can be used again."""
        with self._lock:
            if self._server is not None:
                self._server.__exit__(None, None, None)
            self._server = None

    def start(self) -> None:
        """Start the sandbox now; otherwise the first submission does. Raises NoSandbox."""
        with self._lock:
            if self._server is None:
                if self.isolation == "bubblewrap":
                    works, reason, remedy = available()
                    if not works:
                        raise NoSandbox(f"no sandbox: {reason}. {remedy}")
                threading.Thread(target=_import_tensorflow, daemon=True).start()
                self._server = Server(self.isolation).__enter__()

    def start_in_background(self) -> None:
        """Start the sandbox while the caller does something else; `mark` raises what this meets."""

        def start() -> None:
            with contextlib.suppress(Exception):
                self.start()

        threading.Thread(target=start, daemon=True).start()

    def mark(self, submission: Submission, regrade: bool = False) -> Report:
        """The report on one submission, from the cache if nothing that it depends on changed."""
        path = self._cached_at(submission)
        if path is not None and not regrade and path.is_file():
            try:
                known = Report.from_json(path.read_bytes())
                return Report(**{**known.__dict__, "student": submission.student})
            except ValueError:
                path.unlink(missing_ok=True)  # half-written by a killed run of an older version
        self.start()
        server = self._server
        assert server is not None
        report = grade(
            submission,
            lambda: server.sit(self.limits),
            seed=self.seed_of(submission.student),
            hidden=self.hidden,
            language=self.language,
            limits=self.limits,
        )
        if path is not None and not report.needs_human:
            _write_atomically(path, report.to_json())
        return report

    def knows(self, submission: Submission) -> bool:
        """Whether there is a finished report, so that no sandbox is needed."""
        path = self._cached_at(submission)
        return path is not None and path.is_file()

    def mark_all(
        self, submissions: Sequence[Submission], jobs: int = 0, regrade: bool = False
    ) -> Generator[tuple[int, Report], None, None]:
        """(index, report) of each submission as it is done; `jobs` sittings at once (0: cores).

        The work starts with the call, not with the first report that is asked for.
        """
        pool = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
        running = {
            pool.submit(self.mark, submission, regrade): index
            for index, submission in enumerate(submissions)
        }
        return _as_done(pool, running)

    def seed_of(self, student: str) -> int:
        """The seed of a student's hidden cases."""
        return students_seed(self.seed, student) if self.per_student else self.seed

    def _cached_at(self, submission: Submission) -> Path | None:
        if self.cache is None:
            return None
        what = [
            submission.sha256,
            str(self.seed_of(submission.student)),
            self.hidden,
            self.language or submission.language,
            self.limits.__dict__,
            self.isolation,
            code_hash(),
        ]
        key = hashlib.sha256(json.dumps(what).encode()).hexdigest()
        return self.cache / "reports" / f"{key}.json"


def _as_done(
    pool: ThreadPoolExecutor, running: Mapping[Future[Report], int]
) -> Generator[tuple[int, Report], None, None]:
    """What is done, as it is done. Who stops asking (Ctrl-C) does not wait for what is running."""
    finished = False
    try:
        for done in as_completed(running):
            yield running[done], done.result()
        finished = True
    finally:
        pool.shutdown(wait=finished, cancel_futures=True)


def students_seed(seed: int, student: str) -> int:
    """A seed for one student, from the course's secret one: HMAC-SHA256, so it tells nothing of it.

    student: the id that the course and nbgrader know, the name of the folder in submitted/.
    """
    digest = hmac.digest(str(seed).encode(), student.encode("utf-8", "surrogateescape"), "sha256")
    return int.from_bytes(digest[:8], "big") >> 2


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Hash of all code and data that a report depends on, and of the libraries' versions."""
    digest = hashlib.sha256()
    for name in LIBRARIES:
        digest.update(f"{name}=={version(name)}\n".encode())
    for root in CODE:
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".json", ".npz", ".txt") and path.is_file():
                digest.update(f"{path.relative_to(root)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _import_tensorflow() -> None:
    """The judges' automatic differentiation needs it: load it while the sandbox does the same."""
    import tensorflow  # noqa: F401


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(name, path)
