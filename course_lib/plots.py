"""Figures of the course; each function returns a Matplotlib Figure and shows nothing.

Colours are Okabe and Ito's, and viridis: colour-blind readers can tell them apart, and no meaning
hangs on colour alone. Chinese is drawn with a font of this machine that has its characters.
No pyplot: no window, no state, no setting of yours is changed. `figure.savefig(path)` saves; a
notebook shows the figure that is the last value of a cell.
"""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, NullLocator

__all__ = ["gate_heatmap", "half_lives", "ladder", "perplexity_curve"]

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#767676", "#222222"
CJK_FONTS = (  # simplified Chinese faces first; all of them have the characters
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB"),
    *("Microsoft YaHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "Heiti SC"),
    *("Noto Sans CJK JP", "Noto Serif CJK SC", "Noto Serif CJK JP", "Arial Unicode MS"),
)
VISIBLE = {" ": "␣", "\n": "↵", "\r": "↵", "\t": "⇥"}
STEPS_A_ROW = 60


def perplexity_curve(
    history: Mapping[str, Sequence[float]],
    rows: Iterable[tuple[str, float]] = (),
    title: str = "Perplexity while training",
) -> Figure:
    """Training and held-out perplexity over the epochs; other models as lines beside them.

    history: what `train` returns: "perplexity" and, if there, "held_out_perplexity", one number an
    epoch. rows: (name, held-out perplexity) of other models, as for `ladder`.
    Raises ValueError if history has no perplexities, or a perplexity in rows is below 1.
    """
    values, held_out = (list(history.get(f"{p}perplexity", ())) for p in ("", "held_out_"))
    if not values:
        raise ValueError(
            'history has no perplexities; expected {"perplexity": [one number an epoch], ...}, got '
            f"the keys {sorted(history)}; try history = train(model, windows, epochs)"
        )
    rows = [row for row in _checked_rows(rows) if math.isfinite(row[1])]
    figure, axes = _figure(7, 4.2)
    epochs = np.arange(1, len(values) + 1)
    axes.plot(epochs, values, "o--", color=BLUE, label="training (while the weights change)")
    if held_out:
        axes.plot(epochs, held_out, "s-", color=ORANGE, label="held out")
    every = [*values, *held_out, *(value for _, value in rows)]
    margin = max((max(every) / min(every)) ** 0.06, 1.02)
    _perplexity_scale(axes, "y", min(every) / margin, max(every) * margin)
    _labels_at_the_right(axes, rows)
    axes.set(xlabel="epoch", ylabel="perplexity", title=title)
    axes.set_xlim(1 - 0.05 * len(values), 1.05 * len(values))
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    figure.legend(frameon=False, loc="outside lower center", ncols=2)
    return _lettered(figure)


def ladder(
    rows: Iterable[tuple[str, float]],
    own: str | None = None,
    threshold: float | None = None,
    title: str = "Held-out perplexity, lower is better",
) -> Figure:
    """Models and their perplexity on the same held-out text, one bar each, in the given order.

    rows: (name, perplexity); infinity, the score of a model that excludes what happened, fills the
    width. The axis is logarithmic and begins at 1, so a bar's length is the nats a token.
    own: the name of the row to stand out. threshold: a perplexity to draw a line at.
    Raises ValueError for no rows, or a perplexity below 1.
    """
    rows = _checked_rows(rows)
    if not rows:
        raise ValueError(
            'a ladder needs rungs; expected rows such as [("uniform", 28), ("GRU", 4.05)], got none'
        )
    finite = [value for _, value in rows if math.isfinite(value)] + [threshold or 1, 2]
    right = max(finite) ** 1.12
    figure, axes = _figure(7, 0.9 + 0.34 * len(rows))
    for place, (name, value) in enumerate(rows):
        mine, end = name == own, min(value, right)
        color = BLUE if mine else GREY
        axes.barh(place, end - 1, left=1, height=0.66, color=color)
        fits = end > right**0.15  # the number, in the bar
        axes.annotate(
            f"{value:.2f}" if math.isfinite(value) else "∞",
            (end, place),
            xytext=(-5 if fits else 5, 0),
            textcoords="offset points",
            va="center",
            ha="right" if fits else "left",
            color="white" if fits else INK,
            weight="bold" if mine else "normal",
            bbox={"facecolor": color if fits else "none", "edgecolor": "none", "pad": 1},
        )
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    _perplexity_scale(axes, "x", 1, right)
    if threshold is not None:
        axes.axvline(threshold, color=ORANGE, linestyle="--", label=f"threshold {threshold:.2f}")
        figure.legend(frameon=False, loc="outside lower right")
    axes.set(xlabel="perplexity", title=title)
    return _lettered(figure)


def gate_heatmap(gates: Any, text: Sequence[str], title: str = "Gate values") -> Figure:
    """How open each unit's gate is at each token.

    gates: (time, units), from 0 (closed) to 1 (open). text: the tokens that were read, (time,): a
    string of characters or a list of words. Long texts go on in the next row.
    Raises ValueError if gates has not two axes, leaves 0 to 1, or does not fit the text.
    """
    gates = np.asarray(gates)
    if gates.ndim != 2 or gates.shape[0] != len(text) or gates.size == 0:
        raise ValueError(
            f"gates are (time, units), one row for each token; got shape {gates.shape} for "
            f"{len(text)} tokens; try gates[0] for one text of a batch"
        )
    if not (gates.min() >= 0 and gates.max() <= 1):
        raise ValueError(
            f"gates lie between 0 and 1; got values from {gates.min():.3g} to {gates.max():.3g}; "
            "try the gate after its sigmoid"
        )
    tokens = [VISIBLE.get(token, token) for token in text]
    time, units = gates.shape
    width, words = min(time, STEPS_A_ROW), max(map(len, tokens)) > 1
    count = math.ceil(time / STEPS_A_ROW)
    height = min(max(0.09 * units, 1.0), 3.6) + (0.9 if words else 0.45)
    figure, grid = _figure(max(0.17 * width, 3) + 1.6, height * count + 0.5, count)
    for row, axes in enumerate(np.ravel(grid)):
        part = slice(row * STEPS_A_ROW, (row + 1) * STEPS_A_ROW)
        image = axes.imshow(
            gates[part].T, cmap="viridis", vmin=0, vmax=1, aspect="auto", interpolation="nearest"
        )
        axes.set_xlim(-0.5, width - 0.5)
        axes.set_xticks(range(len(tokens[part])), tokens[part], rotation=90 if words else 0)
        axes.tick_params(axis="x", length=0, labelsize=9)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.set_ylabel("unit")
    figure.suptitle(title)
    figure.colorbar(image, ax=grid, label="0 closed, 1 open", fraction=0.03, pad=0.01, aspect=60)
    return _lettered(figure)


def half_lives(values: Any, title: str = "How long the units remember") -> Figure:
    """The half-life of each unit's memory, the longest first.

    values: (units,), in time steps: after that many, half of a unit's state is left. Infinity (it
    never forgets) and 0 (it keeps nothing) are drawn as triangles at the edge.
    Raises ValueError if values has not one axis, is empty, or holds NaN or a negative number.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not values.size or not np.all(values >= 0):
        raise ValueError(
            f"half-lives are one number of time steps, 0 or more, for each unit; got shape "
            f"{values.shape}" + (", with negative numbers or NaN" if values.size else "")
        )
    values = np.sort(values)[::-1]
    proper = values[np.isfinite(values) & (values > 0)]
    low, high = (proper.min() / 1.5, proper.max() * 1.5) if proper.size else (0.1, 10)
    shown, rank = np.clip(values, low, high), np.arange(1, len(values) + 1)
    figure, axes = _figure(7, 3.8)
    axes.vlines(rank, low, shown, color=GREY, linewidth=1)
    kinds = [(values > high, "^", "never forgets"), (values < low, "v", "keeps nothing")]
    inner = ~(kinds[0][0] | kinds[1][0])
    for where, marker, label in [(inner, "o", None), *kinds]:
        if where.any():
            axes.plot(rank[where], shown[where], marker, color=BLUE, clip_on=False, label=label)
    median = np.median(values)
    if low <= median <= high:
        axes.axhline(median, color=ORANGE, linestyle="--", label=f"median {median:.2g} steps")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set(ylim=(low, high), xlabel="units, the longest memory first", title=title)
    axes.set_ylabel("half-life (time steps)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, loc="upper right")
    return _lettered(figure)


class _Shown(Figure):
    """A Figure that a notebook shows; Matplotlib's own is shown only if pyplot chose a backend."""

    def _repr_png_(self):
        picture = io.BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


def _figure(width, height, rows=1):
    figure = _Shown(figsize=(width, height), layout="constrained")
    grid = figure.subplots(rows)
    for axes in np.ravel(grid):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure, grid


def _checked_rows(rows):
    rows = [(str(name), float(value)) for name, value in rows]
    for name, value in rows:
        if not value >= 1:
            raise ValueError(
                f"a perplexity is at least 1; got {value:g} for {name!r}; try math.exp(nats a "
                "token) if the number is a loss"
            )
    return rows


def _perplexity_scale(axes, side, low, high):
    """Logarithmic, with plain numbers at the ticks."""
    axis = axes.xaxis if side == "x" else axes.yaxis
    axes.set(**{f"{side}scale": "log", f"{side}lim": (low, high)})
    steps = [1, 1.5, 2, 3, 4, 5, 7] if high / low > 3 else np.arange(1, 10, 0.1)
    ticks = [s * 10.0**power for power in range(int(math.log10(high)) + 1) for s in steps]
    inside = [tick for tick in ticks if low <= tick <= high]
    axis.set_major_locator(FixedLocator(inside, nbins=9))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_locator(NullLocator())


def _labels_at_the_right(axes, rows, gap=0.06):
    """A thin line at each row's perplexity, its label beside the axes, pushed up where crowded."""
    place = -math.inf
    for name, value in sorted(rows, key=lambda row: row[1]):
        axes.axhline(value, color=GREY, linewidth=1, linestyle=":")
        exact = axes.transAxes.inverted().transform(axes.transData.transform((1, value)))[1]
        place = max(exact, place + gap)
        axes.annotate(
            f"{name} {value:.2f}",
            (1, exact),
            xytext=(1.04, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            fontsize=9,
            color=INK,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "relpos": (0, 0.5)}
            | {"shrinkA": 0, "shrinkB": 0},
            annotation_clip=False,
        )


def _lettered(figure):
    """Give every text that leaves ASCII a font that has its characters."""
    installed = set(fontManager.get_font_names())
    cjk = [name for name in CJK_FONTS if name in installed][:1]
    for text in figure.findobj(Text):
        if not text.get_text().isascii():
            text.set_fontfamily([*text.get_fontfamily(), *cjk, "DejaVu Sans"])
    return figure
