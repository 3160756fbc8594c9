"""Text from a language model, one token after the other; the state is carried, not recomputed."""

from typing import Any

import keras
import numpy as np

__all__ = ["sample"]


def sample(
    model: keras.Model,
    vocabulary: Any,
    prefix: str,
    length: int,
    temperature: float = 1.0,
    seed: int | None = None,
) -> str:
    """Read a prefix, then let the model go on; the prefix and `length` new tokens, as text.

        p(y) ∝ exp(o[y] / τ)         the drawn y is the next input

    The model reads the prefix once (warm-up), then does one step a token: a token costs the same
    at the end of a long text as at its beginning. The given model and its state stay as they are.

    model: functional or Sequential, ids (batch, time) -> logits (batch, time, vocabulary). Its
    recurrent layers are those of Keras (keras.layers.RNN and its kinds); all others must treat
    every time step by itself.
    vocabulary: a course_lib Vocabulary. Tokens of the prefix that it does not know are read as the
    unknown token; that token is never generated.
    length: number of tokens to generate. temperature: τ; 1 draws from the model's distribution,
    below 1 is bolder about the likely tokens, 0 always takes the likeliest.
    seed: the same seed gives the same text on the same machine; None, another each time.
    Raises ValueError for a prefix without tokens, a negative length or temperature, and a model
    that is not functional, reads the future, has NaN logits, or does not fit the vocabulary.
    Source: lecture, "RNN with hidden-state mechanism": the output is the next input.
    """
    if isinstance(length, bool) or not isinstance(length, int | np.integer) or length < 0:
        raise ValueError(
            f"length is not a number of tokens; expected a whole number of at least 0, got "
            f"{length!r}; try length=200"
        )
    if not (isinstance(temperature, int | float) and 0 <= temperature < np.inf):
        raise ValueError(
            f"temperature is not a number of at least 0; got {temperature!r}; try 1 for the "
            "model's own distribution, 0 for the likeliest token"
        )
    ids = vocabulary.encode(prefix)
    if len(ids) == 0:
        raise ValueError(
            f"the prefix has no token to start from; expected at least one of the "
            f"{vocabulary.level}, got {prefix!r}; try prefix='the ' or another beginning"
        )
    graph = _graph(model)
    size = graph.output_shape[-1]
    if size != len(vocabulary):
        raise ValueError(
            f"the model's logits are over {size} tokens and the vocabulary has {len(vocabulary)}; "
            "expected the same number; try the vocabulary that encoded the training text"
        )
    rng = np.random.default_rng(seed)
    step = _carrying_state(graph)
    generated: list[int] = []
    while len(generated) < length:
        logits = step(generated[-1:] or ids)
        generated.append(_draw(logits, temperature, rng))
    joint = "" if vocabulary.level == "characters" or prefix[-1].isspace() else " "
    return prefix + joint + vocabulary.decode(generated) if generated else prefix


def _draw(logits, temperature, rng):
    """The id of a token other than 0, the unknown one."""
    logits = logits[1:].astype("float64")
    if np.isnan(logits).any():
        raise ValueError(
            "the model's logits are not numbers (NaN); expected finite ones; its weights are "
            "spoilt: train it again, with a smaller learning_rate or max_norm"
        )
    if temperature == 0:
        return 1 + int(np.argmax(logits))
    with np.errstate(over="ignore"):  # at a tiny temperature all but the likeliest go to exp(-inf)
        weights = np.exp((logits - logits.max()) / temperature)
    return 1 + int(rng.choice(len(weights), p=weights / weights.sum()))


def _graph(model):
    """The model's layers from ids to logits, without what it was compiled with."""
    try:
        return keras.Model(model.inputs[0], model.outputs[0])
    except (AttributeError, TypeError) as error:
        raise ValueError(
            f"{model!r} has no known output; expected a functional model, such as "
            "language_model(...) gives, or a Sequential one that has been built; a subclassed "
            "model cannot be rebuilt to carry its state"
        ) from error


def _carrying_state(graph):
    """A function from new ids (time,) to the logits (vocabulary,) after the last of them."""
    one_row = keras.Input(batch_shape=(1, None), dtype="int32")
    carrying = keras.models.clone_model(
        graph, input_tensors=one_row, clone_function=_carrying_layer
    )
    carrying.compile(jit_compile=False)
    return lambda ids: carrying.predict_on_batch(np.asarray(ids, "int32")[None])[0, -1]


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
    return keras.layers.RNN(
        layer.cell,
        return_sequences=layer.return_sequences,
        return_state=layer.return_state,
        zero_output_for_mask=layer.zero_output_for_mask,
        stateful=True,
        dtype=layer.dtype_policy,
        name=layer.name,
    )
