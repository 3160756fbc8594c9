"""Unix accounts of this machine for a test, and the course as a package that they can read."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Account:
    """Somebody who can log in: name, home, and the packages that they find first."""

    name: str
    home: Path
    packages: Path

    def run(self, *command: str, cwd: Path | None = None, fails: int = 0) -> str:
        """Run `python -m COMMAND` as this account, from its home; what it says."""
        who = pwd.getpwnam(self.name)
        setpriv = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}"]
        done = subprocess.run(
            [
                *view(Path(sys.prefix), Path(sys.base_prefix), self.packages),
                *(*setpriv, "--clear-groups", "--inh-caps=-all"),
                *(sys.executable, "-m", *command),
            ],
            cwd=cwd or self.home,
            env=self.surroundings(),
            capture_output=True,
            text=True,
            timeout=280,
        )
        said = done.stdout + done.stderr
        assert done.returncode == fails, said
        return said

    def surroundings(self) -> dict[str, str]:
        """The shell of somebody who has just logged in."""
        return {
            "HOME": str(self.home),
            "USER": self.name,
            "LOGNAME": self.name,
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "PYTHONPATH": str(self.packages),
            "COLUMNS": "200",
        }


@contextlib.contextmanager
def account(name: str, home: Path, packages: Path) -> Iterator[Account]:
    """An account that is there until the block ends; its home is a new folder."""
    made = ["useradd", "--create-home", "--home-dir", str(home), "--shell", "/bin/sh", name]
    subprocess.run(made, check=True, capture_output=True)
    try:
        yield Account(name, home, packages)
    finally:
        subprocess.run(["userdel", "--remove", name], check=False, capture_output=True)


def require_accounts() -> None:
    """Skip aloud where accounts cannot be made."""
    if os.geteuid() != 0:
        pytest.skip("accounts are made by root only")
    for program in ("useradd", "userdel", "setpriv", "bwrap"):
        if shutil.which(program) is None:
            pytest.skip(
                f"{program} is not installed (apt-get install passwd util-linux bubblewrap)"
            )


def view(*needed: Path) -> list[str]:
    """What lets an account read these folders where they lie in somebody's closed home.

    A mount namespace in which the closed folder holds nothing else; without one, nothing.
    """
    shut = [(path, closed) for path in needed if (closed := closed_above(path.resolve()))]
    if not shut:
        return []
    options = [
        "bwrap",
        "--dev-bind",
        "/",
        "/",
        "--cap-add",
        "CAP_SETUID",
        "--cap-add",
        "CAP_SETGID",
    ]
    for closed in dict.fromkeys(closed for _, closed in shut):
        options += ["--tmpfs", str(closed)]
    for path, closed in shut:
        inside = path.resolve()
        above = [folder for folder in reversed(inside.parents) if folder.is_relative_to(closed)]
        options += [word for folder in above for word in ("--dir", str(folder))]
        options += ["--ro-bind", str(inside), str(inside)]
    return [*options, "--"]


def closed_above(path: Path) -> Path | None:
    """The outermost folder above `path` that others may not enter."""
    return next((f for f in reversed(path.parents) if not f.stat().st_mode & 0o001), None)


def installed(root: Path, place: Path) -> Path:
    """The project as a wheel, installed into a folder that everybody can read."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    copy = place / "checkout"
    unread = shutil.ignore_patterns(
        ".*", "tests", "dist", "build", "demo", "*.egg-info", "__pycache__"
    )
    shutil.copytree(root, copy, ignore=unread)
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "wheel", *offline, "-w", place, copy], check=True)
    (wheel,) = place.glob("*.whl")
    packages = place / "packages"
    subprocess.run([*pip, "install", *offline, "--target", packages, wheel], check=True)
    shutil.rmtree(copy)
    return packages
