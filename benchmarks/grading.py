"""Grading a class: `course grade` against stock `nbgrader autograde`, side by side in one run.

    python benchmarks/grading.py --n 24              # checks that do not train
    python benchmarks/grading.py --n 12 --training   # all of them
    python benchmarks/grading.py --n 24 --json       # {"ratio": ours / nbgrader's, ...}

Both get the same notebooks of the gru unit: every student's is different; correct ones (the
alternatives), wrong ones (the mistakes), slow ones and hostile ones. nbgrader runs the cells
`check("gru...")` in a kernel a student, on the public cases; ours runs the same checks in the
sandbox, on public and hidden cases. Without --training the notebooks hold neither the training
checks nor cells that draw; nothing is hidden from nbgrader's clock but releasing the assignment.

Each is timed as the command that an instructor gives, from start to end, gradebook included. CPU
seconds are those of the command and all that it started; memory is the largest sum over its
processes, shared pages divided fairly (the kernel's Pss), looked at twice a second.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from autograder import alternatives, check, course_folder, demo, mistakes
from autograder.sandbox import meter

UNIT = "gru"
SLOW = "def half_life(z):\n    import time\n    time.sleep(2)\n    return np.log(0.5) / np.log(z)\n"
HOSTILE = (
    demo.EXIT,
    "def half_life(z):\n    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)\n",
    "def half_life(z):\n    print('x' * 10**6)\n    return np.log(0.5) / np.log(z)\n",
    "def half_life(z):\n    import sys\n    sys.displayhook(9)\n    return z\n",
)


def submissions(count, training):
    """(student, notebook): of eight, four are wrong, two correct, one slow, one hostile."""
    wrong = [m for m in mistakes.bank(UNIT) if training or not check.find(m.caught_by).trains]
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
        yield f"s{k:05}", notebook if training else without_training(notebook)


def _cell(name, source):
    empty = {"metadata": {}, "outputs": [], "execution_count": None}
    return {"cell_type": "code", "id": name, "source": source, **empty}


def without_training(notebook):
    """The notebook without figures, and without the checks that train and their answers."""
    left_out = {c.grade_id for c in check.registry(UNIT) if c.trains}
    left_out |= {f"{name}-answer" for name in left_out}

    def stays(cell):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        own = cell["id"].startswith(("own-", "name-"))
        return name not in left_out and (name or own or cell["cell_type"] != "code")

    return {**notebook, "cells": [cell for cell in notebook["cells"] if stays(cell)]}


def ours(root, handed_in):
    """A course folder of ours with everything handed in."""
    folder = course_folder.create(root, [UNIT], "en", seed=11)
    for student, notebook in handed_in:
        demo.hand_in(folder, student, notebook)
    return folder


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


def timed(command, folder):
    """{"seconds", "cpu_seconds", "memory_mb"} of a command and all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    peak, done = [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watch.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - start
    done.set()
    watch.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = {"seconds": seconds, "cpu_seconds": used, "memory_mb": peak[0]}
    return found, said.decode(errors="replace")


def _watch(root, peak, done):
    while not done.wait(0.5):
        numbers = [root, *meter.descendants(root)]
        peak[0] = max(peak[0], sum(map(_pss_mb, numbers)))


def _pss_mb(number):
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def latencies(folder):
    """Seconds of each submission's checks, as its report has them, without waiting for a turn."""
    reports = (folder.root / "reports" / UNIT).glob("*.json")
    return [sum(v["seconds"] for v in json.loads(p.read_text())["checks"]) for p in reports]


def compare(count, training, jobs, sides=("course", "nbgrader")):
    """The table as a dict: a row a side, and the ratio of submissions per minute."""
    root = Path(tempfile.mkdtemp(prefix="grading-"))
    rows = {}
    try:
        if "course" in sides:
            folder = ours(root / "ours", submissions(count, training))
            words = ("grade", UNIT, "--course", str(folder.root), "--jobs", str(jobs))
            command = [sys.executable, "-m", "autograder.cli", *words]
            row, said = timed(command, folder.root)
            recorded = len(list((folder.root / "reports" / UNIT).glob("*.json")))
            row["latency"] = statistics.median(latencies(folder))
            rows["course"] = _row(row, count, recorded, said)
        if "nbgrader" in sides:
            released = demo.released("en")
            released = released if training else without_training(released)
            stock(root / "stock", released, submissions(count, training))
            command = nbgrader("autograde", UNIT, "--create", "--force")
            row, said = timed(command, root / "stock")
            recorded = len(list((root / "stock" / "autograded").glob(f"*/{UNIT}")))
            rows["nbgrader"] = _row(row, count, recorded, said)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    found = {"submissions": count, "training": training, "cores": os.cpu_count(), **rows}
    if len(rows) == 2:
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
    parser.add_argument("--jobs", type=int, default=0, help="ours at once; 0: one a core")
    parser.add_argument("--only", choices=("course", "nbgrader"), help="one side alone")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sides = (arguments.only,) if arguments.only else ("course", "nbgrader")
    found = compare(arguments.n, arguments.training, arguments.jobs, sides)
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    kind = "all checks" if arguments.training else "checks that do not train"
    print(f"{arguments.n} submissions, {kind}, {found['cores']} cores")
    print(f"{'':10}{'per minute':>12}{'seconds':>10}{'CPU s':>10}{'MB':>8}{'graded':>8}")
    for side in sides:
        row = found[side]
        numbers = [row["per_minute"], row["seconds"], row["cpu_seconds"], row["memory_mb"]]
        cells = "".join(f"{n:>{w}.1f}" for n, w in zip(numbers, (12, 10, 10, 8), strict=True))
        print(f"{side:10}{cells}{row['graded']:>8}")
        if "latency" in row:
            print(f"{'':10}median latency of one submission: {row['latency']:.2f} s")
    if "ratio" in found:
        print(f"ratio of submissions per minute: {found['ratio']:.1f}")


if __name__ == "__main__":
    main()
