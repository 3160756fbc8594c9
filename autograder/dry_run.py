"""What `course grade --dry-run` tells: how much there is to do, and how long it will take."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from . import gradebook
from .course_folder import CourseFolder
from .marking import Marker, at_once
from .notebook_file import SubmissionError
from .submission import Submission, read

SAMPLE = 2
"""Submissions that are graded for the estimate; their reports are kept, and not recorded."""


@dataclass
class Estimate:
    """What a run of `course grade` would do.

    finished: how many have a report that still holds. seconds_each: of one submission in one
    sitting. seconds: of the whole run.
    """

    submitted: int
    finished: int
    to_grade: int
    jobs: int
    seconds_each: float
    seconds: float
    measured_on: int
    unreadable: dict[str, str] = field(default_factory=dict)


RECORDING = 0.02
"""Seconds that recording takes for one submission; one at a time, whatever `jobs` is. Measured by
benchmarks/recording.py: 0.011 s of work, and what the disk takes for a transaction."""


def estimate(folder: CourseFolder, unit: str, marker: Marker, jobs: int = 0) -> Estimate:
    """Look at what is submitted; grade a small sample where nothing is known. Records nothing."""
    jobs = jobs or at_once()
    found: list[Submission] = []
    unreadable = {}
    paths = folder.submissions(unit)
    for student, path in paths.items():
        try:
            found.append(read(path, unit, student))
        except SubmissionError as problem:
            unreadable[student] = str(problem)
    waiting = [submission for submission in found if not marker.knows(submission)]
    known = [
        sum(verdict.seconds for verdict in report.checks)
        for report in gradebook.reports(folder, unit).values()
        if report.points
    ]
    each = statistics.fmean(known) if known else _sampled(marker, waiting)
    # What is known was measured beside others, as it will be again; a sample had a core to itself.
    beside = jobs if known else min(jobs, os.cpu_count() or 1)
    work = each * len(waiting) / min(beside, max(1, len(waiting)))
    return Estimate(
        submitted=len(paths),
        finished=len(found) - len(waiting),
        to_grade=len(waiting),
        jobs=jobs,
        seconds_each=each,
        seconds=max(work, RECORDING * len(waiting)) + RECORDING * bool(waiting),
        measured_on=len(known) or min(SAMPLE, len(waiting)),
        unreadable=unreadable,
    )


def _sampled(marker: Marker, waiting: Sequence[Submission]) -> float:
    """Mean seconds of a few submissions, from all over the class."""
    if not waiting:
        return 0.0
    sample = waiting[:: max(1, len(waiting) // SAMPLE)][:SAMPLE]
    with marker:
        marker.start()
        start = time.monotonic()
        done = len(list(marker.mark_all(sample, jobs=1)))
        return (time.monotonic() - start) / done
