"""Only honest PNG pictures of a student's outputs are carried on."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any

import pytest

from autograder import pictures

Png = Callable[..., str]


def output(text: Any, kind: str = "image/png") -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {kind: text}}


def test_a_png_is_kept_with_its_size(png: Png) -> None:
    picture = pictures.from_output(output(png(5, 4)))
    assert picture is not None
    assert (picture.width, picture.height) == (5, 4)
    assert picture.data_uri == "data:image/png;base64," + png(5, 4)


def test_base64_may_come_in_lines_as_notebooks_have_it(png: Png) -> None:
    text = png(30, 20)
    lines = [text[i : i + 20] + "\n" for i in range(0, len(text), 20)]
    picture = pictures.from_output(output(lines))
    assert picture is not None and picture.base64 == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64!",
        '"><script>alert(1)</script>',
        base64.b64encode(b"<svg onload=alert(1)>").decode(),
        base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(),
        base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 40).decode(),
        17,
        None,
        [1, 2],
        {"a": 1},
    ],
)
def test_what_is_no_png_is_dropped(text: Any) -> None:
    assert pictures.from_output(output(text)) is None


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/javascript"])
def test_other_kinds_of_output_are_dropped_even_with_a_png_inside(kind: str, png: Png) -> None:
    assert pictures.from_output(output(png(), kind)) is None


def test_a_picture_that_would_fill_the_memory_is_dropped(png: Png) -> None:
    assert pictures.from_output(output(png(pictures.MAX_SIDE + 1, 1))) is None
    huge = bytearray(base64.b64decode(png()))
    huge[16:24] = struct.pack(">II", 100_000, 100_000)
    assert pictures.from_output(output(base64.b64encode(bytes(huge)).decode())) is None


def test_a_notebook_gives_its_pictures_in_order_up_to_a_limit(png: Png) -> None:
    many = [output(png(i + 1, 1)) for i in range(pictures.MAX_PICTURES + 5)]
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": "", "outputs": [output(png())]},
            {"cell_type": "code", "source": "", "outputs": many},
        ]
    }
    found = pictures.of_notebook(notebook)
    assert [picture.width for picture in found] == list(range(1, pictures.MAX_PICTURES + 1))
    assert {picture.cell for picture in found} == {1}


@pytest.mark.parametrize("cell", [{}, {"cell_type": "code"}, {"cell_type": "code", "outputs": [1]}])
def test_a_malformed_cell_has_no_pictures(cell: dict[str, Any]) -> None:
    assert pictures.of_cell(cell) == []
