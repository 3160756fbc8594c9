"""The picture behind a perplexity threshold: the runs of everything that trains, and the ladder."""

from __future__ import annotations

from typing import Any

BLUE, GREEN, ORANGE, GREY = "#0072b2", "#009e73", "#d55e00", "#666666"
RUNGS = ("unigram", "bigram", "trigram", "4-gram", "best n-gram")


def draw(name: str, found: dict[str, Any]) -> Any:
    """A Figure with one panel a budget, from the data that `course calibrate` writes.

    A row is one way to write the unit, a mark one seed; above 45 is drawn at 45.
    """
    from matplotlib.figure import Figure

    budgets = (("short", "short_threshold"), ("budget", "threshold"))
    rows = len(found["mistakes"]) + len(found["alternatives"]) + 1
    figure = Figure(figsize=(11, 2.2 + 0.2 * rows), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (budget, key) in zip(panels, budgets, strict=True):
        limit = found[key]
        panel.set_title(f"{name}, {found[f'{budget}_epochs']} epochs: threshold {limit:.2f}")
        _rows(panel, found, budget)
        _ladder(panel, found["ladder"])
        panel.axvline(limit, color="black", linewidth=1.5)
        panel.set_xlabel("perplexity on held-out text")
        panel.set_xscale("log")
        panel.set_xticks([5, 6, 8, 10, 15, 20, 30, 40], [5, 6, 8, 10, 15, 20, 30, 40])
        panel.minorticks_off()
        panel.set_xlim(4.5, 48.0)
    panels[0].invert_yaxis()
    return figure


def _rows(panel: Any, found: dict[str, Any], budget: str) -> None:
    rows = [("reference", found[f"{budget}_perplexities"], BLUE, "o")]
    rows += [(_label(n), r[budget], GREEN, "s") for n, r in found["alternatives"].items()]
    rows += [(_label(n), r[budget], ORANGE, "x") for n, r in found["mistakes"].items()]
    for y, (_, runs, color, marker) in enumerate(rows):
        there = [min(run, 45.0) for run in runs]
        panel.plot(there, [y] * len(there), marker, color=color, markersize=4, alpha=0.8)
    panel.set_yticks(range(len(rows)), [label for label, *_ in rows], fontsize=7)
    for tick, (_, _, color, _) in zip(panel.get_yticklabels(), rows, strict=True):
        tick.set_color(color)


def _ladder(panel: Any, ladder: dict[str, float]) -> None:
    for name in RUNGS:
        panel.axvline(ladder[name], color=GREY, linewidth=0.8, linestyle=":")
        panel.annotate(
            name,
            (ladder[name], 1.0),
            (2, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            rotation=90,
            fontsize=6,
            color=GREY,
            va="top",
        )


def _label(name: str) -> str:
    return name.split(".", 1)[1]
