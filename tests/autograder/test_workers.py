"""Jobs and reports travel as bytes; a worker with other code, or none at all, is said so."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest

from autograder import workers
from autograder.check import registry
from autograder.sandbox import meter
from autograder.sandbox.limits import Limits
from autograder.submission import Cell, Submission
from autograder.verdict import Report
from autograder.workers import Job, NoCluster

ROOT = Path(__file__).parents[2]
WORK = Submission(
    unit="gru",
    student="张 \udcff",
    cells=(Cell("answer", "σ = 1\n"), Cell("", "")),
    files={"gru.npz": bytes(range(256)), "empty": b""},
    language="zh",
    notes=("a note",),
)
JOB = Job(WORK, 7, "process", hidden=False, language="en", limits=Limits(check_seconds=2.5))


def test_a_job_arrives_as_it_was_sent() -> None:
    assert Job.from_bytes(JOB.to_bytes()) == JOB
    assert Job.from_bytes(Job(WORK, 2**61).to_bytes()).submission.sha256 == WORK.sha256


def test_a_worker_with_other_code_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    content = JOB.to_bytes()
    monkeypatch.setattr(workers, "code_hash", lambda unit: "0123456789abcdef")
    with pytest.raises(NoCluster, match="another version of the course's code"):
        Job.from_bytes(content)


def test_a_worker_keeps_its_sandbox_and_gives_the_mark() -> None:
    work = Submission("gru", "ana", (Cell("half_life", "def half_life(z):\n    return z * 0"),))
    job = Job(work, 7, "process", hidden=False, limits=Limits(check_seconds=5.0)).to_bytes()
    with closing(workers.Grader("process")) as grader:
        first, second = (Report.from_json(workers.work(job, grader)) for _ in range(2))
        assert grader.start() is grader.start()
    assert first.without_times() == second.without_times()
    assert first.student == "ana"
    assert {v.check: v.status for v in first.checks}["gru.half_life"] == "fail"
    assert len(first.checks) == len(registry("gru"))


def test_a_grader_that_is_closed_while_it_starts_leaves_nothing_behind() -> None:
    before = set(meter.descendants(os.getpid()))
    grader = workers.Grader("process")
    grader.start_in_background()
    grader.close()
    assert set(meter.descendants(os.getpid())) <= before


NO_TENSORFLOW = """
import sys
from contextlib import closing
from autograder import workers
from autograder.mistakes import bank
from autograder.submission import Cell, Submission, read
cells = read("solutions/gru.py").cells
for mistake in bank("gru"):
    if mistake.__name__ == "CellConfigWithoutKeras":
        cells += (Cell("known", mistake.source()),)
work = Submission("gru", "ana", cells, {}, "en")
with closing(workers.Grader("process")) as grader:
    report = grader.grade(workers.Job(work, 7, "process", hidden=False))
print(report.verdict("gru.keras_cell").mistake)
print(report.verdict("gru.gradients_over_time").status)
print("tensorflow" in sys.modules)
"""


@pytest.mark.slow
def test_a_worker_never_loads_tensorflow_itself() -> None:
    """Gradients and a wrong Keras cell are judged and explained; the sandbox has what they need."""
    command = [sys.executable, "-c", NO_TENSORFLOW]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["gru.CellConfigWithoutKeras", "pass", "False"]


def test_work_that_killed_every_worker_waits_for_a_human() -> None:
    class KilledWorker(Exception):
        pass

    done: Future[bytes] = Future()
    done.set_exception(KilledWorker("after 4 attempts"))
    report = workers.outcome(done, WORK)
    assert report.needs_human and report.student == WORK.student
    assert "each worker that graded this died (after 4 attempts)" in report.notes[0]


def test_what_a_worker_says_of_itself_ends_the_run() -> None:
    done: Future[bytes] = Future()
    done.set_exception(NoCluster("no sandbox"))
    with pytest.raises(NoCluster, match="no sandbox"):
        workers.outcome(done, WORK)


def test_an_address_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1)
    with (
        pytest.raises(NoCluster, match="no scheduler answers at tcp://127.0.0.1:9"),
        workers.cluster("tcp://127.0.0.1:9"),
    ):
        pass
