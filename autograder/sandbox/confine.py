"""The kernel's own fences, one function each; every one says whether it stands.

Linux only, through ctypes: Python 3.11 has no os.unshare, and none has mount or capset. On another
system, and where the kernel refuses, a function returns False and the caller goes on with the rest.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
ANY_NAMESPACE = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_SLAVE = 0x20, 0x1000, 0x4000, 0x80000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
NOBODY = 65534

LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


def _call(name: str, *arguments: object) -> bool:
    """Whether the C function returned 0 or more."""
    return _libc is not None and int(getattr(_libc, name)(*arguments)) >= 0


def prctl(option: int, *values: int) -> bool:
    """prctl(2) on this process."""
    padded = (*values, 0, 0, 0, 0)[:4]
    return _call("prctl", option, *(ctypes.c_ulong(value) for value in padded))


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> bool:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    last = None if options is None else options.encode()
    return _call("mount", *texts, ctypes.c_ulong(flags), last)


def unshare(flags: int) -> bool:
    """Leave the shared namespaces named by `flags`."""
    return _call("unshare", flags)


def own_user_namespace() -> bool:
    """A user namespace in which only this user exists (and has its number)."""
    user, group = os.geteuid(), os.getegid()
    if not unshare(NEWUSER):
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError:
        return False
    return True


def no_more_namespaces() -> bool:
    """Nothing below this user namespace can make another, and so gain powers over it."""
    try:
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    except OSError:
        return False
    return True


def keep_mounts_to_ourselves() -> bool:
    """A mount namespace of our own; what is mounted from now on is seen by nobody else."""
    return unshare(NEWNS) and _mount(None, "/", None, MS_REC | MS_SLAVE)


def mount_tmpfs(folder: str, megabytes: int, files: int = 20_000) -> bool:
    """An empty file system in memory over `folder`, of a fixed size."""
    options = f"size={megabytes}m,nr_inodes={files},mode=0700"
    return _mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, options)


def mount_again(source: str, target: str) -> bool:
    """The folder `source`, with all that is mounted in it, at `target` too."""
    return _mount(source, target, None, MS_BIND | MS_REC)


def read_only(folder: str) -> bool:
    """Nobody here can write to what `folder` holds, whatever its permissions say."""
    flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC
    return mount_again(folder, folder) and _mount(None, folder, None, flags)


def mounts_in(folder: str) -> list[str]:
    """Folders inside `folder` on which something is mounted, outermost only."""
    found: list[str] = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            place = line.split()[4].encode().decode("unicode_escape")  # blanks are written \\040
            outside = not any(place.startswith(f"{outer}/") for outer in found)
            if place.startswith(f"{folder}/") and outside:
                found.append(place)
    return found


def mount_proc() -> bool:
    """A /proc that shows this process's own PID namespace only."""
    return _mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def dumpable(allowed: bool) -> bool:
    """Whether processes of the same user may read this one's memory and trace it."""
    return prctl(PR_SET_DUMPABLE, int(allowed))


def die_with_parent() -> bool:
    """The kernel kills this process when its parent dies."""
    return prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> bool:
    """Descendants whose parent died become ours, so that none can slip away."""
    return prctl(PR_SET_CHILD_SUBREAPER, 1)


def become_nobody() -> bool:
    """From root to an unprivileged user who owns nothing; capabilities go with it."""
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        return False
    return True


def drop_capabilities() -> bool:
    """No capability, now or through any program that is started."""
    for capability in range(64):
        prctl(PR_CAPBSET_DROP, capability)  # refused above the kernel's last one
    prctl(PR_CAP_AMBIENT, 4)  # 4: clear all
    header = struct.pack("<Ii", 0x20080522, 0)  # version 3, this process
    return _call("capset", header, bytes(24))


def limit_resources(processes: int | None, file_mb: int, open_files: int, cpu: float) -> bool:
    """The kernel's limits of one process. processes=None: not counted a namespace here."""
    seconds = int(cpu) + 2
    wanted = {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (file_mb << 20, file_mb << 20),
        resource.RLIMIT_NOFILE: (open_files, open_files),
        resource.RLIMIT_CPU: (seconds, seconds + 1),
    }
    if LINUX:
        wanted[resource.RLIMIT_MSGQUEUE] = (0, 0)
        wanted[resource.RLIMIT_MEMLOCK] = (1 << 20, 1 << 20)
    if processes is not None:
        wanted[resource.RLIMIT_NPROC] = (processes, processes)
    stands = True
    for which, (soft, hard) in wanted.items():
        try:
            highest = resource.getrlimit(which)[1]
            if highest != resource.RLIM_INFINITY:
                soft, hard = min(soft, highest), min(hard, highest)
            resource.setrlimit(which, (soft, hard))
        except (OSError, ValueError):
            stands = False
    return stands


def counts_processes_by_namespace() -> bool:
    """Whether RLIMIT_NPROC counts within a user namespace (since Linux 5.14), not over all."""
    major, minor, *_ = (platform.release().replace("-", ".") + ".0.0").split(".")
    return LINUX and major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (5, 14)


def run_before_others() -> bool:
    """This process, not its children, gets a core at once: a fork bomb cannot starve it.

    Only root may ask for it, and only root's processes are not counted by RLIMIT_NPROC.
    """
    try:
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(1))
    except (OSError, AttributeError):
        return False
    return True


def first_to_die(score: int = 1000) -> bool:
    """If the machine runs out of memory, the kernel ends this process before others."""
    try:
        Path("/proc/self/oom_score_adj").write_text(str(score))
    except OSError:
        return False
    return True
