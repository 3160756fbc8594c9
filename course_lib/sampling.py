"""Text from a language model, one token after the other; the state is carried, not recomputed."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from course_lib.carried_state import carrying_state

__all__ = ["sample", "stream"]


def sample(
    model: keras.Model,
    vocabulary: Any,
    prefix: str,
    length: int,
    temperature: float = 1.0,
    seed: int | None = None,
    top_k: int | None = None,
) -> str:
    """Read a prefix, then let the model go on; the prefix and `length` new tokens, as text.

        p(y) ∝ exp(o[y] / τ)         the drawn y is the next input

    The model reads the prefix once (warm-up), then does one step a token: a token costs the same
    at the end of a long text as at its beginning. The given model and its state stay as they are.

    model: functional or Sequential, ids (batch, time) -> logits (batch, time, vocabulary). Its
    recurrent layers are those of course_lib or of Keras (keras.layers.RNN and its kinds); all
    others must treat every time step by itself.
    vocabulary: a course_lib Vocabulary. Tokens of the prefix that it does not know are read as the
    unknown token; that token is never generated.
    length: number of tokens to generate. temperature: τ; 1 draws from the model's distribution,
    below 1 is bolder about the likely tokens, 0 always takes the likeliest.
    seed: the same seed gives the same text on the same machine; None, another each time.
    top_k: draw among the k likeliest tokens only; None, among all.
    Raises ValueError for a prefix without tokens, a negative length or temperature, a top_k below
    1, and a model that is not functional, reads the future, has NaN logits, or does not fit the
    vocabulary.
    Source: lecture, "RNN with hidden-state mechanism": the output is the next input; top_k: Fan et
    al. 2018, arXiv:1805.04833.
    """
    return "".join(stream(model, vocabulary, prefix, length, temperature, seed, top_k))


def stream(
    model: keras.Model,
    vocabulary: Any,
    prefix: str,
    length: int,
    temperature: float = 1.0,
    seed: int | None = None,
    top_k: int | None = None,
) -> Iterator[str]:
    """The pieces of `sample`'s text as they are made: the prefix, then a token at a time.

    Arguments and errors are those of `sample`; the errors come at once, not with the first piece.
    """
    _check(length, temperature, top_k)
    ids = vocabulary.encode(prefix)
    if len(ids) == 0:
        raise ValueError(
            f"the prefix has no token to start from; expected at least one of the "
            f"{vocabulary.level}, got {prefix!r}; try prefix='the ' or another beginning"
        )
    reading = carrying_state(model)
    size = reading.output_shape[-1]
    if size != len(vocabulary):
        raise ValueError(
            f"the model's logits are over {size} tokens and the vocabulary has {len(vocabulary)}; "
            "expected the same number; try the vocabulary that encoded the training text"
        )
    reading.compile(jit_compile=False)
    rng = np.random.default_rng(seed)

    def pieces() -> Iterator[str]:
        yield prefix
        last, joint = prefix[-1], vocabulary.level != "characters"
        new = ids
        for _ in range(length):
            logits = reading.predict_on_batch(np.asarray(new, "int32")[None])[0, -1]
            new = [_draw(logits, temperature, top_k, rng)]
            token = vocabulary.decode(new)
            yield (" " if joint and not last.isspace() else "") + token
            last = token[-1]

    return pieces()


def _check(length, temperature, top_k):
    if isinstance(length, bool) or not isinstance(length, int | np.integer) or length < 0:
        raise ValueError(
            f"length is not a number of tokens; expected a whole number of at least 0, got "
            f"{length!r}; try length=200"
        )
    if not (isinstance(temperature, int | float) and 0 <= temperature < np.inf):
        raise ValueError(
            f"temperature is not a number of at least 0; got {temperature!r}; try 1 for the "
            "model's own distribution, 0 for the likeliest token"
        )
    whole = isinstance(top_k, int | np.integer) and not isinstance(top_k, bool) and top_k >= 1
    if top_k is not None and not whole:
        raise ValueError(
            f"top_k is not a number of tokens; expected a whole number of at least 1 or None, got "
            f"{top_k!r}; try top_k=10"
        )


def _draw(logits, temperature, top_k, rng):
    """The id of a token other than 0, the unknown one."""
    logits = logits[1:].astype("float64")
    if np.isnan(logits).any():
        raise ValueError(
            "the model's logits are not numbers (NaN); expected finite ones; its weights are "
            "spoilt: train it again, with a smaller learning_rate or max_norm"
        )
    if temperature == 0:
        return 1 + int(np.argmax(logits))
    if top_k is not None and top_k < len(logits):
        likeliest = np.argsort(-logits, kind="stable")[:top_k]
        logits, kept = np.full_like(logits, -np.inf), logits[likeliest]
        logits[likeliest] = kept
    with np.errstate(over="ignore"):  # at a tiny temperature all but the likeliest go to exp(-inf)
        weights = np.exp((logits - logits.max()) / temperature)
    return 1 + int(rng.choice(len(weights), p=weights / weights.sum()))
