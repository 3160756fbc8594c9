"""The models step the cell by hand; the adding model keeps all states and takes the last."""

# mypy: ignore-errors

import keras
from keras import ops


class Unrolled(keras.layers.Layer):
    """Calls the cell itself, step after step."""

    def __init__(self, cell, **kwargs):
        super().__init__(**kwargs)
        self.cell = cell

    def build(self, input_shape):
        self.cell.build((input_shape[0], input_shape[-1]))

    def call(self, xs):
        zeros = ops.zeros((ops.shape(xs)[0], self.cell.units))
        states, hs = [zeros, zeros], []
        for t in range(xs.shape[1]):
            out, states = self.cell(xs[:, t], states)
            hs.append(out)
        return ops.stack(hs, axis=1)


class OneHot(keras.Model):
    def __init__(self, vocabulary_size, embedding_size, units):
        super().__init__()
        self.size = vocabulary_size
        self.project = keras.layers.Dense(embedding_size, use_bias=False)
        self.states = Unrolled(LSTMCell(units))  # noqa: F821
        self.logits = keras.layers.Dense(vocabulary_size)

    def call(self, ids, training=None, mask=None):
        vectors = ops.one_hot(ops.cast(ids, "int32"), self.size)
        return self.logits(self.states(self.project(vectors)))


def language_model(vocabulary_size, embedding_size, units):
    return OneHot(vocabulary_size, embedding_size, units)


def adding_model(cell):
    numbers = keras.Input(shape=(None, 2))
    hs = keras.layers.RNN(cell, return_sequences=True)(numbers)
    return keras.Model(numbers, keras.layers.Dense(1)(hs[:, -1]))
