"""A bar that moves in a notebook while a cell works; in a terminal, a line at its end."""

import sys
import time
from typing import Any

__all__ = ["ProgressBar"]

SECONDS_BETWEEN = 0.2
"""No more often than this is a bar drawn anew: each time is a message to the browser."""
STYLE = "width: 10em; max-width: 30vw; vertical-align: middle; accent-color: #2f6fb3"


class ProgressBar:
    """How much of some work is done, with a few words beside it.

    whole: the number of steps, or None where that is not known. name: what is being done.
    """

    def __init__(self, whole: float | None, name: str) -> None:
        self.whole, self.name = whole, name
        self.started = self.drawn = time.perf_counter()
        self.began = None
        self.handle = _display(*self._forms(0.0, "")) if _kernel() else None

    def show(self, done: float, words: str = "", last: bool = False) -> None:
        """Draw the bar at this many steps. last: for good, however short ago it was drawn."""
        now = time.perf_counter()
        if self.began is None:
            self.began = done, now
        if not last and now - self.drawn < SECONDS_BETWEEN:
            return
        self.drawn = now
        share = min(1.0, done / self.whole) if self.whole else 0.0
        words += "" if last else self._left(done, now)
        html, plain = self._forms(share, words)
        if self.handle is not None:
            self.handle.update({"text/html": html, "text/plain": plain}, raw=True)
        elif last:
            print(plain)

    def _left(self, done: float, now: float) -> str:
        """The seconds that are left, as fast as it has gone since the first step."""
        first, then = self.began
        if not self.whole or done <= first:
            return ""
        return f", {(now - then) / (done - first) * (self.whole - done):.0f} s left"

    def _forms(self, share: float, words: str) -> tuple[str, str]:
        """HTML and plain text."""
        line = f"{self.name}{', ' if words else ''}{words}"
        bar = f'<progress max="1" value="{share:.4f}" aria-label="{self.name}" style="{STYLE}">'
        full = int(20 * share)
        return f"<div>{bar}</progress> {line}</div>", f"{'█' * full}{'░' * (20 - full)} {line}"


def _kernel() -> bool:
    """Whether a notebook's kernel is running this."""
    module = sys.modules.get("IPython")
    return module is not None and hasattr(module.get_ipython(), "kernel")


def _display(html: str, plain: str) -> Any:
    from IPython.display import display

    return display({"text/html": html, "text/plain": plain}, raw=True, display_id=True)
