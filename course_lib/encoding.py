"""Token ids to vectors: the one-hot vector, and the embedding that is its product with a matrix."""

from typing import Any

import numpy as np

from course_lib.token_ids import positive, token_ids


def one_hot(ids: Any, vocabulary_size: int, dtype: str = "float32") -> np.ndarray:
    """The vectors v of tokens: 1 at the token's place, 0 elsewhere.

        v[i] = 1 if i = id else 0                                                        (1)

    Shapes: ids any, (batch, time) say -> (batch, time, vocabulary).
    Equals keras.ops.one_hot, which gives zeros for an id out of range where this raises ValueError.
    Source: lecture, "one-hot encoding".
    """
    size = positive("vocabulary_size", vocabulary_size)
    array = token_ids(ids, size)
    vectors = np.zeros((*array.shape, size), dtype)
    np.put_along_axis(vectors, array[..., None].astype(np.intp), 1, axis=-1)
    return vectors


def embed(ids: Any, matrix: Any) -> np.ndarray:
    """The embedding vectors v' of tokens: a row of the matrix for each id.

        v' = W v        with v = one_hot(id), W of shape (features, vocabulary)          (1)

    `matrix` is W transposed, one row a token, as Keras keeps it; so the rows of (1) are
    one_hot(ids) @ matrix, and reading row `id` is that product without the multiplications by 0.

    Shapes: ids any, (batch, time) say; matrix (vocabulary, features) -> (batch, time, features).
    Equals keras.layers.Embedding, whose weight is `matrix`.
    Source: lecture, "one-hot encoding", the embedding matrix.
    Raises ValueError for an id out of range, or for a matrix without exactly two axes.
    """
    rows = np.asarray(matrix)
    if rows.ndim != 2:
        raise ValueError(
            "the embedding matrix must have two axes; expected (vocabulary, features), "
            f"got {rows.shape}; try layer.embeddings of a keras.layers.Embedding"
        )
    return rows[token_ids(ids, rows.shape[0])]
