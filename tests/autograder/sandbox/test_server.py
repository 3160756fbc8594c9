"""Starting, refusing, dying and starting again; what a machine without a sandbox is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from half_life import CASE, observe

from autograder.sandbox import bubblewrap, stage
from autograder.sandbox.limits import Limits
from autograder.sandbox.parent import SandboxError, Server, available


def test_the_parent_stays_free_of_tensorflow(root: Path) -> None:
    code = "import autograder.sandbox.parent, sys; print('tensorflow' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert told.stdout == "False\n", told.stderr


def bwrap_that(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bwrap that runs this instead, first in PATH."""
    folder.mkdir(exist_ok=True)
    (folder / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_without_bubblewrap_the_grader_refuses_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    works, reason, remedy = available()
    assert (works, reason) == (False, "bubblewrap is not installed")
    assert "apt-get install bubblewrap" in remedy
    assert 'isolation "process"' in remedy
    with pytest.raises(SandboxError, match="^no sandbox: bubblewrap is not installed. Install"):
        Server().__enter__()


def test_a_bubblewrap_that_cannot_make_namespaces_is_refused_with_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = "bwrap: setting up uid map: Permission denied"
    bwrap_that(tmp_path, f"echo {said!r} >&2; exit 1", monkeypatch)
    works, reason, remedy = available()
    assert not works
    assert reason == f"bubblewrap cannot make its namespaces: {said}"
    assert remedy.endswith('Or choose isolation "process" for code that you trust.')


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
        ("", "", "administrator"),
    ],
)
def test_the_remedy_names_the_kernel_setting_that_is_in_the_way(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, words: str
) -> None:
    place = f"/proc/sys/{setting}"
    monkeypatch.setattr(bubblewrap, "_setting", lambda path: value if path == place else "?")
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert words in bubblewrap.remedy()


def test_another_system_than_linux_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    works, reason, _ = available()
    assert (works, reason) == (False, "bubblewrap needs Linux; this is darwin")


def test_an_unknown_isolation_is_refused() -> None:
    with pytest.raises(
        ValueError, match="isolation is 'docker'; expected one of bubblewrap, process"
    ):
        Server("docker")


def test_a_server_that_is_not_running_says_how_to_run_it() -> None:
    with pytest.raises(SandboxError, match="use `with Server"):
        Server().sit()


@pytest.mark.sandbox
def test_a_server_that_cannot_import_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage.build(tmp_path)
    (tmp_path / "python" / "numpy.py").write_text("raise ImportError('no NumPy on this machine')\n")
    with pytest.raises(SandboxError, match="did not start: .* no NumPy on this machine"):
        Server(stage=tmp_path).__enter__()


def test_without_bubblewrap_the_limits_hold_all_the_same(light: Path) -> None:
    cases = {"time": "import time; time.sleep(99)", "memory": "kept = np.ones(2**27)"}
    cases |= {"died": "import os; os._exit(0)", "output": "while True: print('x' * 999)"}
    cases |= {"processes": "import os\nwhile True: os.fork()"}
    with Server("process", stage=light) as server:
        assert not server.layers["bubblewrap"]
        for kind, body in cases.items():
            with server.sit(Limits(memory_mb=300, processes=20)) as sitting:
                failure = observe(sitting, body, 1.0 if kind == "time" else 4.0).failure
                assert failure is not None
                assert failure.kind == kind


@pytest.mark.sandbox
@pytest.mark.parametrize("isolation", ["bubblewrap", "process"])
def test_a_server_that_died_is_started_again(isolation: str, light: Path) -> None:
    with Server(isolation, stage=light) as server:
        old = server._process
        assert old is not None
        with server.sit() as sitting:
            os.kill(server._init or old.pid, signal.SIGKILL)
            old.wait()
            time.sleep(0.2)
            seen = sitting.observe("gru.half_life", CASE, 5.0)
            assert seen.failure is not None
            assert seen.failure.kind == "fault"  # ours, so a human looks
        with server.sit() as another:
            assert observe(another, "return z").failure is None


def running(words: str) -> list[int]:
    """Processes whose command line holds these words."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and words.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


GRADER = """
import sys, time
from pathlib import Path
from autograder.sandbox.parent import Server

isolation, stage, mark = sys.argv[1:]
source = f"import os; x = os.fork() or os.execvp('sleep', ['sleep', '{mark}'])"
with Server(isolation, stage=Path(stage)) as server, server.sit() as sitting:
    sitting.load([{"id": "a", "source": source}], ["x"])
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.sandbox
@pytest.mark.parametrize("isolation", ["bubblewrap", "process"])
def test_a_killed_grader_leaves_nothing_behind(root: Path, light: Path, isolation: str) -> None:
    mark = f"97{os.getpid()}"
    command = [sys.executable, "-c", GRADER, isolation, str(light), mark]
    (light / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(light / "tmp")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, env=environment) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"ready\n"
        assert running("warm")
        time.sleep(0.2)
        assert running(mark)[1:]  # the grader's own command line, and the sleeping program
        grader.kill()
    deadline = time.monotonic() + 5.0
    while (running(str(light)) or running(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(str(light)) + running(mark) == []
    assert list((light / "tmp").iterdir()) == []
