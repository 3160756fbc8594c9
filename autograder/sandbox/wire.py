"""Frames over a socket: a JSON header and raw arrays. Nothing is unpickled, nothing is trusted.

    4 bytes    length of the header, big-endian
    header     UTF-8 JSON {"message": {...}, "arrays": [[name, dtype, shape], ...]}
    bytes      the arrays one after another, C order, little-endian

Every length is compared with a cap before anything of that length is allocated, and every call has
a deadline (`time.monotonic()` seconds), so a sender can neither fill nor hang the receiver.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    )
}
CHUNK = 1 << 20
MAX_NAME = 300
MAX_RANK = 16
MAX_DIMENSION = 1 << 40
# A run of strings, or what brackets or parts values. Possessive, and satisfied with an open end:
# linear in time whatever the bytes are.
_PARTS = re.compile(rb'(?:"(?:[^"\\]++|\\.)*+"?)++|[\[\]{},]', re.DOTALL)


class WireError(Exception):
    """What came over the wire is no frame of ours, or larger than allowed."""


class WireClosed(WireError):
    """The other end is gone."""


class WireTimeout(WireError):
    """The deadline passed before the frame was complete."""


@dataclass(frozen=True)
class Caps:
    """The largest frame that is accepted: bytes of header and of arrays, and how many of them.

    values: in a header, as Python takes more memory for each than JSON has bytes.
    """

    header_bytes: int = 1 << 20
    array_bytes: int = 64 << 20
    arrays: int = 256
    depth: int = 20
    values: int = 50_000


def send(
    sock: socket.socket,
    message: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray] | None = None,
    deadline: float = math.inf,
) -> None:
    """Write one frame; WireError for another dtype, WireClosed or WireTimeout for the socket."""
    described, parts = [], []
    for name, array in (arrays or {}).items():
        array = np.asarray(array)
        if array.dtype.name not in DTYPES:
            raise WireError(f"{name} has dtype {array.dtype}; expected one of {', '.join(DTYPES)}")
        described.append([name, array.dtype.name, list(array.shape)])
        plain = np.ascontiguousarray(array, dtype=DTYPES[array.dtype.name])
        parts.append(plain.reshape(-1).view(np.uint8))
    header = json.dumps({"message": message, "arrays": described}, default=_plain).encode()
    _write(sock, struct.pack(">I", len(header)) + header, deadline)
    for part in parts:
        _write(sock, part.data, deadline)


def _plain(value: object) -> object:
    """NumPy's scalars as Python's; TypeError for anything else that JSON does not know."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def receive(
    sock: socket.socket, caps: Caps, deadline: float = math.inf
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read one frame: (message, arrays). WireError, WireClosed or WireTimeout; nothing else."""
    (length,) = struct.unpack(">I", _read(sock, 4, deadline))
    if length > caps.header_bytes:
        raise WireError(f"header of {length} bytes; at most {caps.header_bytes} are allowed")
    message, described = _parse(bytes(_read(sock, length, deadline)), caps)
    arrays = {}
    for name, dtype, shape, size in described:
        raw = _read(sock, size, deadline)
        if dtype == DTYPES["bool"] and size and np.frombuffer(raw, np.uint8).max() > 1:
            raise WireError(f"{name} is called bool, but holds bytes other than 0 and 1")
        array = np.frombuffer(raw, dtype).reshape(shape)
        arrays[name] = array.astype(dtype.newbyteorder("="), copy=False)
    return message, arrays


def _parse(
    header: bytes, caps: Caps
) -> tuple[dict[str, Any], list[tuple[str, np.dtype[Any], tuple[int, ...], int]]]:
    """The message and the described arrays (name, dtype, shape, bytes), all within the caps."""
    _weigh(header, caps)
    try:
        data = json.loads(header.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"header is no JSON: {error}") from None
    if not isinstance(data, dict) or data.keys() != {"message", "arrays"}:
        raise WireError("header is not a JSON object with message and arrays")
    message, listed = data["message"], data["arrays"]
    if not isinstance(message, dict) or not isinstance(listed, list):
        raise WireError("message is no JSON object, or arrays is no list")
    if len(listed) > caps.arrays:
        raise WireError(f"{len(listed)} arrays; at most {caps.arrays} are allowed")
    found, total, names = [], 0, set()
    for entry in listed:
        described = _described(entry)
        total += described[3]
        if total > caps.array_bytes:
            raise WireError(f"more than {caps.array_bytes} bytes of arrays")
        if described[0] in names:
            raise WireError(f"two arrays are named {described[0]!r}")
        names.add(described[0])
        found.append(described)
    return message, found


def _described(entry: object) -> tuple[str, np.dtype[Any], tuple[int, ...], int]:
    """One [name, dtype, shape] of a header, with its size in bytes."""
    if not isinstance(entry, list) or len(entry) != 3:
        raise WireError("an array is not described as [name, dtype, shape]")
    name, dtype, shape = entry
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise WireError("an array's name is no short string")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise WireError(f"an array's dtype is none of {', '.join(DTYPES)}")
    if not isinstance(shape, list) or len(shape) > MAX_RANK:
        raise WireError(f"an array's shape is no list of at most {MAX_RANK} numbers")
    if not all(type(n) is int and 0 <= n <= MAX_DIMENSION for n in shape):
        raise WireError("an array's shape holds something else than sizes")
    if math.prod(n for n in shape if n) * DTYPES[dtype].itemsize >= 1 << 62:
        raise WireError("an array's shape is larger than memory")
    return name, DTYPES[dtype], tuple(shape), math.prod(shape) * DTYPES[dtype].itemsize


def _weigh(header: bytes, caps: Caps) -> None:
    """WireError for more values or deeper nesting than allowed, found without parsing."""
    depth = values = 0
    for part in _PARTS.finditer(header):
        byte = header[part.start()]
        if byte in b"[{":
            depth += 1
        elif byte in b"]}":
            depth -= 1
        values += byte in b"[{,"
        if depth > caps.depth:
            raise WireError(f"header is nested deeper than {caps.depth}")
        if values > caps.values:
            raise WireError(f"header holds more than {caps.values} values")


def _wait(sock: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise WireTimeout("the deadline has passed")
    sock.settimeout(None if math.isinf(left) else left)


def _read(sock: socket.socket, size: int, deadline: float) -> bytearray:
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        _wait(sock, deadline)
        try:
            got = sock.recv_into(view[done : done + CHUNK])
        except TimeoutError:
            raise WireTimeout(f"{done} of {size} bytes came before the deadline") from None
        except OSError as error:
            raise WireClosed(f"the socket failed: {error}") from None
        if got == 0:
            raise WireClosed(f"the socket was closed after {done} of {size} bytes")
        done += got
    return data


def _write(sock: socket.socket, data: bytes | memoryview, deadline: float) -> None:
    view, done = memoryview(data), 0
    while done < len(view):
        _wait(sock, deadline)
        try:
            done += sock.send(view[done : done + CHUNK])
        except TimeoutError:
            raise WireTimeout(f"{done} of {len(view)} bytes were taken by the deadline") from None
        except OSError as error:
            raise WireClosed(f"the socket failed: {error}") from None
