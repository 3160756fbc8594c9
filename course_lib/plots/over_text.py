"""What units do while they read: gates and hidden states with the tokens beside them."""

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from course_lib.plots.style import BLUE, GREY, INK, ORANGE, VISIBLE, lettered, new_figure

__all__ = ["gate_heatmap", "hidden_states"]

STEPS_A_ROW = 60  # tokens of the heat map
LETTERS_A_ROW = 64
DIVERGING = LinearSegmentedColormap.from_list("orange to blue", [ORANGE, "#FFFFFF", BLUE])


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
    figure, grid = new_figure(max(0.17 * width, 3) + 1.6, height * count + 0.5, count)
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
    return lettered(figure)


def hidden_states(
    states: Any,
    text: Sequence[str],
    units: Sequence[int] | None = None,
    title: str = "Hidden state of single units while they read",
) -> Figure:
    """The state of single units after each token, on the tokens themselves and as bars above them.

    states: (time, units), such as h_t, or the cell state of an LSTM. text: the tokens that were
    read, (time,): a string of characters or a list of words. units: which of them to show; None
    for the five that vary most. Blue and upward is positive, orange and downward negative; the
    strongest colour is 1, or the largest state beyond it. Long texts go on in the next row.
    Raises ValueError if states has not two axes, holds NaN or infinity, or does not fit the text,
    IndexError for a unit that is not there.
    Source: Karpathy et al. 2015, arXiv:1506.02078.
    """
    states = np.asarray(states, dtype=float)
    if states.ndim != 2 or states.shape[0] != len(text) or states.size == 0:
        raise ValueError(
            f"states are (time, units), one row for each token; got shape {states.shape} for "
            f"{len(text)} tokens; try states[0] for one text of a batch"
        )
    if not np.isfinite(states).all():
        raise ValueError(
            "a state is not a finite number; expected numbers, mostly from -1 to 1, got "
            f"{states[~np.isfinite(states)][0]}; try an earlier checkpoint, the weights are spoilt"
        )
    if units is None:
        units = np.sort(np.argsort(-states.std(axis=0), kind="stable")[:5])
    strangers = [unit for unit in units if not 0 <= unit < states.shape[1]]
    if strangers or not len(units):
        raise IndexError(
            f"units are numbered from 0 to {states.shape[1] - 1}; expected some of them, got "
            f"{', '.join(map(str, strangers)) or 'none'}"
        )
    tokens = [VISIBLE.get(token, token) for token in text]
    limit = max(1.0, np.abs(states).max())
    rows = _broken_into_rows(tokens)
    length = max(edges[-1] for _, edges in rows)
    height = 0.48 * len(units) + 0.12
    figure, grid = new_figure(max(0.125 * length, 3) + 1.6, height * len(rows) + 0.7, len(rows))
    for (part, edges), axes in zip(rows, np.ravel(grid), strict=True):
        for place, unit in enumerate(units):
            _strip(axes, -place, edges, tokens[part], states[part, unit] / limit)
        axes.set_yticks([0.2 - place for place in range(len(units))], units)
        axes.set(xlim=(0, length), ylim=(0.96 - len(units), 1), xticks=[], ylabel="unit")
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
    shades = ScalarMappable(Normalize(-limit, limit), DIVERGING)
    figure.colorbar(shades, ax=grid, label="state", fraction=0.03, pad=0.01, aspect=30)
    figure.suptitle(title)
    return lettered(figure)


def _strip(axes, bottom, edges, tokens, values):
    """One unit in one row of text: coloured tokens below, bars from -1 to 1 above them."""
    axes.broken_barh(
        list(zip(edges[:-1], np.diff(edges), strict=True)),
        (bottom, 0.42),
        facecolors=DIVERGING(0.5 + values / 2),
    )
    for left, right, token, value in zip(edges[:-1], edges[1:], tokens, values, strict=True):
        ink = "white" if abs(value) > 0.6 else INK
        center = (left + right) / 2
        axes.text(center, bottom + 0.19, token, ha="center", va="center", fontsize=9, color=ink)
    zero, steps = bottom + 0.7, bottom + 0.7 + 0.19 * np.append(values, values[-1])
    axes.fill_between(edges, zero, np.maximum(steps, zero), step="post", color=BLUE, linewidth=0)
    axes.fill_between(edges, zero, np.minimum(steps, zero), step="post", color=ORANGE, linewidth=0)
    axes.plot([edges[0], edges[-1]], [zero, zero], color=GREY, linewidth=0.5)


def _broken_into_rows(tokens):
    """[(slice of the tokens, edges of their cells)], with a cell as wide as its letters."""
    rows, start, edges = [], 0, [0.0]
    for number, token in enumerate(tokens):
        wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in token)
        width = len(token) + 0.7 * wide + (1.0 if len(token) > 1 else 0.0)
        if len(edges) > 1 and edges[-1] + width > LETTERS_A_ROW:
            rows.append((slice(start, number), np.array(edges)))
            start, edges = number, [0.0]
        edges.append(edges[-1] + width)
    return [*rows, (slice(start, len(tokens)), np.array(edges))]
