"""A Jupyter server for the tests: loopback only, no settings of the machine's user."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def surroundings(**more: str) -> dict[str, str]:
    """A user's shell: this Python's programs first on PATH, no configuration from home."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "JUPYTER_CONFIG_DIR": "/nonexistent",
        "JUPYTER_PREFER_ENV_PATH": "1",
        **more,
    }


@contextlib.contextmanager
def server(
    *command: str, cwd: Path, environment: Mapping[str, str], log: Path | None = None
) -> Iterator[str]:
    """Start `python -m COMMAND` on a free loopback port; its address, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(log or os.devnull, "w") as output:
        running = subprocess.Popen(
            [
                *(sys.executable, "-m", *command, "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
                *("--ServerApp.port_retries=0", "--IdentityProvider.token="),
            ],
            cwd=cwd,
            env=dict(environment),
            stdout=output,
            stderr=output,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(480):
                assert running.poll() is None, "the Jupyter server ended"
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
                    break
                time.sleep(0.25)
            else:
                raise RuntimeError("the Jupyter server did not answer within two minutes")
            yield address
        finally:
            running.terminate()
            running.wait(timeout=30)
