"""How long a network remembers: half-lives of its units, gradients that reach back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from course_lib.plots.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    labels_at_the_right,
    lettered,
    new_figure,
    plain_log_labels,
    series,
)

__all__ = ["gradient_flow", "half_lives"]


def gradient_flow(
    norms: Mapping[str, Any], title: str = "How much of the past a gradient still sees"
) -> Figure:
    """‖∂h_t/∂h_{t-lag}‖ against the lag, one curve a network.

    norms: {label: (lags,)} or {label: (batch, lags)}, from lag 0 on, as `bptt.jacobian_norms` gives
    them; of a batch, the line is the geometric mean and the band goes from least to most. The axis
    is logarithmic: what vanishes or explodes at a steady rate is a straight line. Each curve ends
    where the norm falls to 0 or overflows.
    Raises ValueError for no curves, a curve of another shape, negative norms or NaN.
    Source: lecture, "gradients (back-propagation through time)".
    """
    curves = {str(label): np.atleast_2d(np.asarray(v, float)) for label, v in norms.items()}
    if not curves:
        raise ValueError(
            'there are no curves to draw; expected {"ρ = 0.9": norms by lag, ...}, got none'
        )
    for label, values in curves.items():
        if values.ndim != 2 or not values.size or not np.all(values >= 0):
            raise ValueError(
                "norms are (lags,) or (batch, lags) numbers of at least 0; got shape "
                f"{values.shape} for {label!r}"
                + (", with negative numbers or NaN" if values.size else "")
                + "; try bptt.jacobian_norms(run)"
            )
    figure, axes = new_figure(7, 4)
    ends = []
    for number, (label, values) in enumerate(curves.items()):
        good = np.all((values > 0) & np.isfinite(values), axis=0)
        last = len(good) if good.all() else int(np.argmin(good))
        if not last:
            continue
        lags, values = np.arange(last), values[:, :last]
        middle = np.exp(np.log(values).mean(axis=0))
        look = series(number) | {"markevery": max(1, last // 8), "markersize": 5}
        axes.plot(lags, middle, **look)
        if len(values) > 1:
            band = {"color": look["color"], "alpha": 0.15, "linewidth": 0}
            axes.fill_between(lags, values.min(axis=0), values.max(axis=0), **band)
        ends.append((label, middle[-1], INK))
    axes.axhline(1, color=GREY, linewidth=1)
    axes.set(yscale="log", xlabel="lag t − k (steps back in time)", title=title)
    axes.set_ylabel("‖∂h$_t$ / ∂h$_k$‖")
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, 1e-18), high)
    axes.yaxis.set_major_locator(LogLocator(numticks=9))
    axes.yaxis.get_minor_locator().set_params(numticks=1)
    axes.xaxis.get_major_locator().set_params(integer=True)
    labels_at_the_right(axes, ends, lines=False)
    return lettered(figure)


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
    figure, axes = new_figure(7, 3.8)
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
    plain_log_labels(axes.yaxis, high / low)
    axes.set(ylim=(low, high), xlabel="units, the longest memory first", title=title)
    axes.set_ylabel("half-life (time steps)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, loc="upper right")
    return lettered(figure)
