"""Precision and recall of `course similarity` on made-up classes, and its seconds.

    python benchmarks/similarity.py            # ten classes of 100, of whom 15 copied everything
    python benchmarks/similarity.py --share 0.3 --seeds 3 --json
    python benchmarks/similarity.py --disguises    # recall by what the copiers changed

The peer is copydetect (`pip install copydetect`), with the same texts left out as boilerplate and
the threshold that suits it best, chosen afterwards; ours has the thresholds that it ships with.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import made_up_class

from autograder import alternatives, mistakes, reference, similarity

NOISE, WINDOW = 25, 6
"""copydetect's own defaults: characters of a fingerprint; guarantee threshold 30."""


def ours(submissions: list[Any]) -> list[frozenset[str]]:
    """The pairs that we list."""
    similarity.runs.cache_clear()
    expected = similarity.expected(made_up_class.UNIT)
    return [frozenset(pair.students) for pair in similarity.pairs(submissions, expected)]


def copydetect_scores(submissions: list[Any]) -> dict[frozenset[str], float]:
    """Every pair with the smaller of its two similarities."""
    import numpy as np
    from copydetect import CodeFingerprint, compare_files

    unit = made_up_class.UNIT
    texts = [cell["source"] for cell in reference.cells(unit)]
    texts += [one.source for one in alternatives.bank(unit)]
    texts += [one.source() for one in mistakes.bank(unit)]

    def prints(text: str, window: int, known: Any = None) -> Any:
        return CodeFingerprint("a.py", NOISE, window, boilerplate=known, fp=io.StringIO(text))

    known = np.array(sorted(set().union(*(prints(text, 1).hashes for text in texts))))
    files = {
        s.student: prints("\n\n".join(cell.source for cell in s.cells), WINDOW, known)
        for s in submissions
    }
    return {
        frozenset(pair): float(min(compare_files(files[pair[0]], files[pair[1]])[1]))
        for pair in combinations(files, 2)
    }


def best(scored: list[tuple[float, bool]], wanted: int) -> dict[str, float]:
    """Precision and recall at the threshold with the best harmonic mean of the two."""
    right, found = 0, {"f": 0.0}
    for listed, (score, copied) in enumerate(sorted(scored, reverse=True), start=1):
        right += copied
        f = 2 * right / (listed + wanted)
        if f > found["f"]:
            found = {"f": f, "precision": right / listed, "recall": right / wanted, "from": score}
    return found


def measured(size: int, copies: int, share: float, seeds: int, first: int = 11) -> dict[str, Any]:
    """The figures of some classes together."""
    right = listed = wanted = 0
    seconds: dict[str, float] = {"ours": 0.0, "copydetect": 0.0}
    scored: list[tuple[float, bool]] = []
    for seed in range(first, first + seeds):
        submissions, copied = made_up_class.made(size, copies, seed, share)
        start = time.perf_counter()
        found = ours(submissions)
        seconds["ours"] += (time.perf_counter() - start) / seeds
        right, listed = right + len(copied.intersection(found)), listed + len(found)
        wanted += len(copied)
        try:
            start = time.perf_counter()
            scores = copydetect_scores(submissions)
            seconds["copydetect"] += (time.perf_counter() - start) / seeds
            scored += [(score, pair in copied) for pair, score in scores.items()]
        except ImportError:
            pass
    peer = best(scored, wanted) if scored else None
    if peer is None:
        print("SKIPPED: copydetect (pip install copydetect)", file=sys.stderr)
    return {
        "submissions": size * seeds,
        "copies": wanted,
        "listed": listed,
        "right": right,
        "precision": right / listed if listed else 1.0,
        "recall": right / wanted,
        "seconds": seconds["ours"],
        "copydetect": peer and {**peer, "seconds": seconds["copydetect"]},
    }


DISGUISES = {
    "nothing changed": (),
    "names": ("names",),
    "comments, docstrings": ("comments",),
    "order of lines, definitions": ("order",),
    "all of these": made_up_class.USUAL,
    "control flow": ("control flow",),
    "control flow and all of these": ("control flow", *made_up_class.USUAL),
}


def by_disguise(
    names: Iterable[str], size: int, copies: int, share: float, seeds: int, first: int = 11
) -> None:
    """A line for each way to disguise a copy: pairs listed, and those that are right."""
    for name in names:
        listed = right = wanted = 0
        for seed in range(first, first + seeds):
            submissions, copied = made_up_class.made(size, copies, seed, share, DISGUISES[name])
            found = ours(submissions)
            listed, right = listed + len(found), right + len(copied.intersection(found))
            wanted += len(copied)
        print(f"{name:30} listed {listed:4}, right {right:4} of {wanted}", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100, help="students in a class")
    parser.add_argument("--copies", type=int, default=15, help="of whom copied")
    parser.add_argument("--share", type=float, default=1.0, help="of the tasks that they copied")
    parser.add_argument("--seeds", type=int, default=10, help="classes")
    parser.add_argument("--disguises", action="store_true", help="what is still found after what")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.disguises:
        by_disguise(DISGUISES, given.size, given.copies, given.share, given.seeds)
        return
    found = measured(given.size, given.copies, given.share, given.seeds)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:12} {value:.3g}" if isinstance(value, float) else f"{name:12} {value}")


if __name__ == "__main__":
    main()
