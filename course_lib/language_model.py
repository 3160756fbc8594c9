"""A recurrent language model: token ids in, logits of the next token out."""

from collections.abc import Callable
from typing import Any

import keras

from course_lib.carried_state import StateReset
from course_lib.token_ids import positive

__all__ = ["CELLS", "LanguageModel"]

CELLS = {"linear": "LinearRNN", "rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
"""What `cell` may be called -> the layer of course_lib that it stands for."""


@keras.saving.register_keras_serializable(package="course_lib")
class LanguageModel(keras.Model):
    """A Keras model that reads token ids and predicts, at each of them, the next.

        x_t = W_embedding[id_t]                   embedding, or the one-hot vector of id_t   (1)
        h_t = f(x_t, h_{t-1}),  h_0 = 0           the cell over time, layer upon layer       (2)
        o_t = h_t W_output + b_output             logits                                     (3)
        p(id_{t+1} | id_1 … id_t) ∝ exp(o_t)      taken care of by loss, perplexity and sampling

    Shapes: ids (batch, time) integers, any batch, any time; logits (batch, time, vocabulary).
    cell: "lstm", "gru", "rnn", "linear", or a function from units to a Keras cell, such as a class
    `MyCell` or `keras.layers.LSTMCell`; called once a layer.
    The embedding starts from N(0, 1), all else as in Keras.
    tied: the embedding matrix also makes the logits, o_t = (h_t W_projection) W_embedding^T, with
    the projection left out where units = embedding_size; it then starts from Keras's ±0.05.
    one_hot: no embedding; embedding_size is not used. dropout: the share of x_t and of each layer's
    h_t that is set to 0 while training; what goes from step to step is never dropped.
    stateful: the state after a batch is the state before the next one, as sequential_windows needs
    it; then batch_size must be given. `fit`, `evaluate` and `predict` start from zero state, `fit`
    in every epoch.
    It is a functional Keras model: compile and fit it, or call `train`; save it as `.keras`. To
    load one whose cell is a class of your own, register the class with Keras.
    Raises ValueError for sizes below 1, an unknown cell, a dropout outside 0 ≤ p < 1, tied
    together with one_hot, and stateful without batch_size.
    Source: lecture, "RNN with hidden-state mechanism", "embedding matrix" and "output decoding";
    tied: Press & Wolf 2017, arXiv:1608.05859; dropout: Zaremba et al. 2014, arXiv:1409.2329.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int = 64,
        units: int = 256,
        cell: str | Callable[[int], keras.Layer] = "lstm",
        layers: int = 1,
        tied: bool = False,
        one_hot: bool = False,
        dropout: float = 0.0,
        stateful: bool = False,
        batch_size: int | None = None,
        name: str = "language_model",
        **kwargs: Any,
    ):
        config = {
            "vocabulary_size": positive("vocabulary_size", vocabulary_size),
            "embedding_size": positive("embedding_size", embedding_size),
            "units": positive("units", units),
            "cell": cell,
            "layers": positive("layers", layers),
            "tied": bool(tied),
            "one_hot": bool(one_hot),
            "dropout": dropout,
            "stateful": bool(stateful),
            "batch_size": None if batch_size is None else positive("batch_size", batch_size),
        }
        _check(config)
        ids = keras.Input(batch_shape=(batch_size, None), dtype="int32", name="ids")
        if one_hot:
            embedding = OneHot(vocabulary_size, name="one_hot")
        elif tied:
            embedding = keras.layers.ReversibleEmbedding(
                vocabulary_size, embedding_size, name="embedding"
            )
        else:
            embedding = keras.layers.Embedding(
                vocabulary_size,
                embedding_size,
                # As large as a state; with Keras's own, ±0.05, all inputs look alike for epochs.
                keras.initializers.RandomNormal(stddev=1.0),
                name="embedding",
            )
        h = embedding(ids)
        for number in range(1, layers + 1):
            if dropout:
                h = keras.layers.Dropout(dropout, name=f"dropout_{number}")(h)
            h = _over_time(cell, units, stateful, "recurrent" + f"_{number}" * (layers > 1))(h)
        if dropout:
            h = keras.layers.Dropout(dropout, name="dropout")(h)
        if not tied:
            logits = keras.layers.Dense(vocabulary_size, name="logits")(h)
        else:
            if units != embedding_size:
                h = keras.layers.Dense(embedding_size, use_bias=False, name="projection")(h)
            logits = embedding(h, reverse=True)
        super().__init__(ids, logits, name=name, **kwargs)
        self._config = config

    def fit(self, *args: Any, callbacks: Any = None, **kwargs: Any) -> Any:
        """keras.Model.fit; the layers' carried state is set to zero before each epoch."""
        return super().fit(*args, callbacks=_with_reset(callbacks), **kwargs)

    def evaluate(self, *args: Any, callbacks: Any = None, **kwargs: Any) -> Any:
        """keras.Model.evaluate, from zero state."""
        return super().evaluate(*args, callbacks=_with_reset(callbacks), **kwargs)

    def predict(self, *args: Any, callbacks: Any = None, **kwargs: Any) -> Any:
        """keras.Model.predict, from zero state."""
        return super().predict(*args, callbacks=_with_reset(callbacks), **kwargs)

    def settings(self) -> dict[str, Any]:
        """The arguments it was made with; a cell of one's own is named by its class."""
        cell = type(self.recurrent[0].cell).__name__
        return self._config | {
            "cell": cell if callable(self._config["cell"]) else self._config["cell"]
        }

    @property
    def recurrent(self) -> list[keras.layers.RNN]:
        """The recurrent layers, the lowest first."""
        return [layer for layer in self.layers if isinstance(layer, keras.layers.RNN)]

    def get_config(self) -> dict[str, Any]:
        config = {**self._config, "name": self.name}
        if callable(config["cell"]):  # the function may be a lambda; what it made can be written
            cells = [layer.cell for layer in self.recurrent]
            config["cell"] = [keras.saving.serialize_keras_object(cell) for cell in cells]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "LanguageModel":
        if isinstance(config["cell"], list):
            cells = [
                keras.saving.deserialize_keras_object(cell, custom_objects)
                for cell in reversed(config["cell"])
            ]
            config = {**config, "cell": lambda units: cells.pop()}
        return cls(**config)


@keras.saving.register_keras_serializable(package="course_lib")
class OneHot(keras.layers.Layer):
    """Ids (batch, time) to one-hot vectors (batch, time, vocabulary), as course_lib.one_hot."""

    def __init__(self, vocabulary_size: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size

    def call(self, ids: Any) -> Any:
        return keras.ops.one_hot(ids, self.vocabulary_size, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size}


def _over_time(cell, units, stateful, name):
    """The layer that runs the cell over time and gives all its states."""
    options = {"return_sequences": True, "stateful": stateful, "name": name}
    if callable(cell):
        return keras.layers.RNN(cell(units), **options)
    from course_lib import recurrent  # here, for courses where students write a cell

    return getattr(recurrent, CELLS[cell])(units, **options)


def _check(config):
    cell, dropout = config["cell"], config["dropout"]
    if not callable(cell) and cell not in CELLS:
        raise ValueError(
            f"unknown cell {cell!r}; expected one of {', '.join(CELLS)}; for another one pass a "
            "function from units to a Keras cell, such as keras.layers.LSTMCell"
        )
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise ValueError(
            f"dropout is not a share; expected a number of at least 0 and below 1, got "
            f"{dropout!r}; try dropout=0.2"
        )
    if config["tied"] and config["one_hot"]:
        raise ValueError(
            "tied and one_hot exclude each other; expected at most one of them, got both: one-hot "
            "vectors have no embedding matrix to share; try one_hot=False"
        )
    if config["stateful"] and config["batch_size"] is None:
        raise ValueError(
            "a stateful model keeps one state for each row of a batch; expected a batch_size, got "
            "None; try the batch of sequential_windows(ids, batch, time)"
        )


def _with_reset(callbacks):
    """The callbacks and a StateReset; a CallbackList is `fit`'s own, which has one."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    return [*keras.tree.flatten(callbacks or []), StateReset()]
