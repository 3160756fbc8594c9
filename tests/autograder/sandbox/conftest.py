"""One warm server for all tests of the sandbox, and a way to run any code as a student's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from half_life import SECRET, Run, observe

from autograder.sandbox import stage
from autograder.sandbox.limits import Limits
from autograder.sandbox.observation import Observation
from autograder.sandbox.parent import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The real thing: bubblewrap, TensorFlow.

    Started with a secret in the environment, and by a thread that then ends.
    """
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setenv("COURSE_SECRET", SECRET)
        running = pool.submit(Server().__enter__).result()
        pool.shutdown()
        yield running
        running.close()


@pytest.fixture
def run(server: Server) -> Run:
    """run(body, seconds=..., **limits): one observation of half_life(z) in a sitting of its own."""

    def run(body: str, seconds: float = 5.0, **limits: float) -> Observation:
        with server.sit(Limits(**limits)) as sitting:  # type: ignore[arg-type]
            return observe(sitting, body, seconds)

    return run


@pytest.fixture
def light(tmp_path: Path) -> Path:
    """A stage on which TensorFlow is an empty module: a server starts at once."""
    stage.build(tmp_path)
    empty = (
        "import sys, unittest.mock as m; sys.modules[__name__] = m.MagicMock(__version__='none')"
    )
    for name in ("tensorflow", "keras"):
        (tmp_path / "python" / f"{name}.py").write_text(empty)
    return tmp_path
