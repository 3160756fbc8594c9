"""Frames of a hostile sender: a message, or a WireError, in bounded memory.

Twenty thousand in every run, a hundred thousand each night.
"""

from __future__ import annotations

import gc
import json
import math
import random
import socket
import struct
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from autograder.sandbox import wire

FRAMES = pytest.param(100_000, marks=pytest.mark.nightly), 5_000
CAPS = wire.Caps(header_bytes=4_000, array_bytes=20_000, arrays=8, depth=10, values=400)
# The header as bytes and as text, some times over; Python's object for each of its values.
MOST = CAPS.array_bytes + 8 * CAPS.header_bytes + 250 * CAPS.values
NUMBERS: list[Any] = [0, 1, 2, 3, 7, -1, 2**31, 2**40, 2**63, 2**64, 1.5, 1e308, math.nan, True]
VALUES: list[Any] = [*NUMBERS, None, "", "a", "float64", "\ud800", "x" * 400, [], {}, [[]], [1, 2]]
DTYPES = [*wire.DTYPES, "object", "complex128", "U9", "V8", "<f8", "float128", "datetime64", ""]


HEAVY = [b"[],", b"{},", b'"",', b'{"a":1},', b"1,", b"1e9,", b"[[[[[]]]]],", b"null,"]
HEAVY += [b'"\\u0000",', b'"' + b"x" * 400 + b'",', b'"' + "名".encode() * 9 + b'",']


def frame(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(header)) + header + data


@lru_cache(maxsize=300)
def valid(number: int) -> bytes:
    """A frame as our own processes send it."""
    chance = random.Random(number)
    shapes = [(), (0,), (3,), (2, 3), (1, 0, 2)]
    arrays = {
        f"a{number}": np.frombuffer(chance.randbytes(48), np.uint8)[: math.prod(shape)]
        .reshape(shape)
        .astype(chance.choice(list(wire.DTYPES)))
        for number in range(chance.randrange(3))
        for shape in [chance.choice(shapes)]
    }
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, {"id": chance.randrange(9), "text": '["\\'}, arrays)
        return theirs.recv(1 << 16)


def noise(chance: random.Random) -> bytes:
    """Bytes of any kind, some with a length in front that they do not have."""
    data = chance.randbytes(chance.randrange(60))
    return data if chance.random() < 0.5 else struct.pack(">I", chance.randrange(90)) + data


def shuffled(chance: random.Random) -> bytes:
    """A valid frame with a few bytes flipped, cut, put in or doubled."""
    data = bytearray(valid(chance.randrange(300)))
    for _ in range(chance.randrange(1, 5)):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0 and place < len(data):
            data[place] ^= chance.randrange(1, 256)
        elif kind == 1:
            del data[place : place + chance.randrange(9)]
        elif kind == 2:
            data[place:place] = chance.choice([b"[", b"{", b'"', b"\\", b"9" * 40, b"\0", b"\xff"])
        elif kind == 3:
            data[place:place] = data[place : place + chance.randrange(40)]
        elif len(data) > 4:
            data[chance.randrange(4)] = chance.randrange(256)
    return bytes(data)


def described(chance: random.Random) -> bytes:
    """A well-formed header that describes arrays which cannot be, or are not there."""
    listed: list[Any] = []
    for _ in range(chance.randrange(4)):
        shape = [chance.choice(NUMBERS) for _ in range(chance.randrange(4))]
        entry = [chance.choice(["a", "b", *VALUES]), chance.choice(DTYPES), shape]
        if chance.random() < 0.3:
            entry[chance.randrange(3)] = chance.choice(VALUES)
        listed.append(entry if chance.random() < 0.9 else entry[: chance.randrange(3)])
    header: Any = {"message": {"id": chance.choice(VALUES)}, "arrays": listed}
    if chance.random() < 0.2:
        header[chance.choice(["message", "arrays", "more"])] = chance.choice(VALUES)
    data = chance.randbytes(chance.choice([0, 1, 8, 64, 400]))
    return frame(json.dumps(header).encode("utf-8"), data)


def heavy(chance: random.Random) -> bytes:
    """As large as a header may be, made of what a parser turns into the most."""
    part = chance.choice(HEAVY)
    weight = sum(part.count(byte) for byte in (b"[", b"{", b","))
    most = min((CAPS.header_bytes - 60) // len(part), (CAPS.values - 8) // weight)
    few = chance.randrange(most - 2, most + 3)
    return frame(b'{"arrays": [], "message": {"a": [' + part * few + b"0]}}")


SENDERS: dict[str, tuple[Callable[[random.Random], bytes], int]] = {
    "noise": (noise, 25),
    "shuffled": (shuffled, 40),
    "described": (described, 34),
    "heavy": (heavy, 1),
}


def receive(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(data)
        return wire.receive(ours, CAPS, time.monotonic() + 60)


@pytest.mark.parametrize("frames", FRAMES)
@pytest.mark.parametrize("kind", SENDERS)
def test_no_frame_crashes_or_fills_the_receiver(kind: str, frames: int) -> None:
    make, share = SENDERS[kind]
    chance, outcomes = random.Random(kind), Counter[str]()
    most = 0
    tracemalloc.start()
    try:
        for number in range(frames * share // 100):
            data = make(chance)
            if number % 2000 == 0:
                gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            try:
                message, arrays = receive(data)
            except wire.WireError as problem:
                outcomes[type(problem).__name__] += 1
                assert len(str(problem)) < 2000
            else:
                outcomes["read"] += 1
                assert isinstance(message, dict)
                assert sum(array.nbytes for array in arrays.values()) <= CAPS.array_bytes
                assert all(array.dtype.name in wire.DTYPES for array in arrays.values())
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert sum(outcomes.values()) == frames * share // 100
    assert most <= MOST, f"{most} bytes were held for one frame"
    assert kind == "noise" or outcomes["read"], outcomes
    assert kind == "heavy" or outcomes["WireError"] and outcomes["WireClosed"], outcomes
