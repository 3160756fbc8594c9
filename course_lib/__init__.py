"""The lecture in code: text, vocabulary, windows, cells, language models, in Keras.

Every name below is imported when it is first used, so `import course_lib` starts no TensorFlow.
"""

from typing import Any

from course_lib import lazy, registration

__all__ = [
    "BitsPerCharacter",
    "CORPORA",
    "EmbeddedReberGrammar",
    "GRU",
    "GRUCell",
    "GRU_PARAMETERS",
    "HiddenMarkovSource",
    "LINEAR_RNN_PARAMETERS",
    "LSTM",
    "LSTMCell",
    "LSTM_PARAMETERS",
    "LanguageModel",
    "LinearRNN",
    "LinearRNNCell",
    "LiveTraining",
    "MarkovChain",
    "NGram",
    "Perplexity",
    "ProgressBar",
    "RNN",
    "RNNCell",
    "RNN_PARAMETERS",
    "ReberGrammar",
    "Vocabulary",
    "adding_predictor",
    "adding_problem",
    "bits_per_character",
    "check_gradients",
    "clip_by_global_norm",
    "computational_graph",
    "embed",
    "evaluate",
    "gate_heatmap",
    "global_norm",
    "gradient_flow",
    "gradient_norms",
    "half_lives",
    "hidden_states",
    "ladder",
    "load_corpus",
    "ngram_orders",
    "one_hot",
    "over_time",
    "perplexity",
    "perplexity_curve",
    "random_windows",
    "read_arpa",
    "read_text",
    "sample",
    "sequential_windows",
    "split_held_out",
    "stream",
    "train",
]

_HOMES = {
    "vocabulary": ("Vocabulary",),
    "corpus": ("CORPORA", "load_corpus", "read_text", "split_held_out"),
    "windows": ("random_windows", "sequential_windows"),
    "encoding": ("embed", "one_hot"),
    "cells.linear": ("LINEAR_RNN_PARAMETERS", "LinearRNNCell"),
    "cells.rnn": ("RNNCell", "RNN_PARAMETERS"),
    "cells.gru": ("GRUCell", "GRU_PARAMETERS"),
    "cells.lstm": ("LSTMCell", "LSTM_PARAMETERS"),
    "recurrent": ("GRU", "LSTM", "LinearRNN", "RNN", "over_time"),
    "perplexity": ("BitsPerCharacter", "Perplexity", "bits_per_character", "perplexity"),
    "clipping": ("clip_by_global_norm", "global_norm"),
    "language_model": ("LanguageModel",),
    "training": ("train",),
    "live_training": ("LiveTraining",),
    "progress_bar": ("ProgressBar",),
    "evaluation": ("evaluate",),
    "sampling": ("sample", "stream"),
    "ngram": ("NGram", "read_arpa"),
    "sources.adding": ("adding_predictor", "adding_problem"),
    "sources.hidden_markov": ("HiddenMarkovSource",),
    "sources.markov_chain": ("MarkovChain",),
    "sources.reber": ("EmbeddedReberGrammar", "ReberGrammar"),
    "plots": (
        "computational_graph",
        "gate_heatmap",
        "gradient_flow",
        "gradient_norms",
        "half_lives",
        "hidden_states",
        "ladder",
        "ngram_orders",
        "perplexity_curve",
    ),
    "bptt": ("check_gradients",),
}

_find = lazy.attach(__name__, _HOMES)
__all__ = lazy.present(__name__, _HOMES, __all__)  # for `import *` where a cell is left out

# The modules whose classes stand in saved models.
registration.register_with_keras(
    __name__,
    [
        *("cells.linear", "cells.rnn", "cells.gru", "cells.lstm", "recurrent"),
        *("language_model", "perplexity", "training"),
    ],
)


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
