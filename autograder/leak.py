"""What of the answers must never reach a student, and whether a file holds any of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
TRIVIAL = 12
"""Lines of fewer characters than this, white space left out, tell nothing: `return h, [h]`."""


def secrets(cells: Sequence[Any]) -> tuple[str, ...]:
    """The lines of code, and the sentences of text, between the solution markers of a notebook.

    White space is taken out, so that neither indentation nor a wrapped line hides a copy.
    """
    found: dict[str, None] = {}
    for cell in cells:
        inside = False
        for line in cell["source"].splitlines():
            if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                inside = "BEGIN SOLUTION" in line
            elif inside:
                parts = [line] if cell["cell_type"] == "code" else re.split(r"[.;:。；：]", line)
                found |= dict.fromkeys(map(squeezed, parts))
    return tuple(secret for secret in found if len(secret) >= TRIVIAL)


def found(path: Path, secrets: Sequence[str]) -> Iterator[str]:
    """One sentence for each marker and each secret that a notebook file holds, outputs included."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # missing or not a notebook: drift says so
    text = "\n".join(strings(notebook))
    yield from (f"holds the marker {marker!r}" for marker in MARKERS if marker in text)
    held = squeezed(text)
    yield from (f"gives away the answer {secret!r}" for secret in secrets if secret in held)


def squeezed(text: str) -> str:
    """The text without white space."""
    return "".join(text.split())


def strings(value: Any) -> Iterator[str]:
    """All strings in plain data, keys included; nbformat's lists of lines are joined by order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
