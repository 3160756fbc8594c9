"""Students who handed in the same trained weights, whatever file they are in.

Nothing is parsed that could be made to hurt the reader: arrays lie in an `.h5` and in an `.npz`
as plain bytes, so that equal arrays give equal windows of bytes, wherever they begin.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from .submission import Submission

WINDOW = 32
"""Bytes of a window: eight float32."""
KEPT = 128
"""One window in so many is kept, chosen by what is in it."""
LOOKED_AT = 2 * 2**20
"""Bytes of a file; the units' models have a tenth of it."""
LEAST, SHARE = 20, 0.9
"""Windows of their own that two students share, and the share of them, to have the same weights."""
MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 1], np.uint64)


def same_weights(submissions: Sequence[Submission], few: int) -> list[tuple[str, ...]]:
    """Groups with the same weights; what more than `few` students share says nothing.

    The notebook sets a seed, so that the same code on the same kind of machine gives the same
    weights.
    """
    holders: dict[int, list[int]] = defaultdict(list)
    for number, submission in enumerate(submissions):
        for window in windows(submission.files):
            holders[window].append(number)
    own = [held for held in holders.values() if len(held) <= few]
    size = Counter(number for held in own for number in held)
    shared = Counter(pair for held in own for pair in combinations(held, 2))
    group = list(range(len(submissions)))
    for (one, two), windows_shared in shared.items():
        if windows_shared >= max(LEAST, SHARE * min(size[one], size[two])):
            group = [group[one] if g == group[two] else g for g in group]
    names: dict[int, list[str]] = {}
    for number, submission in zip(group, submissions, strict=True):
        names.setdefault(number, []).append(submission.student)
    return sorted(tuple(sorted(students)) for students in names.values() if len(students) > 1)


def windows(files: Mapping[str, bytes]) -> set[int]:
    """Hashes of a sample of all windows in the files; the same bytes anywhere give the same."""
    return {window for data in files.values() for window in _sampled(_unpacked(data))}


def _sampled(data: bytes) -> list[int]:
    data = data[:LOOKED_AT]
    if len(data) < WINDOW + 8:
        return []
    found: list[int] = []
    for shift in range(8):
        words = np.frombuffer(data, np.uint64, (len(data) - shift) // 8, shift)
        rows = np.lib.stride_tricks.sliding_window_view(words, WINDOW // 8)
        hashes = (rows * MULTIPLIERS).sum(axis=1, dtype=np.uint64)
        hashes = (hashes ^ (hashes >> np.uint64(29))) * MULTIPLIERS[1]
        found += hashes[(hashes >> np.uint64(40)) % np.uint64(KEPT) == 0].tolist()
    return found


def _unpacked(data: bytes) -> bytes:
    """An archive's members, one after the other, as far as they are looked at; else itself."""
    parts, left = [], LOOKED_AT
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    parts.append(member.read(left))
                    left -= len(parts[-1])
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, OSError, EOFError):
        return data  # RuntimeError: encrypted, or a way to compress that Python does not have
    return b"".join(parts)
