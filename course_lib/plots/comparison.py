"""Models side by side on the same text: the ladder, and the order of n-grams."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from course_lib.plots.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    checked_perplexity,
    lettered,
    new_figure,
    perplexity_scale,
    series,
)

__all__ = ["ladder", "ngram_orders"]


def ladder(
    rows: Iterable[Sequence[Any]],
    own: str | None = None,
    threshold: float | None = None,
    title: str = "Held-out perplexity, lower is better",
) -> Figure:
    """Models and their perplexity on the same held-out text, one bar each, in the given order.

    rows: (name, perplexity), or (name, perplexity, seconds, parameters) with None for what is not
    known; infinity, the score of a model that excludes what happened, fills the width. The axis is
    logarithmic and begins at 1, so a bar's length is the nats a token. Time and parameters stand
    in columns at the right.
    own: the name of the row to stand out. threshold: a perplexity to draw a line at.
    Raises ValueError for no rows, a row that is too short or too long, or a perplexity below 1.
    """
    rows = [_rung(row) for row in rows]
    if not rows:
        raise ValueError(
            'a ladder needs rungs; expected rows such as [("uniform", 28), ("GRU", 4.05)], got none'
        )
    finite = [row[1] for row in rows if math.isfinite(row[1])] + [threshold or 1, 2]
    right = max(finite) ** 1.12
    figure, axes = new_figure(7, 0.9 + 0.34 * len(rows))
    for place, (name, value, *_) in enumerate(rows):
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
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    perplexity_scale(axes, "x", 1, right)
    columns = [("time", 2, _duration), ("parameters", 3, _count)]
    known = [column for column in columns if any(row[column[1]] is not None for row in rows)]
    for number, (heading, position, written) in enumerate(known):
        cells = [written(row[position]) for row in rows]
        for place, cell in [(-0.75, heading), *enumerate(cells)]:
            axes.annotate(
                cell,
                (1, place),
                xytext=(60 + 66 * number, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=9,
                color=GREY if place < 0 else INK,
            )
    if threshold is not None:
        axes.axvline(threshold, color=ORANGE, linestyle="--", label=f"threshold {threshold:.2f}")
        figure.legend(frameon=False, loc="outside lower right")
    axes.set(xlabel="perplexity", title=title)
    return lettered(figure)


def ngram_orders(
    held_out: Mapping[str, Mapping[int, float]],
    training: Mapping[str, Mapping[int, float]] | None = None,
    title: str = "A longer memory helps as long as the counts last",
) -> Figure:
    """Perplexity of n-gram models against their order: held-out text, and the text counted.

    held_out, training: {smoothing: {order: perplexity}}. Held-out perplexities are filled markers
    on a full line, those on the training text hollow ones on a pale line of the same marker; an
    infinite perplexity (a model without smoothing) is an arrow at the upper edge.
    Raises ValueError for no perplexities, an order below 1, or a perplexity below 1.
    """
    curves = [(name, values, True) for name, values in held_out.items()]
    curves += [(name, values, False) for name, values in (training or {}).items()]
    points = [point for _, values, _ in curves for point in values.items()]
    if not points:
        raise ValueError(
            "there are no perplexities to draw; expected {smoothing: {order: perplexity}}, such as "
            '{"witten_bell": {1: 17.05, 2: 10.0}}, got none'
        )
    for name, values, _ in curves:
        for order, value in values.items():
            checked_perplexity(value, f"{name}, order {order}")
            if order < 1:
                raise ValueError(
                    "the order of an n-gram model is the length of its n-grams, at least 1; got "
                    f"{order} for {name!r}"
                )
    finite = [value for _, value in points if math.isfinite(value)] or [1.0, 2.0]
    margin = max((max(finite) / min(finite)) ** 0.08, 1.05)
    room = margin if len(finite) == len(points) else margin**2.5  # for the arrows to infinity
    low, high = max(min(finite) / margin, 0.95), max(finite) * room
    names = list(dict.fromkeys(name for name, _, _ in curves))
    figure, axes = new_figure(7, 4.2)
    for name, values, is_held_out in curves:
        orders = sorted(values)
        look = series(names.index(name)) | ({} if is_held_out else {"linewidth": 1, "alpha": 0.75})
        seen = [(order, values[order]) for order in orders if math.isfinite(values[order])]
        beyond = [order for order in orders if not math.isfinite(values[order])]
        label = f"{name}, {'held out' if is_held_out else 'training text'}"
        filling = look["color"] if is_held_out else "white"
        axes.plot(*np.reshape(seen, (-1, 2)).T, **look, markerfacecolor=filling, label=label)
        for order in beyond:
            axes.annotate(
                "∞",
                (order, high),
                xytext=(0, -16),
                textcoords="offset points",
                ha="center",
                va="top",
                color=look["color"],
                arrowprops={"arrowstyle": "->", "color": look["color"]},
            )
    perplexity_scale(axes, "y", low, high)
    axes.set(xlabel="order n", ylabel="perplexity", title=title)
    axes.set_xticks(sorted({order for order, _ in points}))
    figure.legend(frameon=False, loc="outside lower center", ncols=2)
    return lettered(figure)


def _rung(row):
    """(name, perplexity, seconds or None, parameters or None)."""
    row = tuple(row)
    if not 2 <= len(row) <= 4:
        raise ValueError(
            "a rung is (name, perplexity) or (name, perplexity, seconds, parameters); got "
            f"{len(row)} values: {row!r}"
        )
    name, value, seconds, parameters = (*row, None, None)[:4]
    return str(name), checked_perplexity(value, name), seconds, parameters


def _duration(seconds):
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _count(number):
    if number is None:
        return "–"
    for power, unit in ((1e6, " M"), (1e3, " k")):
        if number >= power:
            return f"{number / power:.3g}{unit}"
    return f"{number:g}"
