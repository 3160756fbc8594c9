"""The language model as a subclass of keras.Model that is built when it is first called."""

# mypy: ignore-errors

import keras


class LanguageModel(keras.Model):
    def __init__(self, vocabulary_size, embedding_size, units):
        super().__init__()
        self.embedding = keras.layers.Embedding(vocabulary_size, embedding_size)
        self.recurrent = keras.layers.RNN(RNNCell(units), return_sequences=True)  # noqa: F821
        self.decoder = keras.layers.Dense(vocabulary_size)

    def call(self, ids):
        return self.decoder(self.recurrent(self.embedding(ids)))


language_model = LanguageModel
