"""The language model as keras.Sequential, layer names and all."""

# mypy: ignore-errors

import keras


def language_model(vocabulary_size, embedding_size, units):
    return keras.Sequential(
        [
            keras.layers.Embedding(vocabulary_size, embedding_size, name="characters"),
            keras.layers.RNN(RNNCell(units=units), return_sequences=True),  # noqa: F821
            keras.layers.TimeDistributed(keras.layers.Dense(vocabulary_size), name="logits"),
        ]
    )
