"""Grading a class: `course grade` against stock `nbgrader autograde`, side by side in one run.

    python benchmarks/grading.py --n 24              # checks that do not train
    python benchmarks/grading.py --n 12 --training   # all of them
    python benchmarks/grading.py --n 24 --json       # {"ratio": ours / nbgrader's, ...}

Both get the same notebooks of the gru unit: every student's is different; correct ones (the
alternatives), wrong ones (the mistakes), slow ones and hostile ones. nbgrader runs the cells
`check("gru...")` in a kernel a student, on the public cases; ours runs the same checks in the
sandbox, on public and hidden cases. Without --training both leave out the checks that train, and
the notebooks hold neither those nor cells that draw. Nothing is hidden from a clock but making the
course folder and releasing the assignment.

Each is timed as the command that an instructor gives, from start to end, gradebook and pages
included. CPU seconds and memory are those of the command and all that it started. CPU is looked
at ten times a second, memory every five seconds, as a look takes a sixth of a second of them all:
the largest sum, shared pages divided fairly (the kernel's Pss).
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import otter_peer

from autograder import (
    alternatives,
    build,
    check,
    course_folder,
    demo,
    mistakes,
    submission,
    workers,
)
from autograder.checks import gru
from autograder.sandbox import meter

UNIT = "gru"
SLOW = "def half_life(z):\n    import time\n    time.sleep(2)\n    return np.log(0.5) / np.log(z)\n"
HOSTILE = (
    demo.EXIT,
    "def half_life(z):\n    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)\n",
    "def half_life(z):\n    print('x' * 10**6)\n    return np.log(0.5) / np.log(z)\n",
    "def half_life(z):\n    import sys\n    sys.displayhook(9)\n    return z\n",
)


def submissions(count, left_out=()):
    """(student, notebook): of eight, four are wrong, two correct, one slow, one hostile.

    They come in any order, as students' names do, but in the same one every time.
    """
    names = random.Random(11).sample(range(count), count)
    wrong = [m for m in mistakes.bank(UNIT) if m.caught_by.split(".")[1] not in left_out]
    right = list(alternatives.bank(UNIT))
    for k in range(count):
        turn = k // 8
        if k % 8 < 4:
            notebook = demo.with_mistakes(wrong[(4 * turn + k % 8) % len(wrong)].__name__)("en")
        elif k % 8 < 6:
            notebook = demo.solved("en")
            other = right[(2 * turn + k % 2) % len(right)]
            notebook["cells"].append(_cell(f"own-{k}", other.source))
        else:
            code = SLOW if k % 8 == 6 else HOSTILE[turn % len(HOSTILE)]
            notebook = demo.replaced("half_life", code)("en")
        notebook["cells"].insert(1, _cell(f"name-{k}", f"# submission {k}"))
        yield f"s{names[k]:05}", without(notebook, left_out)


def _cell(name, source):
    empty = {"metadata": {}, "outputs": [], "execution_count": None}
    return {"cell_type": "code", "id": name, "source": source, **empty}


def without(notebook, checks):
    """The notebook without these checks and their answers, and then without cells that draw."""
    if not checks:
        return notebook
    left_out = {check.find(f"{UNIT}.{name}").grade_id for name in checks}
    left_out |= {f"{name}-answer" for name in left_out}

    def stays(cell):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        own = cell["id"].startswith(("own-", "name-"))
        return name not in left_out and (name or own or cell["cell_type"] != "code")

    return {**notebook, "cells": [cell for cell in notebook["cells"] if stays(cell)]}


def training_checks():
    return tuple(one.name for one in check.registry(UNIT) if one.trains)


def ours(root, handed_in, left_out=()):
    """A course folder of ours with everything handed in; the release lacks some checks."""
    folder = course_folder.create(root, [], "en", seed=11)
    source = build.source_notebook(UNIT, "en")
    path = folder.notebook("source", ".", UNIT)
    path.parent.mkdir(parents=True)
    path.write_bytes(build.to_bytes(without(source, left_out)))
    folder.generate_assignment(UNIT)
    for student, notebook in handed_in:
        demo.hand_in(folder, student, notebook)
    return folder


COURSE = """
from autograder.checks import gru
gru.CHECKS = tuple(check for check in gru.CHECKS if check.id.split(".")[1] not in {})
from autograder.cli import main
main()
"""


def stock(root, released, handed_in):
    """A course folder that knows nothing of us: nbgrader's defaults, the assignment released."""
    source = root / "source" / UNIT / f"{UNIT}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(released))
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    words = ("generate_assignment", UNIT, "--create", "--force")
    subprocess.run(nbgrader(*words), cwd=root, check=True, capture_output=True, env=environment())
    for student, notebook in handed_in:
        place = root / "submitted" / student / UNIT / f"{UNIT}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(notebook))


def nbgrader(*words):
    return [sys.executable, "-m", "nbgrader", *words]


def environment():
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"}


def timed(command, folder, done):
    """{"seconds", "cpu_seconds", "memory_mb"} of a command and all that it starts.

    done: pattern of the files that say how far it is.
    """
    log = folder / "said"
    with open(log, "wb") as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=said, stderr=subprocess.STDOUT
        )
    used, found = {}, {"seconds": 0.0, "cpu_seconds": 0.0, "memory_mb": 0.0}
    looked = 0
    while process.poll() is None:
        numbers = [process.pid, *meter.descendants(process.pid)]
        used |= {number: own_seconds(number) for number in numbers}
        if looked % 50 == 20:
            found["memory_mb"] = max(found["memory_mb"], sum(map(memory_mb, numbers)))
            said = f"{len(list(folder.glob(done)))} done after {time.perf_counter() - start:.0f} s"
            tell(said, "")
        looked += 1
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    found["cpu_seconds"] = sum(used.values())
    found["seconds"] = time.perf_counter() - start
    tell(f"ended after {found['seconds']:.1f} s: {' '.join(command[-6:])}")
    return found, log.read_text(errors="replace")


def tell(text, end="\n"):
    print(f"\r{text}", end=end, file=sys.stderr, flush=True)


def own_seconds(number):
    """CPU time of a process, without its children's; what it had when it was looked at last."""
    with suppress(OSError):
        stat = Path(f"/proc/{number}/stat").read_text()
        return sum(map(int, stat[stat.rfind(")") + 2 :].split()[11:13])) / meter.TICKS
    return 0.0


def memory_mb(number, *kinds):
    """Of a process: its fair share of all pages, or the sum of these kinds of pages."""
    with suppress(OSError):
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        kinds = kinds or ("Pss:",)
        return sum(int(line.split()[1]) for line in lines if line.startswith(kinds)) / 1024
    return 0.0


def alone(handed_in, left_out):
    """Seconds and private megabytes of a submission in a warm sandbox, one at a time: medians.

    Private are the pages that no other process shares. Looking at them takes time, so each
    submission is graded twice: by the clock, then looked at.
    """
    gru.CHECKS = tuple(one for one in gru.CHECKS if one.id.split(".")[1] not in left_out)
    check.registry.cache_clear()
    seconds, memory = [], []
    with closing(workers.Grader()) as grader:
        jobs = [
            workers.Job(submission.from_notebook(notebook, {}, student, UNIT), seed=11)
            for student, notebook in handed_in
        ]
        grader.grade(jobs[0])  # opens the sandbox
        for k, job in enumerate(jobs):
            start = time.perf_counter()
            grader.grade(job)
            seconds.append(time.perf_counter() - start)
            with ThreadPoolExecutor(1) as pool:
                memory.append(most_private_mb(pool.submit(grader.grade, job)))
            tell(f"alone: {k + 1}", "")
    tell("")
    median = statistics.median
    return {"latency": median(seconds), "private_mb": median(memory), "most_mb": max(memory)}


def most_private_mb(running):
    """The most that the processes of one sitting have to themselves, while something runs."""
    most = 0.0
    while not running.done():
        sittings = [n for n in meter.descendants(os.getpid()) if depth(n) >= SITTING]
        private = [memory_mb(n, "Private_") for n in sittings]
        most = max(most, sum(private))
        time.sleep(0.02)
    running.result()
    return most


SITTING = 3
"""Below this process: bubblewrap, its init, the warm server; then a supervisor and the sitting."""


def depth(number):
    """How many processes are between this one and that."""
    steps = 0
    while number not in (os.getpid(), 0):
        found = meter._stat(number)
        number, steps = found.parent if found else 0, steps + 1
    return steps - 1


def compare(count, training, jobs, sides=("course", "nbgrader"), otter=""):
    """The table as a dict: a row a side, and the ratio of submissions per minute."""
    root = Path(tempfile.mkdtemp(prefix="grading-"))
    left_out = () if training else training_checks()
    handed_in = list(submissions(count, left_out))
    rows = {}
    try:
        if "nbgrader" in sides:
            stock(root / "stock", without(demo.released("en"), left_out), handed_in)
            command = nbgrader("autograde", UNIT, "--create", "--force")
            row, said = timed(command, root / "stock", f"autograded/*/{UNIT}")
            recorded = len(list((root / "stock" / "autograded").glob(f"*/{UNIT}")))
            rows["nbgrader"] = _row(row, count, recorded, said)
        if otter:
            command = otter_peer.prepared(otter, root / "otter", UNIT, handed_in, left_out)
            row, said = timed(command, root / "otter", "out/*/results.json")
            recorded = len(list((root / "otter").glob("out/*/results.json")))
            rows["otter"] = _row(row, count, recorded, said)
        if "course" in sides:
            folder = ours(root / "ours", handed_in, left_out)
            command = [sys.executable, "-c", COURSE.format(left_out), "grade", UNIT]
            command += ["--jobs", str(jobs)]
            row, said = timed(command, folder.root, f"reports/{UNIT}/*.json")
            recorded = len(list((folder.root / "reports" / UNIT).glob("*.json")))
            rows["course"] = _row(row, count, recorded, said) | alone(handed_in[:24], left_out)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    found = {"submissions": count, "training": training, "cores": os.cpu_count(), **rows}
    if "course" in rows and "nbgrader" in rows:
        found["ratio"] = rows["course"]["per_minute"] / rows["nbgrader"]["per_minute"]
    return found


def _row(row, count, recorded, said):
    if not recorded:
        raise RuntimeError(f"nothing was graded:\n{said[-2000:]}")
    return {"per_minute": 60 * count / row["seconds"], "graded": recorded, **row}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=24, help="submissions")
    parser.add_argument("--training", action="store_true", help="with the checks that train")
    parser.add_argument("--jobs", type=int, default=0, help="ours at once; 0: two a core")
    parser.add_argument("--only", choices=("course", "nbgrader"), help="one side alone")
    parser.add_argument("--otter", default="", help="path of the otter command: otter_peer.py")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sides = (arguments.only,) if arguments.only else ("course", "nbgrader")
    otter = str(Path(arguments.otter).absolute()) if arguments.otter else ""
    if not otter:
        print("SKIPPED: otter (see otter_peer.py; --otter PATH)", file=sys.stderr)
    found = compare(arguments.n, arguments.training, arguments.jobs, sides, otter)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    kind = "all checks" if arguments.training else "checks that do not train"
    print(f"{arguments.n} submissions, {kind}, {found['cores']} cores\n")
    print("\n".join(table(found)))


def table(found):
    """The rows as Markdown, for the README."""
    lines = ["| | a minute | seconds | CPU seconds | MB | graded | ours / theirs |"]
    lines.append("|---|---|---|---|---|---|---|")
    for side in ("course", "nbgrader", "otter"):
        row = found.get(side)
        if row is None:
            continue
        ratio = found["course"]["per_minute"] / row["per_minute"] if "course" in found else 1.0
        cells = [f"{row['per_minute']:.1f}", f"{row['seconds']:.0f}", f"{row['cpu_seconds']:.0f}"]
        cells += [f"{row['memory_mb']:.0f}", str(row["graded"]), f"{ratio:.1f}"]
        lines.append(f"| {side} | {' | '.join(cells)} |")
    if "course" in found:
        one = found["course"]
        said = f"{one['latency']:.2f} s, {one['private_mb']:.0f} MB of its own"
        lines += ["", f"One submission alone (median): {said}, at most {one['most_mb']:.0f} MB."]
    return lines


if __name__ == "__main__":
    main()
