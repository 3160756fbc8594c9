"""From a text to a model: `fit`."""

from typing import Any

from course_lib.ngram.counts import count_ngrams
from course_lib.ngram.model import NGram
from course_lib.ngram.sequences import Alphabet, as_row
from course_lib.ngram.smoothing import AddK, MaximumLikelihood, Smoothing, WittenBell
from course_lib.token_ids import positive

SMOOTHINGS = ("mle", "add_k", "witten_bell")


def fit(
    ids: Any,
    vocabulary_size: int,
    order: int,
    smoothing: str = "witten_bell",
    *,
    k: float = 1.0,
    held_out: Any = None,
    boundaries: bool = False,
    reversed: bool = False,
) -> NGram:
    """An n-gram model of a text.

    ids: one sequence (length,), or a list of sequences; no n-gram reaches from one into the next.
    vocabulary_size: V; ids are 0 … V − 1, the unknown token among them.
    order: n, the length of the n-grams: 1 is unigrams, 2 bigrams.
    smoothing: one of SMOOTHINGS.
    k: what add_k adds to every count.
    boundaries: each sequence begins with <s> and ends with </s>, which is predicted.
    reversed: read from the last token to the first: p(x_t | x_{t+1} … x_{t+n-1}).
    Raises ValueError for an empty text, ids outside the vocabulary, an order below 1, an unknown
    smoothing, k that is not above 0.
    """
    alphabet = Alphabet(positive("vocabulary_size", vocabulary_size), bool(boundaries))
    order = positive("order", order)
    if smoothing not in SMOOTHINGS:
        raise ValueError(
            f"unknown smoothing; expected one of {', '.join(SMOOTHINGS)}, got {smoothing!r}; try "
            "smoothing='witten_bell'"
        )
    estimators: dict[str, Any] = {
        "mle": MaximumLikelihood,
        "add_k": lambda: AddK(k),
        "witten_bell": WittenBell,
    }
    estimator: Smoothing = estimators[smoothing]()
    counts = count_ngrams(as_row(ids, alphabet, reversed), alphabet, order)
    return NGram.from_counts(counts, estimator, smoothing, reversed)
