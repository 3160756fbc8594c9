"""How time and memory of a training step grow with time steps, batch and units.

    python benchmarks/scaling.py --out scaling.png      # some five minutes

From (batch, time, features, units) = (32, 35, 28, 256) one number is changed at a time. Each point
is a process of its own: the median step after the first, and the resident memory at its highest
while steps run, over what it was before the layer was made. See layers.py for what a step is.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import layers

BASE = {"batch": 32, "time": 35, "features": 28, "units": 256}
AXES = {
    "time": (35, 128, 512, 1024, 2048, 4096),
    "batch": (8, 32, 128, 512, 1024),
    "units": (32, 64, 128, 256, 512, 1024),
}
LABELS = {"time": "time steps", "batch": "batch", "units": "units"}


def point(name, cell, axis, value):
    size = tuple({**BASE, axis: value}.values())
    command = [sys.executable, __file__, "--point", name, cell, json.dumps(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def plot(seen, path):
    """seen: {(cell, name, axis): [(value, milliseconds, megabytes), ...]}."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(10, 5.6), sharex="col", layout="constrained")
    # Colours of Okabe and Ito, told apart by the colour-blind; Keras is dashed for print.
    colours = {"rnn": "#0072B2", "gru": "#D55E00", "lstm": "#009E73"}
    for (cell, name, axis), points in seen.items():
        column = list(AXES).index(axis)
        values, times, memory = zip(*points, strict=True)
        line = "-o" if name == "ours" else "--s"
        label = f"{cell.upper()}, {'course_lib' if name == 'ours' else name}"
        for panel, numbers in zip(panels[:, column], (times, memory), strict=True):
            panel.loglog(values, numbers, line, color=colours[cell], markersize=3.5, label=label)
            panel.grid(alpha=0.3)
        panels[1, column].set_xlabel(LABELS[axis])
    panels[0, 0].set_ylabel("training step (ms)")
    panels[1, 0].set_ylabel("peak memory (MB)")
    panels[0, 0].legend(fontsize=7)
    figure.suptitle("One training step from (batch 32, time 35, features 28, units 256)")
    figure.savefig(path, dpi=80)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", nargs="+", choices=layers.CELLS, default=["lstm"])
    parser.add_argument("--names", nargs="+", default=["ours", "keras"])
    parser.add_argument("--axes", nargs="+", choices=AXES, default=list(AXES))
    parser.add_argument("--out", type=Path, default=Path("scaling.png"))
    parser.add_argument("--point", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.point:
        name, cell, size = given.point
        print(json.dumps(layers.alone(name, cell, tuple(json.loads(size)))))
        return
    seen = {}
    for axis in given.axes:
        for cell in given.cells:
            for name in given.names:
                points = seen[cell, name, axis] = []
                for value in AXES[axis]:
                    one = point(name, cell, axis, value)
                    points.append((value, one["step"], one["megabytes"]))
                    print(
                        f"{cell} {name:6} {axis} {value:5}: first step {one['seconds']:5.2f} s, "
                        f"then {one['step']:8.1f} ms, {one['megabytes']:6.0f} MB",
                        flush=True,
                    )
    plot(seen, given.out)
    print(f"written: {given.out}")


if __name__ == "__main__":
    main()
