"""What grading a class costs beside the grading: reading, recording, pages; then the same again.

    python benchmarks/recording.py --n 1000                 # SQLite, in a new folder
    python benchmarks/recording.py --n 1000 --url postgresql+psycopg://me@127.0.0.1/empty

Each submission is a notebook of its own, about the size of a real one. Its report is made up, with
the sentences and hints of real mistakes, in place of the sandbox: all else is `course grade`.
The second run finds every report in the cache and in the gradebook: a regrade of what is unchanged.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import made_up_class

from autograder import check, class_report, course_folder, demo, feedback, mistakes, workers
from autograder.grade_class import grade_class
from autograder.recorder import Recorder
from autograder.verdict import Report, Verdict

UNIT = "gru"


class MadeUp(workers.Grader):
    """Gives each submission a report at once: some checks fail by a mistake from the bank."""

    def start(self):
        raise AssertionError("no sandbox is needed here")

    def grade(self, job):
        work = job.submission
        rng = random.Random(work.sha256)
        known = {m.caught_by: m for m in rng.sample(list(mistakes.bank(UNIT)), 6)}
        verdicts = tuple(self.verdict(one, known.get(one.id), rng) for one in check.registry(UNIT))
        points, most = (sum(getattr(v, n) for v in verdicts) for n in ("points", "max_points"))
        return Report(UNIT, work.student, work.sha256, points, most, verdicts)

    def verdict(self, one, mistake, rng):
        seconds = rng.uniform(0.01, 0.2)
        if mistake is None:
            return Verdict(one.id, "pass", one.points, one.points, seconds=seconds)
        differs = f"h differs from the expected value: largest difference {rng.random():.3f}"
        hint = mistake.hint().en
        return Verdict(one.id, "fail", 0.0, one.points, differs, hint, mistake.id(), seconds)


def hand_in(folder, count):
    """Notebooks with answers in many a handwriting, weights beside them."""
    rng = random.Random(7)
    answers = [made_up_class.honest(rng) for _ in range(min(count, 100))]
    for k in range(count):
        notebook = demo.answered(demo.released("en"), answers[k % len(answers)])
        notebook["cells"][0]["source"] += f"\n\nsubmission {k}"
        demo.hand_in(folder, f"s{k:05}", notebook)
        tell(f"handed in {k + 1} of {count}", k + 1 == count)


def tell(text, end=True):
    print(f"\r{text}", end="\n" if end else "", file=sys.stderr, flush=True)


class Clock:
    """Seconds spent in some functions, by name, while they are watched."""

    def __init__(self, **places):
        self.places, self.seconds = places, dict.fromkeys(places, 0.0)

    def __enter__(self):
        self.real = {name: getattr(*place) for name, place in self.places.items()}
        for name, place in self.places.items():
            setattr(*place, self.watched(name))
        return self

    def watched(self, name):
        def call(*args, **more):
            start = time.perf_counter()
            try:
                return self.real[name](*args, **more)
            finally:
                self.seconds[name] += time.perf_counter() - start

        return call

    def __exit__(self, *error):
        for name, place in self.places.items():
            setattr(*place, self.real[name])


def run(folder, count):
    """{"seconds", "recording", "feedback", "class_report"} of one `course grade`."""
    marker = folder.settings.marker(folder.root)
    marker._grader = MadeUp()
    places = {"recording": (Recorder, "record")}
    places |= {"feedback": (feedback, "write"), "class_report": (class_report, "write")}
    start = time.perf_counter()
    with Clock(**places) as clock:
        grade_class(
            folder,
            UNIT,
            marker=marker,
            progress=lambda who, done, total: tell(f"recorded {done} of {total}", done == total),
        )
    return {"seconds": time.perf_counter() - start, **clock.seconds}


def measured(count, url="", root=None):
    """The first run and the second one."""
    root = Path(root or tempfile.mkdtemp(prefix="recording-"))
    try:
        folder = course_folder.create(root, [], "en", seed=11)
        if url:
            config = root / "nbgrader_config.py"
            lines = [config.read_text(), f"c.CourseDirectory.db_url = {url!r}"]
            config.write_text("\n".join([*lines, 'c.CourseDirectory.course_id = "benchmark"\n']))
        folder = course_folder.create(root, [UNIT], "en", seed=11)
        hand_in(folder, count)
        return {"submissions": count, "first": run(folder, count), "again": run(folder, count)}
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1000, help="submissions")
    parser.add_argument("--url", default="", help="of an empty database; SQLite by default")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measured(arguments.n, arguments.url)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    for name in ("first", "again"):
        times = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in found[name].items())
        print(f"{name:6} {times}")


if __name__ == "__main__":
    main()
