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
    "NGram",
    "Perplexity",
    "Vocabulary",
    "clip_by_global_norm",
    "embed",
    "gate_heatmap",
    "global_norm",
    "half_lives",
    "ladder",
    "language_model",
    "load_corpus",
    "one_hot",
    "perplexity",
    "perplexity_curve",
    "random_windows",
    "sample",
    "sequential_windows",
    "split_held_out",
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
    "language_model": ("language_model",),
    "training": ("train",),
    "sampling": ("sample",),
    "ngram": ("NGram",),
    "plots": ("gate_heatmap", "half_lives", "ladder", "perplexity_curve"),
}

_find = lazy.attach(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    return _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
