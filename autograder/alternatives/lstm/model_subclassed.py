"""Both models as subclasses of keras.Model that are built when they are first called."""

# mypy: ignore-errors

import keras


class LanguageModel(keras.Model):
    def __init__(self, vocabulary_size, embedding_size, units):
        super().__init__()
        self.embedding = keras.layers.Embedding(vocabulary_size, embedding_size)
        self.recurrent = keras.layers.RNN(LSTMCell(units), return_sequences=True)  # noqa: F821
        self.decoder = keras.layers.Dense(vocabulary_size)

    def call(self, ids):
        return self.decoder(self.recurrent(self.embedding(ids)))


class AddingModel(keras.Model):
    def __init__(self, cell):
        super().__init__()
        self.recurrent = keras.layers.RNN(cell, return_state=True)
        self.decoder = keras.layers.Dense(1)

    def call(self, numbers, training=None):
        h_T, *_ = self.recurrent(numbers, training=training)
        return self.decoder(h_T)


language_model = LanguageModel
adding_model = AddingModel
