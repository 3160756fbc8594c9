"""The picture behind a perplexity threshold: the runs of everything that trains, and the ladder."""

from __future__ import annotations

from typing import Any

BLUE, GREEN, ORANGE, GREY = "#0072b2", "#009e73", "#d55e00", "#666666"
FROM, TO = 4.2, 45.0
RUNGS = ("unigram", "bigram", "trigram", "4-gram", "best n-gram")


def draw(name: str, found: dict[str, Any]) -> Any:
    """A Figure with one panel a budget, from the data that `course calibrate` writes.

    A row is one way to write the unit, a mark one seed, drawn at the edge where it lies outside.
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
        panel.set_xlim(FROM * 0.97, TO * 1.03)
    _names(panels[0], found)
    return figure


def _rows(panel: Any, found: dict[str, Any], budget: str) -> None:
    rows = [(found[f"{budget}_perplexities"], BLUE, "o")]
    rows += [(runs[budget], GREEN, "s") for runs in found["alternatives"].values()]
    rows += [(runs[budget], ORANGE, "x") for runs in found["mistakes"].values()]
    for y, (runs, color, marker) in enumerate(rows):
        there = [min(max(run, FROM), TO) for run in runs]
        panel.plot(there, [y] * len(there), marker, color=color, markersize=4, alpha=0.8)


def _names(panel: Any, found: dict[str, Any]) -> None:
    """The rows' names, in the rows' colours; correct answers above, mistakes below."""
    colors = {"reference": BLUE}
    colors |= {name.split(".", 1)[1]: GREEN for name in found["alternatives"]}
    colors |= {name.split(".", 1)[1]: ORANGE for name in found["mistakes"]}
    panel.set_yticks(range(len(colors)), list(colors), fontsize=7)
    for tick, color in zip(panel.get_yticklabels(), colors.values(), strict=True):
        tick.set_color(color)
    panel.invert_yaxis()


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
