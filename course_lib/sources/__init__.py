"""Sources that are known exactly: what the best possible model would score on them.

No model's expected perplexity is below exp(entropy rate) of the source, and the exact predictor
reaches it; so a model that is to learn from such a text has a target, not only a rival.
"""

from course_lib.sources.adding import TRIVIAL_MSE, adding_predictor, adding_problem
from course_lib.sources.hidden_markov import HiddenMarkovSource
from course_lib.sources.markov_chain import MarkovChain
from course_lib.sources.reber import EmbeddedReberGrammar, Grammar, ReberGrammar

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
