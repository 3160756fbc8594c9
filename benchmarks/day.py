"""A day of a very large course, simulated: who waits how long for a mark, and what is busy.

    python benchmarks/day.py                         # 100,000 submissions, 4 to 64 cores
    python benchmarks/day.py --submissions 1000000 --cores 64 128 256

Submissions come all day, a share of them in the last hours before the deadline. Each waits for a
worker (one a core), is graded there, and then waits for the one process that records. Both queues
are first come, first served. The seconds are those that grading.py and recording.py measure.
"""

import argparse
import heapq
import json

import numpy as np

DAY = 86_400.0


def arrivals(rng, count, rush, hours):
    """Seconds of the day: a `rush` of them within `hours` of its end, ever more towards it."""
    last = hours * 3600.0
    early = rng.uniform(0.0, DAY - last, round(count * (1 - rush)))
    late = DAY - last * (1 - np.sqrt(rng.uniform(size=count - len(early))))
    return np.sort(np.concatenate([early, late]))


def service(rng, count, grade, slow, slow_seconds):
    """Seconds of a worker for each submission: they differ by a third; a few sleep or loop."""
    ordinary = rng.gamma(9.0, grade / 9.0, count)
    return ordinary + slow_seconds * (rng.uniform(size=count) < slow)


def simulate(come, seconds, cores, record):
    """{"median", "p95", "longest", ...} seconds from handing in to the mark, and what was busy."""
    free = [0.0] * cores
    graded = np.empty_like(come)
    for k, (at, needs) in enumerate(zip(come, seconds, strict=True)):
        graded[k] = max(at, heapq.heappop(free)) + needs
        heapq.heappush(free, graded[k])
    order = np.argsort(graded)
    done, now = np.empty_like(come), 0.0
    for k in order:
        now = done[k] = max(now, graded[k]) + record
    wait = done - come
    return {
        "cores": cores,
        "median": float(np.median(wait)),
        "p95": float(np.quantile(wait, 0.95)),
        "longest": float(wait.max()),
        "workers_busy": float(seconds.sum() / (cores * max(DAY, graded.max()))),
        "recorder_busy": float(record * len(come) / max(DAY, done.max())),
        "recorder_wait": float((done - graded - record).max()),
        "last": float(done.max() - DAY),
    }


def rows(given):
    rng = np.random.default_rng(7)
    come = arrivals(rng, given.submissions, given.rush, given.hours)
    seconds = service(rng, len(come), given.grade, given.slow, given.slow_seconds)
    return [simulate(come, seconds, cores, given.record) for cores in given.cores]


def shown(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--cores", type=int, nargs="+", default=[4, 8, 16, 32, 64])
    parser.add_argument("--rush", type=float, default=0.5, help="share before the deadline")
    parser.add_argument("--hours", type=float, default=3.0, help="of that rush")
    parser.add_argument("--grade", type=float, default=2.7, help="seconds of a core a submission")
    parser.add_argument("--slow", type=float, default=0.05, help="share that also waits or loops")
    parser.add_argument("--slow-seconds", type=float, default=10.0)
    parser.add_argument("--record", type=float, default=0.02, help="seconds of the one recorder")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = rows(given)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    print("| cores | until the mark: median | 95 of 100 | longest | workers busy | recorder busy |")
    print("|---|---|---|---|---|---|")
    for row in found:
        waits = " | ".join(shown(row[name]) for name in ("median", "p95", "longest"))
        busy = f"{row['workers_busy']:.0%} | {row['recorder_busy']:.1%}"
        print(f"| {row['cores']} | {waits} | {busy} |")


if __name__ == "__main__":
    main()
