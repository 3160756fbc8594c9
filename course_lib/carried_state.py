"""A model's state from one piece of text to the next: carried on, or set back to zero."""

from typing import Any

import keras

from course_lib.recurrent_layer import RecurrentLayer

__all__ = ["StateReset", "carrying_state", "reset_state"]


def reset_state(model: keras.Model) -> None:
    """Set the state of every layer with `stateful=True` back to zero."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()


class StateReset(keras.callbacks.Callback):
    """Zero state before each epoch, and before and after held-out text; for stateful layers.

    Keras itself never resets a state: the first window of an epoch would go on from the last window
    of the epoch before, which is another part of the text.
    """

    def on_epoch_begin(self, epoch, logs=None):
        reset_state(self.model)

    def on_test_begin(self, logs=None):
        reset_state(self.model)

    def on_test_end(self, logs=None):
        reset_state(self.model)

    def on_predict_begin(self, logs=None):
        reset_state(self.model)

    def on_predict_end(self, logs=None):
        reset_state(self.model)


def carrying_state(model: Any, rows: int = 1) -> keras.Model:
    """The model with the same weights, reading `rows` texts piece by piece with its state carried.

    model: functional or Sequential, ids (batch, time) -> logits (batch, time, vocabulary). Its
    recurrent layers are those of Keras (keras.layers.RNN and its kinds) or of course_lib; all
    others must treat every time step by itself. It keeps its own state.
    Returns a model, ids (rows, time) -> logits (rows, time, vocabulary), that starts from zero
    state and goes on where the last call stopped; `reset_state` starts anew.
    Raises ValueError for a model that is not functional, contains a model, or reads the future.
    """
    try:
        graph = keras.Model(model.inputs[0], model.outputs[0])  # without what it was compiled with
    except (AttributeError, TypeError) as error:
        raise ValueError(
            f"{model!r} has no known output; expected a functional model, such as "
            "LanguageModel(...), or a Sequential one that has been built; a subclassed model "
            "cannot be rebuilt to carry its state"
        ) from error
    ids = keras.Input(batch_shape=(rows, None), dtype="int32")
    return keras.models.clone_model(graph, input_tensors=ids, clone_function=_carrying_layer)


def _carrying_layer(layer):
    """The layer itself; a recurrent one with its cell in a loop that remembers the state."""
    if isinstance(layer, keras.Model):
        raise ValueError(
            f"layer {layer.name!r} is itself a model, whose state cannot be carried; expected "
            "recurrent layers in the model itself; build it from layers"
        )
    reads_future = isinstance(layer, keras.layers.Bidirectional)
    if reads_future or getattr(layer, "go_backwards", False):
        raise ValueError(
            f"layer {layer.name!r} reads the text backwards; expected a model whose prediction "
            "depends on earlier tokens only; text is generated from the left to the right"
        )
    if not isinstance(layer, keras.layers.RNN):
        return layer
    if isinstance(layer, RecurrentLayer):  # which then runs as fast as it does in the model
        carrying = type(layer).from_config({**layer.get_config(), "stateful": True})
        carrying.cell = layer.cell
        return carrying
    return keras.layers.RNN(
        layer.cell,
        return_sequences=layer.return_sequences,
        return_state=layer.return_state,
        zero_output_for_mask=layer.zero_output_for_mask,
        stateful=True,
        dtype=layer.dtype_policy,
        name=layer.name,
    )
