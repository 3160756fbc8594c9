"""How the time and memory of `course grade` grow with the class: 10, 100, 1,000 submissions.

    python benchmarks/growth.py --out growth.png            # the arrays' checks: some minutes
    python benchmarks/growth.py --out growth.png --keras    # Keras objects too

The submissions are those of grading.py; the unit is gru without the checks that train, and, unless
--keras is given, without those of the student's Keras cell and language model. Each class is graded
by the `course grade` command, then again with nothing changed. The rest of the time is the grading.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import grading

SIZES = (10, 100, 1000)
KERAS = ("keras_cell", "language_model", "same_model")
RUN = """
import json, sys
sys.path.insert(0, {here!r})
from autograder.checks import gru
gru.CHECKS = tuple(check for check in gru.CHECKS if check.id.split(".")[1] not in {left_out!r})
from recording import Clock
from autograder import class_report, feedback
from autograder.cli import main
from autograder.recorder import Recorder
from autograder.rows import Rows
places = {{"recording": (Recorder, "record"), "gradebook": (Rows, "write")}}
places |= {{"pages": (feedback, "write"), "report": (class_report, "write")}}
with Clock(**places) as clock:
    try:
        main()
    finally:
        print("clock", json.dumps(clock.seconds), file=sys.stderr)
"""


def graded(folder, left_out):
    """One `course grade`: {"seconds", "memory_mb", "recording", "gradebook", "pages", "report"}.

    recording: all of it, the gradebook's rows, the notebook and the report.
    """
    code = RUN.format(here=str(Path(__file__).parent), left_out=left_out)
    command = [grading.sys.executable, "-c", code, "grade", grading.UNIT]
    found, said = grading.timed(command, folder.root, f"reports/{grading.UNIT}/*.json")
    lines = [line for line in said.splitlines() if line.startswith("clock ")]
    if not lines:
        raise RuntimeError(f"it did not end well:\n{said[-2000:]}")
    return {**found, **json.loads(lines[-1].removeprefix("clock "))}


def points(size, left_out):
    """A class, graded and graded again."""
    root = Path(tempfile.mkdtemp(prefix="growth-"))
    try:
        folder = grading.ours(root, grading.submissions(size, left_out), left_out)
        return {"first": graded(folder, left_out), "again": graded(folder, left_out)}
    finally:
        shutil.rmtree(root, ignore_errors=True)


def plot(seen, path, title):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    sizes = sorted(seen)
    figure, (time, memory) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    lines = {
        "all": lambda one: one["first"]["seconds"],
        "recording": lambda one: one["first"]["recording"],
        "of which the gradebook": lambda one: one["first"]["gradebook"],
        "feedback pages, class report": lambda one: one["first"]["pages"] + one["first"]["report"],
        "all, again, unchanged": lambda one: one["again"]["seconds"],
    }
    for name, value in lines.items():
        time.loglog(sizes, [value(seen[size]) for size in sizes], marker="o", label=name)
    time.set(xlabel="submissions", ylabel="seconds")
    time.margins(y=0.35)
    time.legend(fontsize=7, loc="upper left")
    most = [seen[size]["first"]["memory_mb"] for size in sizes]
    memory.semilogx(sizes, most, marker="o")
    memory.set(xlabel="submissions", ylabel="most memory of all processes (MB)")
    memory.set_ylim(0, 1.15 * max(most))
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--keras", action="store_true", help="with the checks of Keras objects")
    parser.add_argument("--out", type=Path, default=Path("growth.png"))
    given = parser.parse_args()
    left_out = grading.training_checks() + (() if given.keras else KERAS)
    seen = {}
    for size in given.sizes:
        seen[size] = points(size, left_out)
        first, again = seen[size]["first"], seen[size]["again"]
        print(
            f"{size:5}: {first['seconds']:7.1f} s, {1000 * first['seconds'] / size:7.0f} ms each, "
            f"recording {100 * first['recording'] / first['seconds']:4.1f} % "
            f"(gradebook {100 * first['gradebook'] / first['seconds']:.1f} %), "
            f"{first['memory_mb']:5.0f} MB; again {again['seconds']:5.1f} s",
            flush=True,
        )
    what = "checks that do not train" if given.keras else "checks of arrays"
    plot(seen, given.out, f"course grade gru, {what}")
    given.out.with_suffix(".json").write_text(json.dumps(seen))
    print(f"written: {given.out} and the numbers beside it")


if __name__ == "__main__":
    main()
