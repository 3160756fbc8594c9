"""One-hot vectors and a product instead of an embedding; the cell is stepped by hand."""

# mypy: ignore-errors

import keras
from keras import ops


class Unrolled(keras.layers.Layer):
    """Calls the cell itself, step after step."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.cell = RNNCell(units)  # noqa: F821

    def build(self, input_shape):
        self.cell.build((input_shape[0], input_shape[-1]))

    def call(self, xs):
        h, hs = [ops.zeros((ops.shape(xs)[0], self.cell.state_size))], []
        for t in range(xs.shape[1]):
            out, h = self.cell(xs[:, t], h)
            hs.append(out)
        return ops.stack(hs, axis=1)


class OneHot(keras.Model):
    def __init__(self, vocabulary_size, embedding_size, units):
        super().__init__()
        self.size = vocabulary_size
        self.project = keras.layers.Dense(embedding_size, use_bias=False)
        self.states = Unrolled(units)
        self.logits = keras.layers.Dense(vocabulary_size)

    def call(self, ids, training=None, mask=None):
        vectors = ops.one_hot(ops.cast(ids, "int32"), self.size)
        return self.logits(self.states(self.project(vectors)))


def language_model(vocabulary_size, embedding_size, units):
    return OneHot(vocabulary_size, embedding_size, units)
