"""The student's own plots: PNG pictures in a notebook's outputs, and nothing else of them.

Whatever else an output holds (HTML, SVG, JavaScript, text, errors) is not carried on: it could
run in the instructor's browser, or pass for a score.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_BYTES = 2_000_000
MAX_SIDE = 4_000
MAX_PICTURES = 24


@dataclass(frozen=True)
class Picture:
    """One PNG: its bytes, its size in pixels, and the index of the cell that it stands under."""

    png: bytes
    width: int
    height: int
    cell: int

    @property
    def base64(self) -> str:
        """The bytes as text, encoded by us: only letters, digits, + / and =."""
        return base64.b64encode(self.png).decode("ascii")

    @property
    def data_uri(self) -> str:
        """The picture as text that an <img> shows without a file."""
        return f"data:image/png;base64,{self.base64}"


def size(png: bytes) -> tuple[int, int] | None:
    """Width and height if `png` starts as a PNG of ordinary size does, else None."""
    header = png[8:33]
    if not png.startswith(SIGNATURE) or len(png) > MAX_BYTES or header[4:8] != b"IHDR":
        return None
    (checksum,) = struct.unpack(">I", header[21:25])
    if len(header) != 25 or zlib.crc32(header[4:21]) != checksum:
        return None
    width, height = struct.unpack(">II", header[8:16])
    return (width, height) if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE else None


def from_output(output: Mapping[str, Any], cell: int = 0) -> Picture | None:
    """The picture in one cell output; None where there is none, or it is not an honest PNG."""
    data = output.get("data")
    text = data.get("image/png") if isinstance(data, Mapping) else None
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if not isinstance(text, str) or len(text) > 2 * MAX_BYTES:
        return None
    try:
        png = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        shape = size(png)
    except struct.error:
        return None
    return Picture(png, *shape, cell) if shape else None


def of_cell(cell: Mapping[str, Any], index: int = 0) -> list[Picture]:
    """The pictures among one cell's outputs, in order."""
    outputs = cell.get("outputs") if cell.get("cell_type") == "code" else None
    if not isinstance(outputs, list):
        return []
    found = (from_output(output, index) for output in outputs if isinstance(output, Mapping))
    return [picture for picture in found if picture]


def of_notebook(notebook: Mapping[str, Any]) -> list[Picture]:
    """The pictures of a notebook in its order, at most MAX_PICTURES."""

    cells = notebook.get("cells")

    def all_of_them() -> Iterator[Picture]:
        for index, cell in enumerate(cells if isinstance(cells, list) else ()):
            if isinstance(cell, Mapping):
                yield from of_cell(cell, index)

    return [picture for picture, _ in zip(all_of_them(), range(MAX_PICTURES), strict=False)]
