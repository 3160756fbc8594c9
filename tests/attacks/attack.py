"""The attack submissions of this folder, and what each deserves: read from its first lines."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.check import find
from autograder.sandbox import meter
from autograder.sandbox.limits import Limits
from autograder.submission import Submission, read

HERE = Path(__file__).parent
FOLDER = HERE / "submissions"
HONEST = HERE / "honest.py"
SMALL = {
    "load_seconds": 1.5,
    "train_seconds": 60.0,
    "cpu_seconds": 60.0,
    "memory_mb": 400,
    "processes": 40,
    "file_mb": 2,
    "disk_mb": 8,
    "files": 500,
    "open_files": 64,
    "output_kb": 32,
    "reply_mb": 8,
}
SECONDS, SECONDS_WITH_KERAS = 0.8, 12.0
"""Of a check; a cell that TensorFlow traces takes some, on a machine that others use too."""


@dataclass(frozen=True)
class Attack:
    """A submission that attacks: the checks that it passes honestly, the notes that tell of it.

    partly: points of checks of which it has a part right. beside_stubs: what it passes in a
    notebook with the release's stubs, whose checks have the process replaced that it has spoilt.
    """

    path: Path
    passes: frozenset[str]
    partly: dict[str, float]
    notes: tuple[str, ...]
    seconds: float
    beside_stubs: frozenset[str]

    @property
    def name(self) -> str:
        """Group and file name, without its ending."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def points(self) -> float:
        """The mark that it deserves."""
        return sum(find(check).points for check in self.passes) + sum(self.partly.values())

    @property
    def points_beside_stubs(self) -> float:
        """The mark that it deserves in a notebook."""
        more = self.beside_stubs - self.passes
        return self.points + sum(find(check).points for check in more)

    @property
    def limits(self) -> Limits:
        """Limits that are soon hit."""
        return Limits(check_seconds=self.seconds, **SMALL)  # type: ignore[arg-type]

    @property
    def submission(self) -> Submission:
        """As `course check FILE --unit gru` reads it."""
        return read(self.path, "gru", "mallory")


def attack(path: Path) -> Attack:
    """Read the header.

    `# passes: half_life` or `nothing`, `# partly: learns 0.8`, `# notes: a; b`, `# seconds: 2`,
    `# beside stubs: half_life`.
    """
    text = path.read_text(encoding="utf-8")
    fields = r"^# (passes|partly|notes|seconds|beside stubs): (.*)$"
    head = dict(re.findall(fields, text, re.MULTILINE))
    passes = {f"gru.{name}" for name in head["passes"].split(", ") if name != "nothing"}
    beside = {f"gru.{name}" for name in head.get("beside stubs", "").split(", ") if name}
    usual = SECONDS_WITH_KERAS if "keras" in text or "tensorflow" in text else SECONDS
    notes = tuple(note for note in head.get("notes", "").split("; ") if note)
    parts = [part.split() for part in head.get("partly", "").split(", ") if part]
    partly = {f"gru.{name}": float(points) for name, points in parts}
    seconds = float(head.get("seconds", usual))
    return Attack(path, frozenset(passes), partly, notes, seconds, frozenset(beside))


def attacks(group: str = "*") -> list[Attack]:
    """All attacks of a group, in the order of their names."""
    return [attack(path) for path in sorted(FOLDER.glob(f"{group}/*.py"))]


def tree(*folders: Path) -> str:
    """A fingerprint of all files: names, rights, sizes, times and contents."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix == ".pyc" or path.name == "__pycache__":
                continue
            is_ = path.lstat()
            digest.update(f"{path} {is_.st_mode} {is_.st_size} {is_.st_mtime_ns}\n".encode())
            if path.is_file():
                digest.update(path.read_bytes())
    return digest.hexdigest()


def processes(server: int) -> set[int]:
    """The processes below the sandbox's server, and itself."""
    return {server, *meter.descendants(server)}


def descriptors() -> list[str]:
    """What this process has open: kinds of files, without their numbers."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(re.sub(r"[:\[/].*", "", os.readlink(f"/proc/self/fd/{number}")))
        except OSError:
            continue
    return sorted(found)
