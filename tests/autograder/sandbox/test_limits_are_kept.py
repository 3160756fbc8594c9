"""Each limit is really hit, by honest mistakes and by attacks; the failure names the limit."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from half_life import Run, Z, observe

from autograder.sandbox.limits import Limits
from autograder.sandbox.observation import Failure, Observation
from autograder.sandbox.parent import Server, Sitting

pytestmark = pytest.mark.sandbox
SLACK = 1.5  # seconds after a limit by which the failure must be there


def failed(seen: Observation) -> tuple[str, str]:
    """(kind, message) of a failure, which came with no arrays."""
    assert seen.failure is not None
    assert seen.arrays == {}
    return seen.failure.kind, seen.failure.message


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import time; time.sleep(100)",
        "import ctypes; ctypes.CDLL(None).pause()",
        "import tensorflow as tf; tf.linalg.svd(tf.random.normal((3000, 3000)))",
        """
        import signal
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True: pass
        """,
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        """
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
    ],
    ids=["loop", "sleep", "C call", "TensorFlow op", "ignores signals", "stopped", "catches all"],
)
def test_code_that_does_not_end_is_stopped_at_the_time_limit(run: Run, body: str) -> None:
    began = time.monotonic()
    assert failed(run(body, seconds=0.5)) == ("time", "stopped at the limit of 0.5 s")
    assert time.monotonic() - began < 0.5 + SLACK + 0.5  # with opening and loading the sitting


def test_others_that_keep_the_cores_busy_do_not_cost_a_check(run: Run) -> None:
    body = """
        import time
        until = time.process_time() + 0.6
        while time.process_time() < until: pass
        return z
    """
    loop = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(loop) for _ in range(4 * (os.cpu_count() or 1))]
    try:
        seen = run(body, seconds=1.0)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert seen.failure is None
    assert seen.seconds > 0.6


def test_what_was_printed_before_an_endless_loop_is_shown(run: Run) -> None:
    assert run("print('step', 1)\nwhile True: pass", seconds=0.5).output == "step 1\n"


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "import os; os.fork(); os.fork()\nwhile True: pass",
        """
        import os
        while True:
            child = os.fork()
            if not child:
                for _ in range(10**6): pass
                os._exit(0)
            os.waitpid(child, 0)
        """,
        """
        import os
        while True:
            if not os.fork():
                if not os.fork():
                    for _ in range(10**6): pass
                os._exit(0)
            os.wait()
        """,
    ],
    ids=["one process", "four", "short-lived ones", "orphans"],
)
def test_cpu_time_of_all_processes_counts(run: Run, body: str) -> None:
    seen = run(body, seconds=15.0, cpu_seconds=0.5)
    assert failed(seen) == ("cpu", "more than 0.5 s of CPU time")
    assert seen.seconds < 8.0


@pytest.mark.parametrize(
    "body",
    [
        "kept = []\nwhile True: kept.append(np.ones(2**17))",
        "return np.ones(2**27)",
        "kept = [0]\nwhile True: kept = kept + kept",
        """
        import mmap
        kept = []
        while True:
            kept.append(mmap.mmap(-1, 2**24)); kept[-1].write(b'x' * 2**24)
        """,
        """
        import os, time
        for _ in range(6): os.fork() or (np.ones(2**24), time.sleep(9))
        time.sleep(9)
        """,
        """
        import ctypes, os, time
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
        for _ in range(6): os.fork() or (np.ones(2**24), time.sleep(9))
        time.sleep(9)
        """,
        "import tensorflow as tf; return [tf.ones((2**24,), tf.float64) for _ in range(9)]",
    ],
    ids=[
        *("small pieces", "one array", "a list", "shared pages", "many processes", "hidden shares"),
        "TensorFlow",
    ],
)
def test_memory_that_is_really_used_counts(run: Run, body: str) -> None:
    kind, message = failed(run(body, seconds=20.0, memory_mb=300))
    assert (kind, message) == ("memory", "more than 300 MB of memory")


def test_address_space_that_is_not_used_does_not_count(run: Run) -> None:
    seen = run("kept = np.empty(2**30); return z", memory_mb=300)
    assert seen.failure is None


def test_an_array_that_no_machine_could_hold_is_a_memory_failure(run: Run) -> None:
    kind, message = failed(run("return np.ones((10**7, 10**7))"))
    assert kind == "memory"
    assert "MemoryError" in message
    assert message.endswith("(limit: 1500 MB)")


@pytest.mark.parametrize(
    "body",
    [
        "import os\nwhile True: os.fork()",
        "import os\nfor _ in range(200): os.fork() or os.execvp('sleep', ['sleep', '9'])",
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        """
        import threading
        for _ in range(200): threading.Thread(target=threading.Event().wait, daemon=True).start()
        """,
        """
        import subprocess
        subprocess.run(['bash', '-c', ':(){ :|:& };:; sleep 9'])
        """,
    ],
    ids=["fork bomb", "programs", "that never gives up", "threads", "shell"],
)
def test_too_many_processes_are_stopped(run: Run, body: str) -> None:
    kind, message = failed(run(body, seconds=8.0, processes=40))
    assert kind == "processes"  # said by the supervisor, or by a fork that failed
    assert "40 processes and threads" in message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("open('big', 'wb').write(bytes(2 * 2**20))", "File too large"),
        ("kept = [open('/dev/null') for _ in range(200)]", "Too many open files"),
        (
            "for n in range(99): open(f'/tmp/{n}', 'wb').write(bytes(2**20 // 2))",
            "No space left on device",
        ),
        (
            "for n in range(99): open(f'/dev/shm/{n}', 'wb').write(bytes(2**20 // 2))",
            "No space left on device",
        ),
        ("for n in range(999): open(f'/tmp/{n}', 'wb').close()", "No space left on device"),
    ],
    ids=["size", "number open", "disk", "shared memory", "number of files"],
)
def test_files_are_limited(run: Run, body: str, words: str) -> None:
    kind, message = failed(run(body, file_mb=1, disk_mb=4, files=99, open_files=64))
    assert kind == "files"
    assert words in message
    assert message.endswith("(limits: 1 MB a file, 4 MB and 99 files in all, 64 open files)")


@pytest.mark.parametrize(
    "body",
    [
        "while True: print('x' * 1000)",
        "import os\nwhile True: os.write(2, b'x' * 10000)",
        "import os; os.system('yes')",
        "print('x' * 9000); return z",
    ],
    ids=["print", "bytes", "a program", "and an answer"],
)
def test_printing_is_limited(run: Run, body: str) -> None:
    assert failed(run(body, output_kb=8)) == ("output", "more than 8 kB printed")


def test_a_limit_that_is_passed_while_the_answer_is_on_its_way_is_no_fault_of_ours(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor has said why it ends, and is gone, before the grader asks it."""
    ask = Sitting._sync

    def late(sitting: Sitting) -> Failure | None:
        time.sleep(0.5)
        return ask(sitting)

    monkeypatch.setattr(Sitting, "_sync", late)
    with server.sit(Limits(output_kb=8)) as sitting:
        seen = observe(sitting, "import os; os.write(2, b'x' * 9000)\nreturn z", 5.0)
    assert failed(seen) == ("output", "more than 8 kB printed")


def test_what_is_printed_counts_for_each_observation_alone(server: Server) -> None:
    with server.sit(Limits(output_kb=8)) as sitting:
        for _ in range(4):
            seen = observe(sitting, "print('x' * 6000); return z")
            assert seen.failure is None
            assert seen.output == "x" * 6000 + "\n"


def test_a_reply_above_the_limit_is_refused_by_the_honest_child(run: Run) -> None:
    kind, message = failed(run("return np.ones((2, 3, 2**18))", reply_mb=1))
    assert kind == "reply"
    assert message == "12 MB of arrays (limit: 1 MB): half_life (2, 3, 262144)"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import os; os.abort()", "SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    ],
)
def test_a_process_that_ends_is_said_to_have_ended(run: Run, body: str, detail: str) -> None:
    seen = run(body)
    assert failed(seen) == ("died", f"the process ended by itself: {detail}")
    assert seen.seconds < SLACK


def test_other_sittings_go_on_while_one_attacks(server: Server) -> None:
    attacks = ["import os\nwhile True: os.fork()", "while True: print('x' * 1000)"]
    stop, ended = threading.Event(), []

    def attack(body: str) -> None:
        while not stop.is_set():
            with server.sit(Limits(processes=40)) as sitting:
                ended.append(observe(sitting, body, 8.0).failure)

    threads = [threading.Thread(target=attack, args=(body,)) for body in attacks]
    for thread in threads:
        thread.start()
    with server.sit(Limits()) as sitting:
        seen = [observe(sitting, "return z * 2", 10.0) for _ in range(20)]
    stop.set()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one.arrays["half_life"], Z * 2) for one in seen)
    assert {failure.kind for failure in ended if failure} == {"processes", "output"}
