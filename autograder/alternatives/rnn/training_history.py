"""train returns keras's History as it is, and measures more than it was asked for."""

# mypy: ignore-errors

import keras


def train(model, windows, epochs):
    model.compile(
        keras.optimizers.Adam(0.01, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model.fit(windows.prefetch(1), epochs=epochs, verbose=0)
