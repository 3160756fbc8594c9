"""What all figures share: colours, markers, axes without clutter, letters of every script."""

import io
import math

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, NullLocator

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#767676", "#222222"
SERIES = (  # colour, marker, line: told apart without colour, dark enough for white paper
    (BLUE, "o", "-"),
    (ORANGE, "s", "--"),
    ("#009E73", "^", "-."),
    ("#CC79A7", "D", ":"),
    (INK, "v", (0, (6, 1.5, 1.5, 1.5, 1.5, 1.5))),
    ("#56B4E9", "P", (0, (1, 1))),
    ("#E69F00", "X", (0, (8, 3))),
)
CJK_FONTS = (  # simplified Chinese faces first; all of them have the characters
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB"),
    *("Microsoft YaHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "Heiti SC"),
    *("Noto Sans CJK JP", "Noto Serif CJK SC", "Noto Serif CJK JP", "Arial Unicode MS"),
)
VISIBLE = {" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥"}


class ShownFigure(Figure):
    """A Figure that a notebook shows; Matplotlib's own is shown only if pyplot chose a backend."""

    def _repr_png_(self):
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


def new_figure(width, height, rows=1, **options):
    """(figure, axes or array of axes); width and height in inches."""
    figure = ShownFigure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(rows, **options)
    for axes in np.ravel(grid):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure, grid


def series(number):
    """The look of the number-th line of a figure, as keyword arguments of `plot`."""
    color, marker, line = SERIES[number % len(SERIES)]
    return {"color": color, "marker": marker, "linestyle": line}


def lettered(figure):
    """Give every text that leaves ASCII a font that has its characters."""
    installed = set(fontManager.get_font_names())
    cjk = [name for name in CJK_FONTS if name in installed][:1]
    for text in figure.findobj(Text):
        if not text.get_text().isascii():
            text.set_fontfamily([*text.get_fontfamily(), *cjk, "DejaVu Sans"])
    return figure


def checked_perplexity(value, name):
    """The perplexity as a float; ValueError if it is below 1."""
    if not float(value) >= 1:
        raise ValueError(
            f"a perplexity is at least 1; got {float(value):g} for {name!r}; try math.exp(nats a "
            "token) if the number is a loss"
        )
    return float(value)


def perplexity_scale(axes, side, low, high):
    """Logarithmic, with plain numbers at the ticks."""
    axis = axes.xaxis if side == "x" else axes.yaxis
    axes.set(**{f"{side}scale": "log", f"{side}lim": (low, high)})
    steps = [1, 1.5, 2, 3, 4, 5, 7] if high / low > 3 else np.arange(1, 10, 0.1)
    ticks = [s * 10.0**power for power in range(int(math.log10(high)) + 1) for s in steps]
    inside = [tick for tick in ticks if low <= tick <= high]
    axis.set_major_locator(FixedLocator(inside, nbins=9))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_locator(NullLocator())


def plain_log_labels(axis, ratio):
    """Plain numbers on a logarithmic axis; where its ends have a small ratio, 2 and 5 as well."""
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(
        lambda value, _: f"{value:g}" if ratio < 50 and f"{value:e}"[0] in "25" else ""
    )


def labels_at_the_right(axes, rows, gap=0.06, lines=True):
    """Each (label, y, colour) beside the axes at its height, pushed up where crowded.

    lines: draw a thin line across the axes at that height.
    """
    place = -math.inf
    for label, value, color in sorted(rows, key=lambda row: row[1]):
        if lines:
            axes.axhline(value, color=GREY, linewidth=1, linestyle=":")
        exact = axes.transAxes.inverted().transform(axes.transData.transform((1, value)))[1]
        place = max(exact, place + gap)
        axes.annotate(
            label,
            (1, exact),
            xytext=(1.04, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=9,
            color=color,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "relpos": (0, 0.5)}
            | {"shrinkA": 0, "shrinkB": 0},
            annotation_clip=False,
        )
