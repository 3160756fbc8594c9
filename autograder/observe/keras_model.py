"""Observations of a student's Keras cell and of the language model around it, for any unit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import present


class KerasModel:
    """The observing functions of one unit; each is (student, case) -> named arrays.

    unit: names the weights that are handed in. name: of the student's cell class.
    parameters: the arrays that its `load` takes. states: of the cell, as the case names them:
    the initial state of "h" is case.h_0, its last one is returned as "h_T".
    """

    def __init__(
        self, unit: str, name: str, parameters: tuple[str, ...], states: tuple[str, ...] = ("h",)
    ) -> None:
        self.unit, self.name = unit, name
        self.parameters, self.states = parameters, states

    def _layer(self, student: Any, case: Any) -> Any:
        """The student's cell inside keras.layers.RNN, built, the case's arrays loaded."""
        import keras

        cell = getattr(student, self.name)(case.units)
        layer = keras.layers.RNN(cell, return_sequences=True, return_state=True)
        layer.build((None, None, case.features))
        cell.load(self._arrays(case))
        return layer

    def _arrays(self, case: Any) -> dict[str, np.ndarray]:
        return {name: case.values[name].astype("float32") for name in self.parameters}

    def _loads_unbuilt(self, student: Any, case: Any, built: Any) -> bool:
        """Whether `load` makes the weights of a cell that has none yet, and fills them."""
        cell = getattr(student, self.name)(case.units)
        try:
            cell.load(self._arrays(case))
            pairs = zip(cell.get_weights(), built.get_weights(), strict=True)
            return all(np.array_equal(one, other) for one, other in pairs)
        except Exception:
            return False

    def cell(self, student: Any, case: Any) -> dict[str, Any]:
        import tensorflow as tf

        layer = self._layer(student, case)
        xs = tf.constant(case.xs.astype("float32"))
        first = [tf.constant(case.values[f"{s}_0"].astype("float32")) for s in self.states]

        def run(xs: Any, first: Any) -> Any:
            return layer(xs, initial_state=first)

        if not case.hidden:  # as Keras's own fit does: a graph, not rewritten by AutoGraph before
            run = tf.function(run, autograph=False)
        hs, *last = run(xs, first)
        with tf.GradientTape() as tape:
            output, states = layer.cell(xs[:, 0], first)
            total = sum(tf.reduce_sum(array) for array in (output, *tf.nest.flatten(states)))
        gradients = tape.gradient(total, layer.trainable_variables)
        return present(
            hs=hs,
            **{f"{name}_T": array for name, array in zip(self.states, last, strict=False)},
            parameters=np.array(sum(int(np.prod(w.shape)) for w in layer.trainable_variables)),
            without_gradient=np.array(sum(g is None for g in gradients)),
            state_sizes=np.array(tf.nest.flatten(layer.cell.state_size)),
            **({} if case.hidden else self._made_again(student, case, layer.cell)),
        )

    def _made_again(self, student: Any, case: Any, cell: Any) -> dict[str, Any]:
        """What has nothing to do with the numbers of a case: looked at on the public one only."""
        return present(
            units_from_config=np.array(_units_from_config(cell)),
            name_from_config=np.array(_keeps_name(cell)),
            loads_unbuilt=np.array(self._loads_unbuilt(student, case, cell)),
        )

    def same_model(self, student: Any, case: Any) -> dict[str, Any]:
        layer = self._layer(student, case)
        zeros = np.zeros((len(case.embedded), case.units), np.float32)
        return present(hs=layer(case.embedded, initial_state=[zeros for _ in self.states])[0])

    def _model(self, student: Any, case: Any) -> Any:
        import keras

        keras.utils.set_random_seed(int(case.weight_seed))
        return student.language_model(case.vocabulary_size, case.embedding_size, case.units)

    def language_model(self, student: Any, case: Any) -> dict[str, Any]:
        calls, kind = [0], getattr(student, self.name)
        original = kind.call

        @functools.wraps(original)
        def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls[0] += 1
            return original(self, *args, **kwargs)

        kind.call = counted
        try:
            model = self._model(student, case)
            logits = _logits(model, case.ids)
        finally:
            kind.call = original
        return present(
            logits=logits,
            logits_of_changed=_logits(model, case.changed_ids),
            cell_calls=np.array(calls[0]),
            sizes=None if case.hidden else np.array([_size(model), self._larger(student, case)]),
        )

    def _larger(self, student: Any, case: Any) -> int:
        """How many numbers the model has with an embedding of twice the size."""
        model = student.language_model(case.vocabulary_size, 2 * case.embedding_size, case.units)
        if not model.built:  # a Sequential or subclassed model, which has no weights before
            _logits(model, case.ids)
        return _size(model)

    def learns(self, student: Any, case: Any) -> dict[str, Any]:
        """The budgeted training run; kept in the process, as `result` may need the same one."""
        kind = getattr(student, self.name)
        asked = (case.weight_seed, student.train, student.language_model, kind)
        if _budgeted_run.get("asked") != asked:
            _budgeted_run.update(asked=asked, seen=self._trained_here(student, case))
        return dict(_budgeted_run["seen"])

    def _trained_here(self, student: Any, case: Any) -> dict[str, Any]:
        model = self._model(student, case)
        windows, epochs = _windows(case), int(case.epochs)
        run = trained(model, lambda: student.train(model, windows, epochs))
        return present(
            logits=_logits(model, case.held_out_inputs),
            loss_takes_probabilities=np.array(_takes_probabilities(getattr(model, "loss", None))),
            **run,
        )

    def result(self, student: Any, case: Any) -> dict[str, Any]:
        """The trained model: with the weights that were handed in, else after the budgeted run."""
        weights = student.file(f"{self.unit}.weights.h5"), student.file(f"{self.unit}.npz")
        if not any(weights):
            return {**self.learns(student, case), "handed_in": np.array(False)}
        model = self._model(student, case)
        model(case.held_out_inputs[:1])  # a Sequential or subclassed model has its weights now
        if weights[0] is not None:
            model.load_weights(weights[0])
        else:
            with np.load(weights[1], allow_pickle=False) as arrays:
                model.set_weights([arrays[name] for name in arrays.files])
        return {"logits": _logits(model, case.held_out_inputs), "handed_in": np.array(True)}


def trained(model: Any, train: Callable[[], Any]) -> dict[str, Any]:
    """Run a student's training of `model`: its losses, and how the gradients were clipped."""
    _build_optimizer_before_fit(model)
    losses = train()
    losses = getattr(losses, "history", losses)  # keras.callbacks.History is as good as its list
    losses = losses.get("loss") if isinstance(losses, dict) else losses
    optimizer = getattr(model, "optimizer", None)
    other = (getattr(optimizer, name, None) for name in ("clipnorm", "clipvalue"))
    return present(
        losses=None if losses is None else np.asarray(losses, dtype=np.float64),
        other_clipping=np.array(any(value is not None for value in other)),
        theta=np.array(_theta(model, optimizer)),
        steps=np.array(_steps(model, optimizer)),
    )


_budgeted_run: dict[str, Any] = {}


def _units_from_config(cell: Any) -> int:
    """The units of a cell made again from the config of this one; −1 if it cannot be made."""
    try:
        again = type(cell).from_config(cell.get_config())
        size = again.state_size  # a number, or a list of one number for each state
        return int(np.ravel(size)[0])
    except Exception:
        return -1


def _keeps_name(cell: Any) -> bool:
    """Whether the config holds what Keras itself says of a layer, of which the name is a part."""
    try:
        return bool(type(cell).from_config(cell.get_config()).name == cell.name)
    except Exception:
        return False


def _size(model: Any) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.weights)


def _logits(model: Any, ids: np.ndarray) -> np.ndarray:
    return np.asarray(model(ids, training=False))


def _windows(case: Any) -> Any:
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((case.inputs, case.targets))
    return data.shuffle(len(case.inputs), seed=int(case.weight_seed)).batch(int(case.batch))


def _build_optimizer_before_fit(model: Any) -> None:
    """Without variables of the optimizer Keras traces the training step twice, to the same end."""
    fit = model.fit

    @functools.wraps(fit)
    def build_and_fit(*args: Any, **kwargs: Any) -> Any:
        optimizer = getattr(model, "optimizer", None)
        if model.built and optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)
        model.fitted = True
        return fit(*args, **kwargs)

    model.fit = build_and_fit


def _theta(model: Any, optimizer: Any) -> float:
    """θ of the compiled optimizer; 0: nothing clips; NaN: the student's own loop may do it."""
    if getattr(optimizer, "global_clipnorm", None) is not None:
        return float(optimizer.global_clipnorm)
    return 0.0 if _keras_made_the_steps(model) else float("nan")


def _steps(model: Any, optimizer: Any) -> float:
    """How many steps the compiled optimizer made in `fit`; NaN where the loop is the student's."""
    known = optimizer is not None and _keras_made_the_steps(model)
    return float(optimizer.iterations) if known else float("nan")


def _keras_made_the_steps(model: Any) -> bool:
    """Whether `fit` ran with Keras's own step: neither the loop nor the step is the student's."""
    import keras

    own_step = type(model).train_step is not keras.Model.train_step
    return not own_step and bool(getattr(model, "fitted", False))


def _takes_probabilities(loss: Any) -> bool:
    """Whether a compiled Keras loss was told, or left to assume, that it gets probabilities."""
    if isinstance(loss, str):
        return "crossentropy" in loss
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    return config.get("from_logits") is False
