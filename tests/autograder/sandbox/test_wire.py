"""Frames come back as they were sent; anything else is a WireError, soon and in little memory."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox import wire

Pair = tuple[socket.socket, socket.socket]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
CAPS = wire.Caps(header_bytes=10_000, array_bytes=10_000, arrays=8, depth=10, values=300)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)
messages = st.dictionaries(st.text(max_size=9), plain, max_size=4)
some_array = st.sampled_from(sorted(wire.DTYPES)).flatmap(
    lambda name: hnp.arrays(np.dtype(name), hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
)
arrays_by_name = st.dictionaries(st.text(max_size=9), some_array, max_size=5)


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon() -> float:
    return time.monotonic() + 5.0


def frame(header: object, data: bytes = b"") -> bytes:
    """A frame with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">I", len(text)) + text + data


def read(data: bytes, caps: wire.Caps = CAPS) -> tuple[dict, dict]:
    """What is received if a sender writes these bytes and closes."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(data)
        return wire.receive(ours, caps, soon())


@QUICK
@given(messages, arrays_by_name)
def test_what_is_sent_is_received_bit_for_bit(message: dict, arrays: dict) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, message, arrays, soon())
        got, seen = wire.receive(theirs, wire.Caps(depth=60), soon())
    assert got == message
    assert list(seen) == list(arrays)
    for name, array in arrays.items():
        assert (seen[name].dtype, seen[name].shape) == (array.dtype, array.shape)
        assert seen[name].tobytes() == np.ascontiguousarray(array).tobytes()
        assert seen[name].flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.arange(9)[::-2],
        np.arange(3, dtype=">i4"),
        np.array(True),
    ],
    ids=["transposed", "strided", "big-endian", "scalar"],
)
def test_any_layout_in_memory_is_sent(pair: Pair, array: np.ndarray) -> None:
    wire.send(pair[0], {}, {"a": array}, soon())
    assert np.array_equal(wire.receive(pair[1], CAPS, soon())[1]["a"], array)


def test_large_arrays_pass_a_small_socket_buffer(pair: Pair) -> None:
    array = np.random.default_rng(0).normal(size=2**20)
    sender = threading.Thread(target=wire.send, args=(pair[0], {}, {"a": array}, soon()))
    sender.start()
    _, seen = wire.receive(pair[1], wire.Caps(), soon())
    sender.join()
    assert np.array_equal(seen["a"], array)


@QUICK
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(wire.WireError):
        read(data)


@QUICK
@given(st.data())
def test_a_mutated_frame_is_refused_or_well_formed(data: st.DataObject) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, {"id": 1}, {"r": np.arange(6.0).reshape(2, 3), "b": np.array([True])})
        whole = bytearray(theirs.recv(1 << 16))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if kind == "flip":
            whole[place] ^= data.draw(st.integers(1, 255))
        elif kind == "cut" and len(whole) > 1:
            del whole[place]
        else:
            whole[place:place] = data.draw(st.binary(max_size=8))
    try:
        message, arrays = read(bytes(whole))
    except wire.WireError:
        return
    assert isinstance(message, dict)
    assert all(array.dtype.name in wire.DTYPES for array in arrays.values())
    assert sum(array.nbytes for array in arrays.values()) <= CAPS.array_bytes


GOOD = ["a", "float64", [2]]
BAD_HEADERS = [
    (b"\xff\xfe", "no JSON"),
    (b"{", "no JSON"),
    (b'{"message": {}, "arrays": [], "n": ' + b"9" * 5000 + b"}", "no JSON"),
    ([], "not a JSON object"),
    ({"message": {}}, "not a JSON object"),
    ({"message": {}, "arrays": [], "more": 1}, "not a JSON object"),
    ({"message": [], "arrays": []}, "message is no JSON object"),
    ({"message": {}, "arrays": {}}, "arrays is no list"),
    ({"message": {}, "arrays": [GOOD] * 9}, "9 arrays; at most 8"),
    ({"message": {}, "arrays": [GOOD, GOOD]}, "two arrays are named 'a'"),
    ({"message": {}, "arrays": [["a", "float64"]]}, "not described"),
    ({"message": {}, "arrays": ["abc"]}, "not described"),
    ({"message": {}, "arrays": [[1, "float64", []]]}, "name is no short string"),
    ({"message": {}, "arrays": [["a" * 301, "float64", []]]}, "name is no short string"),
    ({"message": {}, "arrays": [["a", "object", [1]]]}, "dtype is none of"),
    ({"message": {}, "arrays": [["a", "complex128", [1]]]}, "dtype is none of"),
    ({"message": {}, "arrays": [["a", ["<f8"], [1]]]}, "dtype is none of"),
    ({"message": {}, "arrays": [["a", "S9", [1]]]}, "dtype is none of"),
    ({"message": {}, "arrays": [["a", "float64", 3]]}, "shape is no list"),
    ({"message": {}, "arrays": [["a", "float64", [1] * 17]]}, "shape is no list"),
    ({"message": {}, "arrays": [["a", "float64", [-1]]]}, "something else than sizes"),
    ({"message": {}, "arrays": [["a", "float64", [True]]]}, "something else than sizes"),
    ({"message": {}, "arrays": [["a", "float64", [1.0]]]}, "something else than sizes"),
    ({"message": {}, "arrays": [["a", "float64", [2**50]]]}, "something else than sizes"),
    ({"message": {}, "arrays": [["a", "float64", [0, 2**40, 2**40]]]}, "larger than memory"),
    ({"message": {}, "arrays": [["a", "float64", [2**30]]]}, "more than 10000 bytes"),
    (
        {"message": {}, "arrays": [["a", "uint8", [9000]], ["b", "uint8", [9000]]]},
        "more than 10000",
    ),
    (b"[" * 9000, "nested deeper than 10"),
    (b"[],{}," * 200, "more than 300 values"),
    (b'{"message": {"a": ' + b"[" * 20 + b"]" * 20 + b'}, "arrays": []}', "nested deeper than 10"),
]


@pytest.mark.parametrize(("header", "words"), BAD_HEADERS, ids=[words for _, words in BAD_HEADERS])
def test_a_header_of_another_form_is_refused(header: object, words: str) -> None:
    with pytest.raises(wire.WireError, match=words):
        read(frame(header))


def test_brackets_in_strings_are_no_nesting() -> None:
    message = {"text": '[[[[[[[[[[[[[[[[[[[["\\'}
    assert read(frame({"message": message, "arrays": []}))[0] == message


@pytest.mark.parametrize(
    "unit",
    [
        b'\\"',
        b'"',
        b"\\",
        b"[]",
        b"[],",
        b'{"":1},',
        b"9",
        b"1.",
        b"-",
        b"1e",
        b'"\\u',
        b"\xf0\x9f",
    ],
)
def test_no_header_takes_long_to_refuse(unit: bytes) -> None:
    """Each way in which a parser could be made to run in quadratic time or deep into itself."""
    size = 1 << 20
    for start in (b"", b'{"message": {}, "arrays": ['):
        header = (start + unit * (size // len(unit)))[:size]
        began = time.thread_time()
        with pytest.raises(wire.WireError):
            wire._parse(header, wire.Caps())
        assert time.thread_time() - began < 1.5


def test_bytes_other_than_0_and_1_are_no_bool() -> None:
    with pytest.raises(wire.WireError, match="called bool"):
        read(frame({"message": {}, "arrays": [["b", "bool", [2]]]}, b"\x01\x02"))


def test_a_claimed_size_is_not_allocated() -> None:
    huge = {"message": {}, "arrays": [["a", "float64", [2**34]]]}
    tracemalloc.start()
    try:
        for data in (struct.pack(">I", 2**32 - 1), frame(huge)):
            with pytest.raises(wire.WireError):
                read(data)
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


def test_a_frame_that_ends_early_is_closed() -> None:
    whole = frame({"message": {}, "arrays": [GOOD]}, b"12345678")
    for end in (0, 2, 10, len(whole)):
        with pytest.raises(wire.WireClosed):
            read(whole[:end])


def test_a_sender_that_drips_cannot_stretch_the_deadline(pair: Pair) -> None:
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.02):
            pair[1].send(b"\0")

    sender = threading.Thread(target=drip)
    pair[1].sendall(struct.pack(">I", 9000))
    sender.start()
    began = time.monotonic()
    with pytest.raises(wire.WireTimeout):
        wire.receive(pair[0], CAPS, began + 0.3)
    assert 0.25 < time.monotonic() - began < 1.0
    stop.set()
    sender.join()


def test_a_receiver_that_does_not_read_cannot_stretch_the_deadline(pair: Pair) -> None:
    began = time.monotonic()
    with pytest.raises(wire.WireTimeout):
        wire.send(pair[0], {}, {"a": np.zeros(2**22)}, began + 0.3)
    assert time.monotonic() - began < 1.0


def test_a_receiver_that_is_gone_is_closed(pair: Pair) -> None:
    pair[1].close()
    with pytest.raises(wire.WireClosed):
        wire.send(pair[0], {}, {}, soon())


def test_only_numbers_are_sent(pair: Pair) -> None:
    with pytest.raises(wire.WireError, match="a has dtype complex128; expected one of bool, int8"):
        wire.send(pair[0], {}, {"a": np.zeros(2, complex)})
    with pytest.raises(TypeError, match="set cannot be sent as JSON"):
        wire.send(pair[0], {"a": {1}})


def test_numpys_scalars_arrive_as_pythons(pair: Pair) -> None:
    wire.send(pair[0], {"n": np.int64(3), "x": np.float32(0.5)}, {}, soon())
    assert wire.receive(pair[1], CAPS, soon())[0] == {"n": 3, "x": 0.5}
