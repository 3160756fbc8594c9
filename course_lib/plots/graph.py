"""The unrolled computational graph of an RNN: what depends on what."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from course_lib.plots.style import GREY, INK, ORANGE, lettered, new_figure

__all__ = ["computational_graph"]

STEP, RADIUS, BRANCH = 2.1, 0.36, 0.8  # between steps; of a circle; from a rail's arrow to its step
ROWS = {"x": 0.0, "h": 2.0, "o": 4.5, "y": 5.2, "l": 5.9, "L": 7.3}  # heights
FILLS = {"x": "#DCEBF5", "h": "#FFFFFF", "o": "#FFFFFF", "l": "#F7E3D7", "L": "#F7E3D7"}
FILLS |= {"y": "#DCEBF5", "W": "#E4E4E4"}
RAILS = {"xh": (1.0, "h"), "hh": (2.95, "h"), "ho": (3.55, "o")}  # height, row that it feeds


def computational_graph(
    time: int = 3, gradients: bool = False, title: str = "An RNN, unrolled in time"
) -> Figure:
    """The computational graph of an RNN over a few steps.

        h_t = φ(x_t W_xh + h_{t-1} W_hh)      o_t = h_t W_ho      L = Σ_t l_t,  l_t = l(y_t, o_t)

    Circles have a value in each step; squares are the weights, which all steps share: each stands
    once, and its rail reaches every step. An arrow points to what is computed from where it begins.
    gradients: draw back-propagation through time, too: thick arrows from L back to every h_t. Each
    way from L back to a weight's rail is one term of that weight's gradient.
    Raises ValueError for a time that is no whole number from 1 to 8.
    Source: lecture, "computational graph"; D2L, "back-propagation through time".
    """
    if isinstance(time, bool) or not isinstance(time, int) or not 1 <= time <= 8:
        raise ValueError(
            "time is the number of steps to draw; expected a whole number from 1 to 8, got "
            f"{time!r}; try 3"
        )
    figure, axes = new_figure(2.6 + 1.25 * time, 6.2)
    axes.set_axis_off()
    places = [STEP * t for t in range(1, time + 1)]
    loss = (sum(places) / time, ROWS["L"])
    nodes = {f"{kind}_{t}": (x, ROWS[kind]) for kind in "xhol" for t, x in enumerate(places, 1)}
    nodes |= {f"y_{t}": (x + STEP / 2, ROWS["y"]) for t, x in enumerate(places, 1)}
    nodes |= {"h_0": (0.0, ROWS["h"]), "L": loss}
    edges = [("L", f"l_{t}") for t in range(1, time + 1)]
    for t in range(1, time + 1):
        edges += [(f"l_{t}", f"o_{t}"), (f"o_{t}", f"h_{t}"), (f"h_{t}", f"h_{t - 1}")]
    inputs = [
        (f"{to}_{t}", f"{source}_{t}") for to, source in ("hx", "ly") for t in range(1, time + 1)
    ]
    for name, (height, fed) in RAILS.items():
        _rail(axes, name, height, [x - BRANCH for x in places], ROWS[fed])
    for target, source in [*edges, *inputs]:
        _arrow(axes, nodes[source], nodes[target], color=INK)
    if gradients:
        for source, target in edges:  # the gradient flows from what was computed
            bend = -0.38 if nodes[target][0] > nodes[source][0] else 0.38  # above, not across y_t
            _arrow(axes, nodes[source], nodes[target], color=ORANGE, linewidth=2, bend=bend)
    for name, place in nodes.items():
        axes.add_patch(Circle(place, RADIUS, facecolor=FILLS[name[0]], edgecolor=INK, zorder=3))
        axes.text(*place, f"${name}$", ha="center", va="center", fontsize=12, zorder=4)
    axes.set(xlim=(-1.75, places[-1] + STEP / 2 + 0.6), ylim=(-0.6, ROWS["L"] + 0.6), title=title)
    axes.set_aspect("equal")
    if gradients:
        handles = [Line2D([], [], color=INK), Line2D([], [], color=ORANGE, linewidth=2)]
        labels = ["values, forward in time", "gradients, back in time"]
        figure.legend(handles, labels, frameon=False, loc="outside lower center", ncols=2)
    return lettered(figure)


def _rail(axes, name, height, branches, row):
    """A weight at the left, and a line from it with an arrow to each step."""
    left = -1.3
    side = 0.62
    axes.plot(
        [left, branches[-1]], [height] * 2, color=GREY, linewidth=1.2, linestyle="--", zorder=1
    )
    for branch in branches:
        _arrow(axes, (branch, height), (branch + BRANCH, row), color=GREY, begins_at_node=False)
    corner = (left - side / 2, height - side / 2 * 0.8)
    axes.add_patch(
        Rectangle(corner, side, side * 0.8, facecolor=FILLS["W"], edgecolor=INK, zorder=3)
    )
    axes.text(left, height, f"$W_{{{name}}}$", ha="center", va="center", fontsize=11, zorder=4)


def _arrow(axes, start, end, color, linewidth=1.2, bend=0.0, begins_at_node=True):
    """From the edge of one circle to the edge of another; bend: how far to the left it swings."""
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    unit = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    away = RADIUS + 0.03
    begin = tuple(s + (away if begins_at_node else 0) * u for s, u in zip(start, unit, strict=True))
    stop = tuple(e - away * u for e, u in zip(end, unit, strict=True))
    axes.add_patch(
        FancyArrowPatch(
            begin,
            stop,
            arrowstyle="-|>",
            mutation_scale=11,
            connectionstyle=f"arc3,rad={bend}",
            shrinkA=0,
            shrinkB=0,
            color=color,
            linewidth=linewidth,
            zorder=2,
        )
    )
