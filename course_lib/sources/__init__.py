"""Sources that are known exactly: what the best possible model would score on them.

No model's expected perplexity is below exp(entropy rate) of the source, and the exact predictor
reaches it; so a model that is to learn from such a text has a target, not only a rival.
Each name is imported when it is first used: a course may leave out what answers a task.
"""

from typing import Any

from course_lib import lazy

__all__ = [
    "TRIVIAL_MSE",
    "EmbeddedReberGrammar",
    "Grammar",
    "HiddenMarkovSource",
    "MarkovChain",
    "ReberGrammar",
    "adding_predictor",
    "adding_problem",
]

_HOMES = {
    "adding": ("TRIVIAL_MSE", "adding_predictor", "adding_problem"),
    "hidden_markov": ("HiddenMarkovSource",),
    "markov_chain": ("MarkovChain",),
    "reber": ("EmbeddedReberGrammar", "Grammar", "ReberGrammar"),
}

_find = lazy.attach(__name__, _HOMES)
__all__ = lazy.present(__name__, _HOMES, __all__)


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
