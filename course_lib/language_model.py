"""A recurrent language model: token ids in, logits of the next token out."""

from collections.abc import Callable

import keras

from course_lib.token_ids import positive

__all__ = ["language_model"]


def language_model(
    vocabulary_size: int,
    embedding_size: int,
    units: int,
    cell: str | Callable[[int], keras.Layer] = "gru",
) -> keras.Model:
    """A Keras model that reads token ids and predicts, at each of them, the next.

        x_t = W_embedding[id_t]                   embedding
        h_t = f(x_t, h_{t-1}),  h_0 = 0           the cell over time
        o_t = h_t W_output + b_output             logits
        p(id_{t+1} | id_1 … id_t) ∝ exp(o_t)      taken care of by loss, perplexity and sampling

    Shapes: ids (batch, time) integers, any batch, any time; logits (batch, time, vocabulary).
    cell: "gru", or a function from units to a Keras cell, such as a class `MyCell` or
    `keras.layers.LSTMCell`; called once.
    Raises ValueError for sizes below 1 and for an unknown cell.
    Source: lecture, "RNN with hidden-state mechanism" and "output decoding".
    """
    vocabulary_size = positive("vocabulary_size", vocabulary_size)
    embedding_size = positive("embedding_size", embedding_size)
    recurrent = _over_time(cell, positive("units", units))
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = keras.layers.Embedding(vocabulary_size, embedding_size, name="embedding")(ids)
    h = recurrent(x)
    logits = keras.layers.Dense(vocabulary_size, name="logits")(h)
    return keras.Model(ids, logits, name="language_model")


def _over_time(cell, units):
    if callable(cell):
        return keras.layers.RNN(cell(units), return_sequences=True, name="recurrent")
    if cell != "gru":
        raise ValueError(
            f'unknown cell {cell!r}; known: "gru". For another one pass a function from units to '
            "a Keras cell, such as keras.layers.LSTMCell"
        )
    from course_lib.recurrent import GRU  # here, for courses where students write the cell

    return GRU(units, return_sequences=True, name="recurrent")
