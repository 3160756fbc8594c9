"""What every test shares: the machine's abilities, and skips that nobody can overlook."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

# A property that fails for one text in a million should fail for who looks for it (`make nightly`),
# not for whoever comes by with another change: an ordinary run tries the same examples each time.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("searching", max_examples=1000, deadline=None)
settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parent.parent
CORPUS_FILES = ("time_machine.txt", "tiny_shakespeare.txt")


def _bubblewrap_works() -> str:
    """An empty string where bubblewrap can make its namespaces, else the reason why not."""
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (apt-get install bubblewrap)"
    tried = subprocess.run(
        ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True, text=True
    )
    return "" if tried.returncode == 0 else f"bubblewrap cannot start: {tried.stderr.strip()}"


def chromium() -> str | None:
    """The system's Chromium; playwright's own download is not used."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of Chromium; the test is skipped aloud where there is none."""
    found = chromium()
    if found is None:
        pytest.skip("Chromium is not installed (apt-get install chromium fonts-noto-cjk)")
    return found


@pytest.fixture(scope="session")
def course_data() -> Path:
    """The folder of real corpora named by COURSE_DATA; skipped aloud where there is none."""
    folder = Path(os.environ.get("COURSE_DATA", ""))
    if not os.environ.get("COURSE_DATA") or not all((folder / f).is_file() for f in CORPUS_FILES):
        pytest.skip(f"COURSE_DATA is not a folder that holds {', '.join(CORPUS_FILES)}")
    return folder


SLOW_FOLDERS = ("e2e", "attacks", "solutions")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, with the reason; begin with what takes longest."""
    slow = {ROOT / "tests" / name: place for place, name in enumerate(SLOW_FOLDERS)}
    items.sort(key=lambda item: slow.get(item.path.parent, len(slow)))
    wanted = [item for item in items if item.get_closest_marker("sandbox")]
    reason = _bubblewrap_works() if wanted else ""
    for item in wanted if reason else ():
        item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in red how many tests were skipped: a skipped security test looks like a passed one."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests were SKIPPED on this machine; the reasons are above.", red=True
        )
