"""The lecture in code: text, vocabulary, windows, cells, language models, in Keras.

Every name below is imported when it is first used, so `import course_lib` starts no TensorFlow.
"""

from typing import Any

from course_lib import lazy

__all__ = [
    "CORPORA",
    "GRU",
    "GRUCell",
    "GRU_PARAMETERS",
    "LanguageModel",
    "NGram",
    "Perplexity",
    "Vocabulary",
    "check_gradients",
    "clip_by_global_norm",
    "embed",
    "gate_heatmap",
    "global_norm",
    "half_lives",
    "ladder",
    "load_corpus",
    "one_hot",
    "perplexity",
    "perplexity_curve",
    "random_windows",
    "sample",
    "sequential_windows",
    "split_held_out",
    "stream",
    "train",
]

_HOMES = {
    "vocabulary": ("Vocabulary",),
    "corpus": ("CORPORA", "load_corpus", "split_held_out"),
    "windows": ("random_windows", "sequential_windows"),
    "encoding": ("embed", "one_hot"),
    "cells.gru": ("GRUCell", "GRU_PARAMETERS"),
    "recurrent": ("GRU",),
    "perplexity": ("Perplexity", "perplexity"),
    "clipping": ("clip_by_global_norm", "global_norm"),
    "language_model": ("LanguageModel",),
    "training": ("train",),
    "sampling": ("sample", "stream"),
    "ngram": ("NGram",),
    "plots": ("gate_heatmap", "half_lives", "ladder", "perplexity_curve"),
    "bptt": ("check_gradients",),
}

_find = lazy.attach(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
