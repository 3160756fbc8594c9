"""From a text to a model: `fit`."""

from typing import Any

from course_lib.corpus import split_held_out
from course_lib.ngram.counts import NGramCounts, count_ngrams
from course_lib.ngram.interpolation import JelinekMercer, fit_weights
from course_lib.ngram.kneser_ney import KneserNey
from course_lib.ngram.model import NGram
from course_lib.ngram.sequences import Alphabet, as_row
from course_lib.ngram.smoothing import AddK, MaximumLikelihood, Smoothing, WittenBell
from course_lib.token_ids import positive

SMOOTHINGS = ("mle", "add_k", "interpolation", "witten_bell", "kneser_ney")


def fit(
    ids: Any,
    vocabulary_size: int,
    order: int,
    smoothing: str = "witten_bell",
    *,
    k: float = 1.0,
    held_out: Any = None,
    classes: int = 8,
    boundaries: bool = False,
    reversed: bool = False,
) -> NGram:
    """An n-gram model of a text.

    ids: one sequence (length,), or a list of sequences; no n-gram reaches from one into the next.
    vocabulary_size: V; ids are 0 … V − 1, the unknown token among them.
    order: n, the length of the n-grams: 1 is unigrams, 2 bigrams.
    smoothing: "mle" (maximum likelihood), "add_k", "interpolation" (Jelinek-Mercer),
        "witten_bell" or "kneser_ney" (interpolated, modified).
    k: what add_k adds to every count.
    held_out: the text for the weights of the interpolation: ids as above, not those to be scored
        later. Or a share, such as 0.1: the end of the text (of the list) is held out for the
        weights; then the whole of it is counted.
    classes: the interpolation has a weight for each order and each of so many classes of contexts,
        seen once, 2–3 times, 4–7 times, …; 1 is a single weight an order.
    boundaries: each sequence begins with <s> and ends with </s>, which is predicted.
    reversed: read from the last token to the first: p(x_t | x_{t+1} … x_{t+n-1}).
    Raises ValueError for an empty text, ids outside the vocabulary, an order below 1, an unknown
    smoothing, k that is not above 0, and interpolation without held-out text.
    """
    alphabet = Alphabet(positive("vocabulary_size", vocabulary_size), bool(boundaries))
    order, classes = positive("order", order), positive("classes", classes)

    def counted(text: Any) -> NGramCounts:
        return count_ngrams(as_row(text, alphabet, reversed), alphabet, order)

    estimator: Smoothing
    if smoothing == "mle":
        estimator = MaximumLikelihood()
    elif smoothing == "add_k":
        estimator = AddK(k)
    elif smoothing == "witten_bell":
        estimator = WittenBell()
    elif smoothing == "kneser_ney":
        estimator = KneserNey()
    elif smoothing == "interpolation":
        seen, unseen = _held_out(ids, held_out)
        held = as_row(unseen, alphabet, reversed)
        estimator = JelinekMercer(fit_weights(counted(seen), held, classes))
    else:
        raise ValueError(
            f"unknown smoothing; expected one of {', '.join(SMOOTHINGS)}, got {smoothing!r}; try "
            "smoothing='witten_bell'"
        )
    return NGram.from_counts(counted(ids), estimator, smoothing, reversed)


def _held_out(ids: Any, held_out: Any) -> tuple[Any, Any]:
    """The text to count, and the text to fit the weights on."""
    if held_out is None:
        raise ValueError(
            "the weights of the interpolation are fitted on held-out text; expected held_out=ids "
            "or a share of the text, got None; try held_out=0.1"
        )
    return split_held_out(ids, held_out) if isinstance(held_out, float) else (ids, held_out)
