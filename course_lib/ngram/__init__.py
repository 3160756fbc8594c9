"""Markov models of text: count n-grams, smooth the counts, score, sample, exchange.

    p(x_1 … x_T) = Π_t p(x_t | x_1 … x_{t-1}) ≈ Π_t p(x_t | x_{t-n+1} … x_{t-1})

The right-hand side is the Markov assumption: n − 1 tokens of context are enough. `fit` estimates
the factors from counts; the smoothings differ in what they do about contexts and tokens that the
text does not hold.
Source: lecture, "Markov assumption" and "language model".
"""

from course_lib.ngram.arpa import read_arpa
from course_lib.ngram.fitting import SMOOTHINGS, fit
from course_lib.ngram.model import NGram

__all__ = ["SMOOTHINGS", "NGram", "fit", "read_arpa"]
