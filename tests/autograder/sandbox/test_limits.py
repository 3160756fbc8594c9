"""The numbers of a sitting, the meter that reads them, and the filter of system calls."""

from __future__ import annotations

import math
import os
import struct

import numpy as np
import pytest

from autograder.sandbox import meter, seccomp
from autograder.sandbox.limits import Limits
from autograder.sandbox.observation import KINDS, Failure, Observation


def test_limits_survive_json() -> None:
    limits = Limits(check_seconds=2.5, memory_mb=700, processes=30)
    assert Limits.from_json(limits.to_json()) == limits


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [
        ("check_seconds", 0, 0),
        ("memory_mb", -1, 0),
        ("cpu_seconds", math.inf, 0),
        ("train_seconds", math.nan, 0),
        ("file_mb", "64", 0),
        ("processes", 15, 15),
        ("open_files", 31, 31),
    ],
)
def test_a_limit_below_its_minimum_is_refused(name: str, value: object, least: int) -> None:
    with pytest.raises(
        ValueError, match=f"^limit {name} is .*; expected a finite number above {least}$"
    ):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_a_failure_is_of_a_known_kind() -> None:
    with pytest.raises(ValueError, match="unknown failure kind 'pass'; expected one of"):
        Failure("pass", "")
    assert all(Failure(kind, "").to_json()["kind"] == kind for kind in KINDS)
    assert Observation().arrays == {}


def test_the_meter_finds_what_this_process_and_its_children_use() -> None:
    before = meter.own_memory_kb()
    kept = np.ones(2**23)
    assert 60 * 1024 < meter.own_memory_kb() - before < 100 * 1024
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        held = np.ones(2**22)
        os.read(reader, 1)
        os._exit(int(held[0]) - 1)
    assert child in meter.descendants(os.getpid())
    assert child in [one.number for one in meter._descendants_by_parent(os.getpid())]
    os.close(writer)
    os.close(reader)
    assert os.waitpid(child, 0)[1] == 0
    assert child not in meter.descendants(os.getpid())
    assert kept[0] == 1.0


def test_the_clock_counts_work_and_idleness_but_not_waiting_for_a_busy_core() -> None:
    clock = meter.Clock(1.0, now=100.0, usage=meter.Usage(cpu_seconds=7.0))
    assert not clock.passed(105.0, meter.Usage(cpu_seconds=7.0, runnable=True))  # waits for a core
    assert clock.spent == 0.0
    assert not clock.passed(109.0, meter.Usage(cpu_seconds=7.5, runnable=True))  # 0.5 s of work
    assert clock.spent == pytest.approx(0.5)
    assert not clock.passed(109.4, meter.Usage(cpu_seconds=7.5))  # 0.4 s asleep
    assert clock.spent == pytest.approx(0.9)
    assert clock.passed(109.6, meter.Usage(cpu_seconds=7.5))
    assert meter.Clock(1.0, 0.0, meter.Usage()).passed(0.5, meter.Usage(cpu_seconds=1.1))  # 3 cores


def test_limits_are_looked_at_in_the_order_of_their_danger() -> None:
    limits = Limits(memory_mb=10, processes=20, cpu_seconds=5.0)
    assert meter.over(meter.Usage(10.0, 5.0, 20), limits) == ""
    assert meter.over(meter.Usage(10.1, 5.1, 21), limits) == "memory"
    assert meter.over(meter.Usage(0.0, 5.1, 21), limits) == "processes"
    assert meter.over(meter.Usage(0.0, 5.1, 1), limits) == "cpu"


def decide(program: bytes, arch: int, number: int, argument: int = 0) -> int:
    """What a kernel would do: the filter, interpreted."""
    data = struct.pack("<iIQ6Q", number, arch, 0, argument, 0, 0, 0, 0, 0)
    code = [struct.unpack_from("<HBBI", program, at) for at in range(0, len(program), 8)]
    at, accumulator = 0, 0
    while True:
        operation, true, false, constant = code[at]
        at += 1
        if operation == seccomp.LOAD:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif operation == seccomp.RETURN:
            return int(constant)
        else:
            holds = {
                seccomp.JUMP_EQUAL: accumulator == constant,
                seccomp.JUMP_ANY_BIT: bool(accumulator & constant),
                seccomp.JUMP_AT_LEAST: accumulator >= constant,
            }[operation]
            at += true if holds else false


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_refuses_what_it_names_and_allows_the_rest(machine: str) -> None:
    column, arch = ("x86_64", "aarch64").index(machine), seccomp.AUDIT_ARCH[machine]
    program = seccomp.program(machine)
    eperm, enosys = seccomp.REFUSE | 1, seccomp.REFUSE | 38
    refused = {numbers[column] for numbers in seccomp.NUMBERS.values()}
    special = {seccomp.CLONE[column], seccomp.CLONE3[column]}
    for number in range(500):
        if number not in special:
            wanted = eperm if number in refused else seccomp.ALLOW
            assert decide(program, arch, number) == wanted
    clone = seccomp.CLONE[column]
    assert decide(program, arch, seccomp.CLONE3[column]) == enosys
    assert decide(program, arch, clone, 0x11) == seccomp.ALLOW  # fork
    assert decide(program, arch, clone, 0x3D0F00) == seccomp.ALLOW  # a thread
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert decide(program, arch, clone, flag | 0x11) == eperm
    assert decide(program, arch, 0x40000000 + clone) == enosys
    assert decide(program, 0x40000003, 1) == seccomp.KILL  # 32-bit calls on a 64-bit machine


def test_another_machine_has_no_filter() -> None:
    with pytest.raises(KeyError):
        seccomp.program("riscv64")
