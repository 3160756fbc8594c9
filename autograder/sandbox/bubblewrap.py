"""Bubblewrap's command line: what the server sees of this machine, and whether it works here."""

from __future__ import annotations

import importlib.util
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from .stage import PACKAGE, course_lib

INSIDE = Path("/course")
SITTING = "/sitting"
SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime")
STORES = (Path("/nix/store"), Path("/gnu/store"))
NEEDED = ("numpy", "tensorflow", "keras", "matplotlib")
UNSHARE = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts")
POWERS = ("SYS_ADMIN", "SETUID", "SETGID", "SETPCAP")  # until the server has left root
TRY_SECONDS = 20
INSTALL = "Install bubblewrap: sudo apt-get install bubblewrap (or dnf, pacman, zypper)."
OTHERWISE = 'Or choose isolation "process" for code that you trust.'


def command(stage: Path, hidden: Sequence[Path] = ()) -> list[str]:
    """bwrap and its options, up to the program to run; the stage becomes /course.

    hidden: folders that must not be seen even where they lie inside a folder that is.
    """
    root = is_root()
    options = ["bwrap", *UNSHARE, "--unshare-cgroup-try", "--uid", "65534", "--gid", "65534"]
    if root:
        options = ["bwrap", *UNSHARE, "--unshare-cgroup-try", "--cap-drop", "ALL"]
        options += [word for power in POWERS for word in ("--cap-add", f"CAP_{power}")]
    else:
        options.insert(1, "--unshare-user")
    options += ["--hostname", "course", "--dev", "/dev", "--dir", SITTING]
    options += [*(("--perms", "1777") if root else ()), "--tmpfs", "/tmp"]
    options += ["--dir", "/proc"] if root else ["--proc", "/proc"]
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    options += ["--dir", "/etc"]
    for name in SETTINGS:
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name in ("passwd", "group"):
        options += ["--ro-bind", str(stage / "etc" / name), f"/etc/{name}"]
    seen = views(python_folders(), [*course_folders(), *hidden])
    for path, shown in seen:
        # bwrap makes the folders above a mount for its owner only; the server is somebody else
        options += [word for above in reversed(path.parents[:-1]) for word in ("--dir", str(above))]
        options += ["--ro-bind", str(path), str(path)] if shown else ["--tmpfs", str(path)]
    options += [word for path, shown in seen if not shown for word in ("--remount-ro", str(path))]
    options += ["--ro-bind", str(stage / "python"), str(INSIDE)]
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"]


def is_root() -> bool:
    """Whether we are the machine's root, and not root of a container's user namespace only."""
    try:
        everybody = Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]
    except OSError:
        return False
    return everybody and os.geteuid() == 0


def python_folders() -> list[Path]:
    """Where this Python and the libraries that it needs live, wherever that is."""
    found = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)]
    link = Path(sys.executable)
    while link.is_symlink():  # a venv's python is a link to a link to the real one
        link = link.parent / os.readlink(link)
        found.append(link.parent.parent)
    found += libraries()
    found += [store for store in STORES if any(path.is_relative_to(store) for path in found)]
    return [path for path in dict.fromkeys(_both(found)) if path != Path("/")]


def libraries() -> list[Path]:
    """The folders that hold NumPy, TensorFlow and so on; they are found, not imported."""
    specs = (importlib.util.find_spec(name) for name in NEEDED)
    found = [Path(spec.origin).parents[1] for spec in specs if spec and spec.origin]
    return list(dict.fromkeys(found))


def course_folders() -> list[Path]:
    """The course itself: the checkout, or its packages where they are installed as such."""
    checkout = PACKAGE.parent
    installed = checkout in (*libraries(), *map(Path, site.getsitepackages()))
    library = course_lib()
    folders = [PACKAGE, checkout / "solutions"] if installed else [checkout]
    return list(_both([*folders, *([library] if library else [])]))


def views(shown: Iterable[Path], hidden: Iterable[Path]) -> list[tuple[Path, bool]]:
    """(folder, whether it is shown), outer folders first, without those that change nothing.

    A hidden folder counts only inside a shown one, a shown one only where nothing shows it yet:
    a virtual environment inside a hidden checkout is seen, the checkout around it is not.
    """
    wanted = {path: True for path in shown}
    for path in hidden:
        if path.is_dir():
            wanted.setdefault(path, False)
    seen: list[tuple[Path, bool]] = []
    for path in sorted(wanted, key=lambda path: len(path.parts)):
        around = [view for view in seen if path.is_relative_to(view[0])]
        before = around[-1][1] if around else _is_system(path)
        if wanted[path] != before:
            seen.append((path, wanted[path]))
    return seen


def _is_system(path: Path) -> bool:
    return len(path.parts) > 1 and path.parts[1] in SYSTEM


def _both(paths: Iterable[Path]) -> Iterable[Path]:
    """Each path as it is written and as it really is."""
    for path in paths:
        yield from (path.absolute(), path.resolve())


def available() -> tuple[bool, str, str]:
    """(whether a sandbox can be made here, why not, what to do about it), by making one."""
    if not sys.platform.startswith("linux"):
        return False, f"bubblewrap needs Linux; this is {sys.platform}", OTHERWISE
    if shutil.which("bwrap") is None:
        return False, "bubblewrap is not installed", f"{INSTALL} {OTHERWISE}"
    trial = [*UNSHARE, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "true"]
    trial = ["bwrap", *([] if is_root() else ["--unshare-user"]), *trial]
    try:
        tried = subprocess.run(
            trial, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TRY_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, f"bubblewrap cannot start: {error}", f"{INSTALL} {OTHERWISE}"
    if tried.returncode == 0:
        return True, "", ""
    said = (tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"])[-1]
    return False, f"bubblewrap cannot make its namespaces: {said}", f"{remedy()} {OTHERWISE}"


def remedy() -> str:
    """What to do where user namespaces are refused, by what this kernel says about them."""
    if _setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "Allow it: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give "
            "/usr/bin/bwrap an AppArmor profile that allows userns."
        )
    if _setting("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return "Allow user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1."
    if _setting("/proc/sys/user/max_user_namespaces") == "0":
        return "Allow user namespaces: sudo sysctl user.max_user_namespaces=10000."
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return (
            "Start the container with --security-opt seccomp=unconfined --security-opt "
            "apparmor=unconfined --security-opt systempaths=unconfined --cap-add SYS_ADMIN."
        )
    return "Ask the machine's administrator to allow user namespaces."


def _setting(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
