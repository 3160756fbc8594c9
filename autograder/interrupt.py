"""Ctrl-C, or an order to end, at a moment that leaves nothing half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held_back() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait until the block has ended; only the main thread gets them at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []

    def later(number: int, frame: Any) -> None:
        waiting.append(number)

    before = {number: signal.signal(number, later) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for sent in dict.fromkeys(waiting):  # an ignored one stays ignored
            signal.raise_signal(sent)


@contextmanager
def told_to_end() -> Iterator[None]:
    """SIGTERM, by which a cluster ends a job, is Ctrl-C in this block.

    So it is where Ctrl-C itself is ignored, as in a job that a script has put in the background.
    """

    def end(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
