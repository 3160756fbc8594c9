"""The same sandbox for an ordinary user, and where a fence cannot be had: the rest still stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sandbox
HERE = Path(__file__).parent
SCRIPT = """
import json, os, sys, time
from pathlib import Path
sys.path[:0] = [{here!r}, {root!r}]
from half_life import observe
from autograder.sandbox.limits import Limits
from autograder.sandbox.parent import Server

isolation, stage = sys.argv[1:]
cases = {{
    "": "print(os.getuid()); return z",
    "time": "while True: pass",
    "cpu": "while True: pass",
    "memory": "kept = np.ones(2**27)",
    "processes": "import time\\nfor _ in range(60): os.fork() or time.sleep(9)",
    "files": "open('big', 'wb').write(bytes(2**21))",
    "output": "while True: print('x' * 999)",
    "died": "os._exit(0)",
    "exception": "return 1 / 0",
}}
daemon = '''
    if not os.fork():
        os.setsid()
        if not os.fork(): os.execvp('sleep', ['sleep', '{mark}'])
        os._exit(0)
    time.sleep(0.3)
    return z'''
seen = {{}}
with Server(isolation, stage=Path(stage) if stage else None) as server:
    for kind, body in cases.items():
        cpu = 1 if kind == "cpu" else 60
        limits = Limits(memory_mb=300, processes=20, file_mb=1, cpu_seconds=cpu)
        with server.sit(limits) as sitting:
            body = "import os\\n" + body
            one = observe(sitting, body, 0.5 if kind == "time" else 5.0)
            seen[kind] = one.failure.kind if one.failure else ""
    with server.sit() as sitting:
        observe(sitting, "import os, time\\n" + daemon.replace("\\n    ", "\\n"))
    print(json.dumps({{"seen": seen, "layers": server.layers, "threads": server.threads}}))
"""


def report(
    command: Sequence[str], root: Path, isolation: str, stage: Path | None
) -> dict[str, Any]:
    """What the script says when it is run by this command."""
    mark = f"96{os.getpid()}"
    code = SCRIPT.format(here=str(HERE), root=str(root), mark=mark)
    told = subprocess.run(
        [*command, sys.executable, "-B", "-c", code, isolation, str(stage or "")],
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": "/tmp"},
    )
    assert told.returncode == 0, told.stderr[-3000:]
    assert [path for path in Path("/proc").glob("[0-9]*/cmdline") if _sleeps(path, mark)] == []
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def _sleeps(path: Path, mark: str) -> bool:
    try:
        return path.read_bytes().split(b"\0")[:2] == [b"sleep", mark.encode()]
    except OSError:
        return False


def test_an_ordinary_user_has_the_same_sandbox(root: Path) -> None:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become an ordinary user (the other tests ran as one)")
    user = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
    needed = (sys.executable, os.__file__, str(HERE / "half_life.py"))
    tried = subprocess.run(
        [*user, "cat", *needed], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if tried.returncode != 0:
        pytest.skip("this Python lies where an ordinary user cannot read it")
    told = report(user, root, "bubblewrap", None)
    assert [name for name, stands in told["layers"].items() if not stands] == []
    assert told["threads"] == 1
    assert {kind: seen for kind, seen in told["seen"].items() if kind != seen} == {}


def test_without_namespaces_the_limits_hold_and_the_layers_say_so(root: Path, light: Path) -> None:
    refusing = ["bwrap", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
    refusing += ["--dev-bind", "/", "/", "--"]
    tried = subprocess.run([*refusing, "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"this bubblewrap cannot refuse namespaces: {tried.stderr.strip()}")
    told = report(refusing, root, "process", light)
    missing = {name for name, stands in told["layers"].items() if not stands}
    assert missing == {
        "bubblewrap",
        "user_namespace",
        "pid_namespace",
        "mount_namespace",
        "network_namespace",
        "ipc_namespace",
        "private_proc",
        "private_tmp",
        "no_more_namespaces",
    }
    assert {kind: seen for kind, seen in told["seen"].items() if kind != seen} == {}
