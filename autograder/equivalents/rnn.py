"""Mutants of the rnn unit that are no other answer: reason -> (definition, before, after)."""

from __future__ import annotations

from . import Change

BATCHES = "rng.permutation(windows)[:windows // batch * batch].reshape({}, batch, 1)"
PICKED = "np.take_along_axis(log_softmax(o), targets[..., None]{})"
ADD_WEIGHT = "self.add_weight(shape=shape{})"
PAIRS = "zip(CELL, shapes, starts{})"
FIT = "model.fit(windows, epochs=epochs{})"


def _fit(*more: str) -> list[Change]:
    before = FIT.format(", shuffle=False, verbose=0")
    return [("train", before, FIT.format(each)) for each in more]


EQUIVALENT: dict[str, list[Change]] = {
    "To NumPy's reshape every negative length stands for what is left.": [
        ("random_batches", BATCHES.format(-1), BATCHES.format(-2)),
    ],
    "Another name for the same thing: two axes, one axis of length one, one state, a default.": [
        (
            "log_odds",
            "((v[y] - v[other]) * h).sum(axis=-1)",
            "((v[y] - v[other]) * h).sum(axis=1)",
        ),
        ("token_losses", PICKED.format(", axis=-1"), PICKED.format("")),
        (
            "token_losses",
            PICKED.format(", axis=-1") + "[..., 0]",
            PICKED.format(", axis=-1") + "[..., -1]",
        ),
        (
            "sequential_batches",
            "rows.reshape(batch, count, time).swapaxes(0, 1)",
            "rows.reshape(batch, count, time).swapaxes(1, 0)",
        ),
        ("RNNCell", "input_shape[-1]", "input_shape[1]"),
        ("RNNCell", "states[0] @ w['W_hh']", "states[-1] @ w['W_hh']"),
        (
            "generate",
            "with_temperature(o[0, -1], temperature)",
            "with_temperature(o[-1, -1], temperature)",
        ),
        ("generate", "new.append(ids[0]) #2", "new.append(ids[-1])"),
    ],
    "Two equal rows are read in place of one, and the first is used.": [
        ("generate", "(1, len(params['b_h']))", "(2, len(params['b_h']))"),
    ],
    "How weights begin, and what they are called, is the student's choice: training decides.": [
        (
            "RNNCell",
            "('glorot_uniform', 'orthogonal', 'zeros')",
            "('orthogonal', 'glorot_uniform', 'zeros')",
        ),
        (
            "RNNCell",
            ADD_WEIGHT.format(", initializer=start, name=name"),
            ADD_WEIGHT.format(", name=name"),
        ),
        (
            "RNNCell",
            ADD_WEIGHT.format(", initializer=start, name=name"),
            ADD_WEIGHT.format(", initializer=start"),
        ),
    ],
    "The three are of one length, so `strict` has nothing to find.": [
        ("RNNCell", PAIRS.format(", strict=True"), PAIRS.format("")),
        ("RNNCell", PAIRS.format(", strict=True"), PAIRS.format(", strict=False")),
    ],
    "Keras turns ids into whole numbers by itself.": [
        (
            "language_model",
            "keras.Input(shape=(None,), dtype='int32')",
            "keras.Input(shape=(None,))",
        ),
    ],
    "Twice the learning rate reaches the threshold as well: the result counts.": [
        ("train", "learning_rate=0.01", "learning_rate=0.02"),
    ],
    "Keras does not shuffle a tf.data.Dataset, and what it prints is no answer.": _fit(
        ", verbose=0",
        ", shuffle=False",
        ", shuffle=True, verbose=0",
        ", shuffle=False, verbose=1",
        ", shuffle=False, verbose=-1",
    ),
}
