"""Submissions -> reports: a warm sandbox here or workers elsewhere, several at once, a cache.

Every front that decides a grade comes through a Marker, so the same submission with the same seed
gets the same report from all of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import tempfile
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from types import TracebackType

from . import workers
from .code_hash import code_hash
from .sandbox.limits import Limits
from .submission import Submission
from .verdict import Report

AHEAD = 200
"""Jobs that a cluster has at once: enough for it to grow by, few enough to hold in memory."""


class Marker:
    """Grades submissions; a context manager.

    isolation: "bubblewrap" (refuses where it does not work) or "process" (a child process with
    limits, for the owner's own code). seed: of the hidden cases; with `per_student` each student
    has a seed of their own, made from it. cache: folder of finished reports, by content; None
    keeps none. private: folders that no student's code may see, wherever they lie.
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
        private: Sequence[Path] = (),
    ):
        self.isolation, self.cache = isolation, cache
        self.seed, self.per_student = seed, per_student
        self.hidden, self.language = hidden, language
        self.limits = limits or Limits()
        self._grader = workers.Grader(isolation, private)

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
        self._grader.close()

    def start(self) -> None:
        """Start the sandbox now; otherwise the first submission does. Raises SandboxError."""
        self._grader.start()

    def start_in_background(self) -> None:
        """Start the sandbox while the caller does something else; `mark` raises what this meets."""
        self._grader.start_in_background()

    def mark(self, submission: Submission, regrade: bool = False) -> Report:
        """The report on one submission, from the cache if nothing that it depends on changed."""
        known = None if regrade else self._known(submission)
        return known or self._kept(submission, self._grader.grade(self._job(submission)))

    def knows(self, submission: Submission) -> bool:
        """Whether there is a finished report, so that no sandbox is needed."""
        path = self._cached_at(submission)
        return path is not None and path.is_file()

    def mark_all(
        self,
        submissions: Iterable[Submission],
        jobs: int = 0,
        regrade: bool = False,
        executor: Executor | None = None,
    ) -> Generator[Report, None, None]:
        """The report on each submission as it is done.

        executor: of workers elsewhere (`workers.cluster`); by default `jobs` threads here (0: two
        a core), each of which watches a sandboxed process. The work starts with the call, not with
        the first report that is asked for; submissions are read as the workers come to them.
        """
        jobs = jobs or at_once()
        pool = executor or ThreadPoolExecutor(jobs)
        work = workers.work if executor else partial(workers.work, grader=self._grader)
        running: dict[Future[bytes], Submission] = {}
        known: deque[Report] = deque()
        queue, ahead = iter(submissions), AHEAD if executor else 2 * jobs

        def fill() -> None:
            while len(running) < ahead and len(known) < ahead:
                submission = next(queue, None)
                if submission is None:
                    return
                report = None if regrade else self._known(submission)
                if report is None:
                    running[pool.submit(work, self._job(submission).to_bytes())] = submission
                else:
                    known.append(report)

        def reports() -> Generator[Report, None, None]:
            finished = False
            try:
                while running or known:
                    while known:
                        yield known.popleft()
                    for done in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                        submission = running.pop(done)
                        yield self._kept(submission, workers.outcome(done, submission))
                    fill()
                finished = True
            finally:  # who stops asking (Ctrl-C) does not wait for what is running
                for future in running:
                    future.cancel()
                if executor is None:
                    pool.shutdown(wait=finished, cancel_futures=True)

        fill()
        return reports()

    def seed_of(self, student: str) -> int:
        """The seed of a student's hidden cases."""
        return students_seed(self.seed, student) if self.per_student else self.seed

    def _job(self, submission: Submission) -> workers.Job:
        seed = self.seed_of(submission.student)
        return workers.Job(
            submission, seed, self.isolation, self.hidden, self.language, self.limits
        )

    def _known(self, submission: Submission) -> Report | None:
        """The finished report on this very work, whoever handed it in first."""
        path = self._cached_at(submission)
        if path is None or not path.is_file():
            return None
        try:
            known = Report.from_json(path.read_bytes())
        except ValueError:
            path.unlink(missing_ok=True)  # half-written by a killed run of an older version
            return None
        return Report(**{**known.__dict__, "student": submission.student})

    def _kept(self, submission: Submission, report: Report) -> Report:
        path = self._cached_at(submission)
        if path is not None and not report.needs_human:
            with contextlib.suppress(OSError):  # a full disk costs the next run some time
                _write_atomically(path, report.to_json())
        return report

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
            code_hash(submission.unit),
        ]
        key = hashlib.sha256(json.dumps(what).encode()).hexdigest()
        return self.cache / "reports" / f"{key}.json"


def at_once() -> int:
    """Submissions at once, by default: two a core, so that one works while another sleeps or waits.

    Limits count work, not waiting for a core, so marks do not depend on it.
    """
    return 2 * (os.cpu_count() or 1)


def students_seed(seed: int, student: str) -> int:
    """A seed for one student, from the course's secret one: HMAC-SHA256, so it tells nothing of it.

    student: the id that the course and nbgrader know, the name of the folder in submitted/.
    """
    digest = hmac.digest(str(seed).encode(), student.encode("utf-8", "surrogateescape"), "sha256")
    return int.from_bytes(digest[:8], "big") >> 2


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
