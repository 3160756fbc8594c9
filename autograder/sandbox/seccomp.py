"""A filter on system calls: what no homework needs and sandbox escapes are made of.

The namespaces already hold; this is the second fence. A denied call fails with EPERM, so student
code meets an ordinary PermissionError. Numbers: asm/unistd_64.h (x86_64), asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from . import confine

NUMBERS = {  # system call: (x86_64, aarch64)
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_setup": (206, 0),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (170, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "personality": (135, 92),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "vhangup": (153, 58),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "syslog": (103, 116),
    # No network, and no buffers of sockets, which no memory limit would see:
    "socket": (41, 198),
    "socketpair": (53, 199),
    # Memory that belongs to no process's resident set, so that no memory limit would see it:
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}
CLONE = (56, 220)
CLONE3 = (435, 435)  # its flags lie in memory, where a filter cannot look; libc falls back to clone
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

LOAD, JUMP_EQUAL, JUMP_ANY_BIT, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
NUMBER, ARCH, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000


def program(machine: str) -> bytes:
    """The filter as BPF instructions; KeyError for a machine whose numbers are not known."""
    column = ("x86_64", "aarch64").index(machine) if machine in AUDIT_ARCH else 0
    deny, absent = REFUSE | errno.EPERM, REFUSE | errno.ENOSYS
    code = [
        (LOAD, 0, 0, ARCH),
        (JUMP_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (JUMP_AT_LEAST, 0, 1, 0x40000000),  # x86's other numbering of the same calls
        (RETURN, 0, 0, absent),
        (JUMP_EQUAL, 0, 1, CLONE3[column]),
        (RETURN, 0, 0, absent),
    ]
    for numbers in NUMBERS.values():
        code += [(JUMP_EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, deny)]
    code += [
        (JUMP_EQUAL, 0, 3, CLONE[column]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_ANY_BIT, 0, 1, confine.ANY_NAMESPACE),
        (RETURN, 0, 0, deny),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def install() -> bool:
    """Put the filter on this process and all that it starts, for good."""
    if not confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1):
        return False
    if platform.machine() not in AUDIT_ARCH:
        return False
    code = ctypes.create_string_buffer(program(platform.machine()))
    count = (len(code) - 1) // 8
    header = ctypes.create_string_buffer(struct.pack("@HP", count, ctypes.addressof(code)))
    return confine.prctl(confine.PR_SET_SECCOMP, 2, ctypes.addressof(header))
