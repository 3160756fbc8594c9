"""Uses keras.layers.GRU in the language model."""

# passes: half_life
# notes: used a Keras layer

import keras
import numpy as np


def language_model(vocabulary_size, embedding_size, units):
    return keras.Sequential(
        [
            keras.layers.Embedding(vocabulary_size, embedding_size),
            keras.layers.GRU(units, return_sequences=True),
            keras.layers.Dense(vocabulary_size),
        ]
    )


def half_life(z):
    return np.log(0.5) / np.log(z).mean(axis=(0, 1))
