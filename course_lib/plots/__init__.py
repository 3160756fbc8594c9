"""Figures of the course; each function returns a Matplotlib Figure and shows nothing.

Colours are Okabe and Ito's, and viridis: colour-blind readers can tell them apart, and no meaning
hangs on colour alone. Chinese is drawn with a font of this machine that has its characters.
No pyplot: no window, no state, no setting of yours is changed. `figure.savefig(path)` saves; a
notebook shows the figure that is the last value of a cell. The README beside this file shows all.
"""

from course_lib.plots.comparison import ladder, ngram_orders
from course_lib.plots.graph import computational_graph
from course_lib.plots.memory import gradient_flow, half_lives
from course_lib.plots.over_text import gate_heatmap, hidden_states
from course_lib.plots.training import gradient_norms, perplexity_curve

__all__ = [
    "computational_graph",
    "gate_heatmap",
    "gradient_flow",
    "gradient_norms",
    "half_lives",
    "hidden_states",
    "ladder",
    "ngram_orders",
    "perplexity_curve",
]
