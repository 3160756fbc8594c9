"""How time and memory of a training step grow with time steps, batch and units.

    python benchmarks/scaling.py --out scaling.png      # some five minutes
    python benchmarks/scaling.py --cells rnn gru lstm --names ours keras torch --axes time

From (batch, time, features, units) = (32, 35, 28, 256) one number is changed at a time. Each point
is a process of its own, measured as in layers.py, which also says what a step is.
"""

import argparse
import json
from pathlib import Path

import layers

BASE = {"batch": 32, "time": 35, "features": 28, "units": 256}
AXES = {
    "time": (35, 128, 512, 1024, 2048, 4096),
    "batch": (8, 32, 128, 512, 1024),
    "units": (32, 64, 128, 256, 512, 1024),
}
LABELS = {"time": "time steps", "batch": "batch", "units": "units"}


def points(name, cell, axis):
    """[(value, what layers.alone measures there), ...] along one axis."""
    for value in AXES[axis]:
        yield value, layers.in_a_process(name, cell, tuple({**BASE, axis: value}.values()))


def plot(seen, path):
    """seen: {(cell, name, axis): [(value, {"step": milliseconds, "memory": megabytes}), ...]}."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, NullLocator

    plain = FuncFormatter(lambda value, _: f"{value:g}")
    axes = list(dict.fromkeys(axis for _, _, axis in seen))
    size = 3.4 * len(axes), 5.4
    figure, panels = plt.subplots(
        2, len(axes), figsize=size, sharex="col", sharey="row", squeeze=False, layout="constrained"
    )
    # Colours of Okabe and Ito, told apart by the colour-blind; lines and markers tell the makers.
    colours = {"rnn": "#0072B2", "gru": "#D55E00", "lstm": "#009E73"}
    lines = {"ours": "-o", "torch": ":^"}
    for (cell, name, axis), found in seen.items():
        values = [value for value, _ in found]
        label = f"{cell.upper()}, {'course_lib' if name == 'ours' else name}"
        for panel, kind in zip(panels[:, axes.index(axis)], ("step", "memory"), strict=True):
            numbers = [numbers[kind] for _, numbers in found]
            style = lines.get(name, "--s")
            panel.loglog(values, numbers, style, color=colours[cell], markersize=3.5, label=label)
            panel.set_xticks(values)
            panel.xaxis.set_major_formatter(plain)
            panel.yaxis.set_major_formatter(plain)
            panel.xaxis.set_minor_locator(NullLocator())
            panel.grid(alpha=0.3)
        panels[1, axes.index(axis)].set_xlabel(LABELS[axis])
    panels[0, 0].set_ylabel("training step (ms)")
    panels[1, 0].set_ylabel("peak memory (MB)")
    panels[0, 0].legend(fontsize=8)
    base = ", ".join(f"{name} {value}" for name, value in BASE.items())
    figure.suptitle(f"One training step; what is not varied: {base}", fontsize=10)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", nargs="+", choices=layers.CELLS, default=["lstm"])
    parser.add_argument("--names", nargs="+", default=["ours", "keras"])
    parser.add_argument("--axes", nargs="+", choices=AXES, default=list(AXES))
    parser.add_argument("--out", type=Path, default=Path("scaling.png"))
    parser.add_argument("--replot", type=Path, help="the JSON of an earlier run: only draw")
    given = parser.parse_args()
    if given.replot:
        keys = json.loads(given.replot.read_text())
        plot({tuple(key.split("|")): found for key, found in keys.items()}, given.out)
        return
    seen = {}
    for axis in given.axes:
        for cell in given.cells:
            for name in given.names:
                found = seen[cell, name, axis] = []
                for value, one in points(name, cell, axis):
                    found.append((value, one))
                    print(
                        f"{cell} {name:6} {axis} {value:5}: first step {one['first']:5.2f} s, "
                        f"then {one['step']:8.1f} ms, {one['memory']:6.0f} MB",
                        flush=True,
                    )
    plot(seen, given.out)
    given.out.with_suffix(".json").write_text(
        json.dumps({"|".join(key): found for key, found in seen.items()})
    )
    print(f"written: {given.out} and the numbers beside it")


if __name__ == "__main__":
    main()
