"""What grades a submission, here or on another machine: a job of bytes in, a report of bytes out.

A worker needs this package and bubblewrap, no course folder and no shared disk. Its first job
starts a sandbox, which stays warm for the next ones. A worker that has other code than the machine
that sends the jobs would give other marks, so it refuses.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import reference
from .aside import Aside
from .check import registry
from .code_hash import code_hash
from .grade import grade, unreadable
from .problem import Problem
from .sandbox.limits import Limits
from .sandbox.parent import Server
from .sandbox.sitting import Sitting
from .submission import Cell, Submission
from .verdict import Report

CONNECT_SECONDS = 30
INSTALL = "pip install 'recurrent-course[cluster]'"


class NoCluster(Problem):
    """The scheduler or its workers cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Job:
    """A submission, and all that its marks depend on beside the code. seed: of its hidden cases."""

    submission: Submission
    seed: int
    isolation: str = "bubblewrap"
    hidden: bool = True
    language: str | None = None
    limits: Limits = Limits()

    def to_bytes(self) -> bytes:
        """As a worker gets it."""
        work = self.submission
        return json.dumps(
            {
                "code": code_hash(work.unit),
                "unit": work.unit,
                "student": work.student,
                "cells": [[cell.id, cell.source] for cell in work.cells],
                "files": {name: base64.b64encode(c).decode() for name, c in work.files.items()},
                "submission_language": work.language,
                "notes": list(work.notes),
                "seed": self.seed,
                "isolation": self.isolation,
                "hidden": self.hidden,
                "language": self.language,
                "limits": self.limits.to_json(),
            }
        ).encode("utf-8", "surrogatepass")

    @classmethod
    def from_bytes(cls, content: bytes) -> Job:
        """The job that `to_bytes` wrote. NoCluster where it comes from other code than ours."""
        data: Mapping[str, Any] = json.loads(content)
        ours = code_hash(data["unit"])
        if data["code"] != ours:
            raise NoCluster(
                "a worker has another version of the course's code or of its libraries than the "
                f"machine that sends the jobs; expected {data['code'][:12]}, got {ours[:12]}; try "
                "installing the same version, with the same constraints.txt, on both"
            )
        submission = Submission(
            unit=data["unit"],
            student=data["student"],
            cells=tuple(Cell(*cell) for cell in data["cells"]),
            files={name: base64.b64decode(c) for name, c in data["files"].items()},
            language=data["submission_language"],
            notes=tuple(data["notes"]),
        )
        limits = Limits.from_json(data["limits"])
        rest = {name: data[name] for name in ("seed", "isolation", "hidden", "language")}
        return cls(submission, limits=limits, **rest)


class Grader:
    """Grades jobs in one warm sandbox, any number of threads at once.

    private: folders that no student's code may see, wherever they lie.
    """

    def __init__(self, isolation: str = "bubblewrap", private: Sequence[Path] = ()) -> None:
        self.isolation, self.private = isolation, tuple(private)
        self._server: Server | None = None
        self._lock, self._preparing = threading.Lock(), threading.Lock()
        self._starting: threading.Thread | None = None

    def start(self) -> Server:
        """The sandbox, started now if it is not yet; imports nothing. Raises SandboxError."""
        with self._lock:
            if self._server is None:
                self._server = Server(self.isolation, hidden=self.private).__enter__()
            return self._server

    def start_in_background(self) -> None:
        """Start the sandbox while the caller does something else; `start` raises what it meets."""

        def start() -> None:
            with contextlib.suppress(Exception):
                self.start()

        if self._starting is None:
            self._starting = threading.Thread(target=start, daemon=True)
            self._starting.start()

    def close(self) -> None:
        """End the sandbox; the grader can be used again."""
        if self._starting is not None:
            self._starting.join()  # or it would start a sandbox that nobody ends
        self._starting = None
        with self._lock:
            if self._server is not None:
                self._server.close()
            self._server = None

    def grade(self, job: Job) -> Report:
        """The report on one submission."""
        self._prepare(job)
        server = self.start()

        def sit() -> Sitting:
            return server.sit(job.limits, job.submission.unit)

        with contextlib.closing(Aside(sit, job.limits)) as aside:
            return grade(
                job.submission,
                sit,
                seed=job.seed,
                hidden=job.hidden,
                language=job.language,
                limits=job.limits,
                aside=aside,
            )

    def _prepare(self, job: Job) -> None:
        """While the sandbox starts: what every submission of the unit needs, drawn once."""
        with self._preparing, contextlib.suppress(Exception):  # grading says what is wrong
            if self._server is None:
                self.start_in_background()
                reference.cells(job.submission.unit)
                for check in registry(job.submission.unit):
                    if not check.trains:
                        check.cases(job.seed, job.hidden)


_graders: dict[str, Grader] = {}
_lock = threading.Lock()


def work(content: bytes, grader: Grader | None = None) -> bytes:
    """A job's bytes -> its report's bytes; by this process's own grader where none is given."""
    job = Job.from_bytes(content)
    grader = grader or _own(job.isolation)
    return grader.grade(job).to_json().encode()


def _own(isolation: str) -> Grader:
    with _lock:
        if isolation not in _graders:
            _graders[isolation] = Grader(isolation)
            atexit.register(_graders[isolation].close)
        return _graders[isolation]


def outcome(done: Future[bytes], submission: Submission) -> Report:
    """The report that a worker sent; one for a human if every worker that tried it died.

    Raises what a worker says of itself: no sandbox, other code than ours.
    """
    try:
        return Report.from_json(done.result())
    except Problem:
        raise
    except Exception as error:
        if type(error).__name__ != "KilledWorker":
            raise
        reason = f"each worker that graded this died ({error}); try it alone: course check FILE"
        return unreadable(submission.unit, submission.student, reason, submission.language)


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of the Dask scheduler at `address` ("tcp://host:8786") as an executor.

    A worker that dies has its jobs done by another. Errors: NoCluster where Dask is not installed,
    where no scheduler answers, or where it has no workers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise NoCluster(f"a cluster needs Dask, which is not installed; try {INSTALL}") from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise NoCluster(
            f"no scheduler answers at {address} ({error}); expected an address such as "
            "tcp://host:8786; try starting one: dask scheduler"
        ) from None
    with client:
        if not client.nthreads():
            raise NoCluster(
                f"the scheduler at {address} has no workers; try starting some: "
                f"dask worker {address} --nworkers auto --nthreads 1"
            )
        yield client.get_executor(pure=False)
