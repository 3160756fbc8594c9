"""Observations of the gru unit: one function a check, (student, case) -> named arrays."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from . import entries, pair, present

PARAMETERS = ("W_xr", "W_hr", "b_r", "W_xz", "W_hz", "b_z", "W_xh", "W_hh", "b_h")


def parameters(case: Any) -> dict[str, np.ndarray]:
    """The nine arrays of the case as the dict that the student's functions take."""
    return {name: case.values[name].copy() for name in PARAMETERS}


def reset_gate(student: Any, case: Any) -> dict[str, Any]:
    return present(r=student.reset_gate(case.x, case.h_prev, case.W_xr, case.W_hr, case.b_r))


def update_gate(student: Any, case: Any) -> dict[str, Any]:
    return present(z=student.update_gate(case.x, case.h_prev, case.W_xz, case.W_hz, case.b_z))


def candidate(student: Any, case: Any) -> dict[str, Any]:
    h_tilde = student.candidate(case.x, case.h_prev, case.r, case.W_xh, case.W_hh, case.b_h)
    return present(h_tilde=h_tilde)


def new_state(student: Any, case: Any) -> dict[str, Any]:
    return present(h=student.new_state(case.z, case.h_prev, case.h_tilde))


def one_step(student: Any, case: Any) -> dict[str, Any]:
    return present(h=student.gru_step(case.x, case.h_prev, parameters(case)))


def over_time(student: Any, case: Any) -> dict[str, Any]:
    hs, h_last = pair(student.gru_over_time(case.xs, case.h_0, parameters(case)))
    return present(hs=hs, h_T=h_last)


def _limit(function: Any, case: Any) -> dict[str, Any]:
    given = parameters(case)
    seen = entries(function(given), PARAMETERS)
    kept = all(np.array_equal(given[name], case.values[name]) for name in PARAMETERS)
    return {**seen, "input_unchanged": np.array(kept)}


def limit_copy(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student.copy_params, case)


def limit_plain_rnn(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student.plain_rnn_params, case)


def limit_forget(student: Any, case: Any) -> dict[str, Any]:
    return _limit(student.forget_params, case)


def step_gradients(student: Any, case: Any) -> dict[str, Any]:
    gradients = student.gru_step_gradients(case.x, case.h_prev, parameters(case), case.dh)
    return entries(gradients, ("x", "h_prev", *PARAMETERS))


def gradients_over_time(student: Any, case: Any) -> dict[str, Any]:
    gradients = student.gru_gradients(case.xs, case.h_0, parameters(case), case.dhs)
    return entries(gradients, ("xs", "h_0", *PARAMETERS))


def _layer_with(student: Any, case: Any, time: int | None = None) -> Any:
    """The student's cell inside keras.layers.RNN, built, the nine arrays loaded."""
    import keras

    cell = student.GRUCell(case.units)
    layer = keras.layers.RNN(cell, return_sequences=True, return_state=True)
    layer.build((None, time, case.features))
    cell.load({name: array.astype("float32") for name, array in parameters(case).items()})
    return layer


def keras_cell(student: Any, case: Any) -> dict[str, Any]:
    import tensorflow as tf

    layer = _layer_with(student, case)
    xs, h_0 = case.xs.astype("float32"), case.h_0.astype("float32")
    run = tf.function(lambda inputs, state: layer(inputs, initial_state=[state]))
    hs, h_last = run(tf.constant(xs), tf.constant(h_0))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer.cell(tf.constant(xs[:, 0]), [tf.constant(h_0)])[0])
    gradients = tape.gradient(total, layer.trainable_variables)
    return present(
        hs=hs,
        h_T=h_last,
        parameters=np.array(sum(int(np.prod(w.shape)) for w in layer.trainable_variables)),
        without_gradient=np.array(sum(g is None for g in gradients)),
        units_from_config=np.array(_units_from_config(layer.cell)),
    )


def _units_from_config(cell: Any) -> int:
    """The units of a cell made again from the config of this one; −1 if it cannot be made."""
    try:
        again = type(cell).from_config(cell.get_config())
        size = again.state_size  # a number, or a list of one number for each state
        return int(np.ravel(size)[0])
    except Exception:
        return -1


def keras_weights(student: Any, case: Any) -> dict[str, Any]:
    weights = student.keras_weights(parameters(case))
    if not isinstance(weights, tuple | list):
        return present(kernel=weights)
    return present(**dict(zip(("kernel", "recurrent_kernel", "bias"), weights, strict=False)))


def parameter_count(student: Any, case: Any) -> dict[str, Any]:
    sizes = [(int(features), int(units)) for features, units in case.sizes]
    return {
        "reset_before": np.array([student.parameter_count(d, u) for d, u in sizes]),
        "reset_after": np.array(
            [student.parameter_count(d, u, reset_after=True) for d, u in sizes]
        ),
    }


def _model(student: Any, case: Any) -> Any:
    import keras

    keras.utils.set_random_seed(int(case.weight_seed))
    return student.language_model(case.vocabulary_size, case.embedding_size, case.units)


def _logits(model: Any, ids: np.ndarray) -> np.ndarray:
    return np.asarray(model(ids, training=False))


def language_model(student: Any, case: Any) -> dict[str, Any]:
    calls, kind = [0], student.GRUCell
    original = kind.call

    @functools.wraps(original)
    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        return original(self, *args, **kwargs)

    kind.call = counted
    try:
        model = _model(student, case)
        logits = _logits(model, case.ids)
    finally:
        kind.call = original
    return present(
        logits=logits,
        logits_of_changed=_logits(model, case.changed_ids),
        cell_calls=np.array(calls[0]),
    )


def same_model(student: Any, case: Any) -> dict[str, Any]:
    layer = _layer_with(student, case)
    return present(hs=layer(case.embedded, initial_state=[np.zeros_like(case.h_0)])[0])


def _windows(case: Any) -> Any:
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((case.inputs, case.targets))
    return data.shuffle(len(case.inputs), seed=int(case.weight_seed)).batch(int(case.batch))


def learns(student: Any, case: Any) -> dict[str, Any]:
    """The budgeted training run; kept in the process, as `result` may need the same one."""
    asked = (case.weight_seed, student.train, student.language_model, student.GRUCell)
    if _budgeted_run.get("asked") != asked:
        _budgeted_run.update(asked=asked, seen=_trained_here(student, case))
    return dict(_budgeted_run["seen"])


_budgeted_run: dict[str, Any] = {}


def _build_optimizer_before_fit(model: Any) -> None:
    """Without variables of the optimizer Keras traces the training step twice, to the same end."""
    fit = model.fit

    @functools.wraps(fit)
    def build_and_fit(*args: Any, **kwargs: Any) -> Any:
        optimizer = getattr(model, "optimizer", None)
        if model.built and optimizer is not None and not optimizer.built:
            optimizer.build(model.trainable_variables)
        return fit(*args, **kwargs)

    model.fit = build_and_fit


def _trained_here(student: Any, case: Any) -> dict[str, Any]:
    model = _model(student, case)
    _build_optimizer_before_fit(model)
    losses = student.train(model, _windows(case), int(case.epochs))
    losses = getattr(losses, "history", losses)  # keras.callbacks.History is as good as its list
    losses = losses.get("loss") if isinstance(losses, dict) else losses
    optimizer = getattr(model, "optimizer", None)
    other = (getattr(optimizer, name, None) for name in ("clipnorm", "clipvalue"))
    return present(
        logits=_logits(model, case.held_out_inputs),
        losses=None if losses is None else np.asarray(losses, dtype=np.float64),
        other_clipping=np.array(any(value is not None for value in other)),
        loss_takes_probabilities=np.array(_takes_probabilities(getattr(model, "loss", None))),
    )


def _takes_probabilities(loss: Any) -> bool:
    """Whether a compiled Keras loss was told, or left to assume, that it gets probabilities."""
    if isinstance(loss, str):
        return "crossentropy" in loss
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    return config.get("from_logits") is False


def result(student: Any, case: Any) -> dict[str, Any]:
    """The trained model: with the weights that were handed in, else after the budgeted run."""
    weights = student.file("gru.weights.h5"), student.file("gru.npz")
    if not any(weights):
        return {**learns(student, case), "handed_in": np.array(False)}
    model = _model(student, case)
    model(case.held_out_inputs[:1])  # a Sequential or subclassed model has its weights now
    if weights[0] is not None:
        model.load_weights(weights[0])
    else:
        with np.load(weights[1], allow_pickle=False) as arrays:
            model.set_weights([arrays[name] for name in arrays.files])
    return {"logits": _logits(model, case.held_out_inputs), "handed_in": np.array(True)}


def gates_over_time(student: Any, case: Any) -> dict[str, Any]:
    r, z = pair(student.gates_over_time(case.xs, case.h_0, parameters(case)))
    return present(r=r, z=z)


def half_life(student: Any, case: Any) -> dict[str, Any]:
    return present(half_life=student.half_life(case.z))
