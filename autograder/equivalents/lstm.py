"""Mutants of the lstm unit that are no other answer: reason -> (definition, before, after)."""

from __future__ import annotations

from . import Change

CELL = "cell_state({})"
ZEROS = "np.zeros_like(params['{}' + gate])"
BOTH = "(np.zeros_like({}), np.zeros_like({}))"
LSTM_CELL_WEIGHT = "self.add_weight(shape=shapes[kind], initializer=first{})"
FIT = "model.fit(windows, epochs=epochs{})"
ADDING = "model.fit(inputs, targets, batch_size={}, epochs=epochs{})"


def _stuck(name: str, **biases: str) -> list[Change]:
    """The gates of `name` pushed to the same side, each twice as far."""

    def call(**gates: str) -> str:
        return f"stuck_gates(params, {', '.join(f'{g}={b}' for g, b in gates.items())})"

    before = call(**biases)
    further = {gate: bias.replace("50", "100") for gate, bias in biases.items()}
    return [(name, before, call(**{**biases, gate: b})) for gate, b in further.items()]


def _products(name: str) -> list[Change]:
    before = CELL.format("f, c_prev, i, c_tilde")
    swapped = ("c_prev, f, i, c_tilde", "f, c_prev, c_tilde, i")
    return [(name, before, CELL.format(each)) for each in swapped]


def _fit(*more: str) -> list[Change]:
    before = FIT.format(", shuffle=False, verbose=0")
    return [("train", before, FIT.format(each)) for each in more]


def _weights_of_stuck_gates(part: str, *others: str) -> list[Change]:
    key = f"stuck['{part}' + gate]"
    return [
        ("stuck_gates", f"{key} = {ZEROS.format(part)}", ""),
        ("stuck_gates", ZEROS.format(part), ZEROS.format(part).replace("zeros", "ones")),
        *[("stuck_gates", key, other) for other in (f"stuck['{part}']", "stuck[gate]", *others)],
    ]


EQUIVALENT: dict[str, list[Change]] = {
    "A gate whose bias is ±50 stands as firmly with ±100.": [
        *_stuck("carry_params", i="-50.0", f="50.0"),
        *_stuck("count_params", i="50.0", f="50.0"),
        *_stuck("rnn_params", i="50.0", f="-50.0", o="50.0"),
    ],
    "A bias of ±50 outweighs what the weights of a gate add, so they need not be zero.": [
        *_weights_of_stuck_gates("W_x", "stuck['W_h' + gate]"),
        *_weights_of_stuck_gates("W_h"),
    ],
    "Equation (5) has two products, and in each either factor may come first.": [
        *_products("lstm_step"),
        *_products("lstm_step_gradients"),
    ],
    "Only the shape is taken, and the two have the same one.": [
        ("lstm_gradients", "np.zeros_like(h_0)", "np.zeros_like(c_0)"),
        ("lstm_gradients", "np.zeros_like(c_0)", "np.zeros_like(h_0)"),
        ("lstm_gradients", BOTH.format("h_0", "c_0"), BOTH.format("c_0", "h_0")),
        ("lstm_gradients", "range(xs.shape[1])", "range(dxs.shape[1])"),
    ],
    "What is cut off, or filled in first, is never read.": [
        ("lstm_gradients", "[h_0[:, None], hs[:, :-1]]", "[h_0[:, None], hs[:, :]]"),
        ("lstm_gradients", "[c_0[:, None], cs[:, :-1]]", "[c_0[:, None], cs[:, :]]"),
        ("lstm_gradients", "np.zeros_like(xs)", "np.ones_like(xs)"),
    ],
    "Another name for the same thing: two axes, one column, two lists, two arrays of zeros.": [
        ("lstm_over_time", "(h, c, hs, cs)", "(h, c, cs, hs)"),
        (
            "lstm_gradients",
            f"dh, dc = {BOTH.format('h_0', 'c_0')}",
            f"dc, dh = {BOTH.format('h_0', 'c_0')}",
        ),
        ("LSTMCell", "input_shape[-1]", "input_shape[1]"),
        ("error_by_lag", "(predictions - targets)[:, 0]", "(predictions - targets)[:, -1]"),
    ],
    "The difference is squared, and so has no sign.": [
        ("error_by_lag", "predictions - targets", "targets - predictions"),
    ],
    "How weights begin, and what they are called, is the student's choice: training decides.": [
        (
            "LSTMCell",
            "{'W_x': 'glorot_uniform', 'W_h': 'orthogonal', 'b_': 'zeros'}",
            "{'W_x': 'orthogonal', 'W_h': 'glorot_uniform', 'b_': 'zeros'}",
        ),
        ("LSTMCell", LSTM_CELL_WEIGHT.format(", name=name"), LSTM_CELL_WEIGHT.format("")),
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
        ("train_adding", "learning_rate=0.01", "learning_rate=0.02"),
    ],
    "Keras does not shuffle a tf.data.Dataset, and what it prints is no answer.": [
        *_fit(
            ", verbose=0",
            ", shuffle=False",
            ", shuffle=True, verbose=0",
            ", shuffle=False, verbose=1",
            ", shuffle=False, verbose=-1",
        ),
        *[
            ("train_adding", ADDING.format(50, ", verbose=0"), ADDING.format(50, more))
            for more in ("", ", verbose=1", ", verbose=-1")
        ],
    ],
    "Forty batches an epoch either way, the last one a little shorter.": [
        (
            "train_adding",
            ADDING.format(50, ", verbose=0"),
            ADDING.format(51, ", verbose=0"),
        ),
    ],
}
