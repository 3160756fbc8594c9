"""A real Dask scheduler and three workers; one is killed in mid-run, and the marks are the same.

As root each of them lives in a network of its own, joined by a bridge, as three machines would be.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder import course_folder, demo
from autograder.course_folder import CourseFolder
from autograder.grade_class import grade_class

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]
WORKERS = 3
STUDENTS = ("ada", "emil", "jun", "chen", "fatima", "bo")
WAIT_SECONDS = 120
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    found = course_folder.create(tmp_path_factory.mktemp("cluster"), ["gru"], "en", seed=5)
    for student in STUDENTS:
        demo.hand_in(found, student, demo.CLASS[student]("en"))
    return found


def machine(number: int, *words: str) -> list[str]:
    """The command in the network of machine `number`."""
    return ["ip", "netns", "exec", f"course{os.getpid()}-{number}", *words]


@pytest.fixture(scope="module")
def networks() -> Iterator[tuple[Callable[..., list[str]], str]]:
    """(how to run a command on a machine, the scheduler's host)."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        yield (lambda number, *words: list(words)), "127.0.0.1"
        return
    base = f"course{os.getpid()}"
    hub = f"{base}-hub"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    names = [f"{base}-{number}" for number in range(WORKERS + 1)]
    try:
        ip("netns", "add", hub)
        ip("-n", hub, "link", "add", "bridge", "type", "bridge")
        ip("-n", hub, "link", "set", "bridge", "up")
        for number, name in enumerate(names):
            ip("netns", "add", name)
            ends = ("type", "veth", "peer", "name", f"port{number}", "netns", hub)
            ip("-n", name, "link", "add", "eth0", *ends)
            ip("-n", hub, "link", "set", f"port{number}", "master", "bridge", "up")
            ip("-n", name, "addr", "add", f"10.99.0.{number + 1}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield machine, "10.99.0.1"
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network of its own can be made here: {error.stderr.decode().strip()}")
    finally:
        for name in (*names, hub):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.fixture(scope="module")
def start(networks: tuple[Callable[..., list[str]], str], tmp_path_factory) -> Iterator[Start]:
    on, _ = networks
    logs = tmp_path_factory.mktemp("logs")
    started: list[subprocess.Popen[str]] = []
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }

    def start(number: int, *words: str, **more: object) -> subprocess.Popen[str]:
        with open(logs / f"{len(started)}.log", "w") as log:
            given = {"stdout": log, "stderr": log, "text": True, "cwd": logs, **more}
            command = on(number, sys.executable, "-m", *words)
            started.append(
                subprocess.Popen(command, env=environment, start_new_session=True, **given)
            )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def scheduler(networks, start: Start) -> tuple[str, list[subprocess.Popen[str]]]:
    """Its address and the workers, each a process of its own with one job at a time."""
    address = f"tcp://{networks[1]}:8799"
    start(0, "distributed.cli.dask_scheduler", "--host", networks[1], "--port", "8799",
          "--no-dashboard")  # fmt: skip
    options = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--death-timeout", "60")
    each = [
        start(number, "distributed.cli.dask_worker", address, *options)
        for number in range(1, WORKERS + 1)
    ]
    return address, each


def marks(folder: CourseFolder) -> dict[str, dict[str, float]]:
    found = {}
    for path in sorted((folder.root / "reports" / "gru").glob("*.json")):
        report = json.loads(path.read_text())
        found[path.stem] = {v["check"]: v["points"] for v in report["checks"]}
    return found


def copied(folder: CourseFolder, place: Path) -> CourseFolder:
    shutil.copytree(folder.root, place)
    return CourseFolder(place)


def test_a_cluster_gives_the_same_marks_though_a_worker_is_killed(
    folder: CourseFolder, scheduler, start: Start, tmp_path: Path
) -> None:
    address, each = scheduler
    here, there = (copied(folder, tmp_path / name) for name in ("here", "there"))
    words = ("autograder.cli", "grade", "gru", "--course", str(there.root))
    time.sleep(8)  # the workers report to the scheduler
    grading = start(0, *words, "--scheduler", address)
    until = time.monotonic() + WAIT_SECONDS
    while not marks(there) and time.monotonic() < until and grading.poll() is None:
        time.sleep(0.1)
    assert grading.poll() is None, "it ended before a worker could be killed"
    os.killpg(each[0].pid, signal.SIGKILL)
    assert grading.wait(WAIT_SECONDS) == 0
    grade_class(here, "gru")
    assert marks(there) == marks(here)
    assert set(marks(there)) == set(STUDENTS)
    assert each[0].poll() == -signal.SIGKILL and all(p.poll() is None for p in each[1:])
