"""What happens while a model trains: its perplexity, and the length of its gradients."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from course_lib.plots.style import (
    BLUE,
    INK,
    ORANGE,
    checked_perplexity,
    labels_at_the_right,
    lettered,
    new_figure,
    perplexity_scale,
    plain_log_labels,
)

__all__ = ["gradient_norms", "perplexity_curve"]


def perplexity_curve(
    history: Mapping[str, Sequence[float]],
    rows: Iterable[Sequence[Any]] = (),
    title: str = "Perplexity while training",
    held_out_name: str = "held out",
) -> Figure:
    """Training and held-out perplexity over the epochs; other models as lines beside them.

    history: what `train` returns: "perplexity" and, if there, "held_out_perplexity", one number an
    epoch. rows: (name, held-out perplexity) of other models, as for `ladder`. held_out_name: what
    the legend calls the text that was not trained on, such as "validation".
    Raises ValueError if history has no perplexities, or a perplexity in rows is below 1.
    """
    values, held_out = (list(history.get(f"{p}perplexity", ())) for p in ("", "held_out_"))
    if not values:
        raise ValueError(
            'history has no perplexities; expected {"perplexity": [one number an epoch], ...}, got '
            f"the keys {sorted(history)}; try history = train(model, windows, epochs)"
        )
    others = [(str(row[0]), checked_perplexity(row[1], row[0])) for row in rows]
    others = [(name, value) for name, value in others if math.isfinite(value)]
    figure, axes = new_figure(7, 4.2)
    epochs = np.arange(1, len(values) + 1)
    axes.plot(epochs, values, "o--", color=BLUE, label="training (while the weights change)")
    if held_out:
        axes.plot(epochs, held_out, "s-", color=ORANGE, label=held_out_name)
    every = [*values, *held_out, *(value for _, value in others)]
    margin = max((max(every) / min(every)) ** 0.06, 1.02)
    perplexity_scale(axes, "y", min(every) / margin, max(every) * margin)
    labels_at_the_right(axes, [(f"{name} {value:.2f}", value, INK) for name, value in others])
    axes.set(xlabel="epoch", ylabel="perplexity", title=title)
    axes.set_xlim(1 - 0.05 * len(values), 1.05 * len(values))
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    figure.legend(frameon=False, loc="outside lower center", ncols=2)
    return lettered(figure)


def gradient_norms(
    norms: Any, max_norm: float | None = None, title: str = "Length of the gradient, step by step"
) -> Figure:
    """‖g‖ of every training step, before clipping, and the line at which it is clipped.

    norms: (steps,), the second value of `clip_by_global_norm`, step by step. max_norm: θ; steps
    above it are marked and counted. Steps whose norm is not finite are marked at the upper edge.
    Raises ValueError if norms has not one axis, is empty or negative, or max_norm is not above 0.
    """
    norms = np.asarray(norms, dtype=float)
    if norms.ndim != 1 or not norms.size or np.any(norms < 0):
        raise ValueError(
            "norms are one number of at least 0 for each training step; got shape "
            f"{norms.shape}" + (", with negative numbers" if norms.size else "")
        )
    if max_norm is not None and not 0 < max_norm < math.inf:
        raise ValueError(
            f"max_norm is the length at which gradients are clipped, above 0; got {max_norm!r}; "
            "try None for a training without clipping"
        )
    steps = np.arange(1, len(norms) + 1)
    lost = ~np.isfinite(norms)
    positive = norms[~lost & (norms > 0)]
    limit = [] if max_norm is None else [max_norm]
    every = [*positive, *limit] or [1.0]
    low, high = min(every) / 1.6, max(every) * 1.6
    figure, axes = new_figure(7, 3.6)
    shown = np.where(lost, np.nan, np.maximum(norms, low))
    axes.plot(steps, shown, color=BLUE, linewidth=1, marker="." if len(norms) <= 60 else None)
    if max_norm is not None:
        cut = ~lost & (norms > max_norm)
        axes.axhline(max_norm, color=INK, linestyle="--", label=f"clipped at θ = {max_norm:g}")
        if cut.any():
            label = f"{cut.sum()} of {len(norms)} steps clipped"
            axes.plot(steps[cut], shown[cut], "^", color=ORANGE, markersize=4, label=label)
    if lost.any():
        edge = np.full(lost.sum(), high)
        label = f"{lost.sum()} not finite"
        axes.plot(steps[lost], edge, "x", color=ORANGE, clip_on=False, label=label)
    axes.set(yscale="log", ylim=(low, high), xlabel="training step", ylabel="‖g‖", title=title)
    plain_log_labels(axes.yaxis, high / low)
    axes.grid(which="minor", visible=False)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(frameon=False, loc="outside lower center", ncols=3)
    return lettered(figure)
