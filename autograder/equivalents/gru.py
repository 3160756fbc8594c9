"""Mutants of the gru unit that are no other answer: reason -> (definition, before, after)."""

from __future__ import annotations

from . import Change

STUCK = "stuck_gates(params, r={r}, z={z})"
WEIGHTS = ("W_xr", "W_hr", "W_xz", "W_hz")
UPDATE = "update_gate(x, {h}, params['W_xz'], params['W_hz'], params['b_z'])"
CANDIDATE = "candidate(x, {h}, {r}, params['W_xh'], params['W_hh'], params['b_h'])"
ADD_WEIGHT = "self.add_weight(shape=shapes[name[:-1]]{initializer}{name})"
FIT = "model.fit(windows, epochs=epochs{more})"


def _stuck(name: str, right: tuple[str, str], *wrong: tuple[str, str]) -> list[Change]:
    before = STUCK.format(r=right[0], z=right[1])
    return [(name, before, STUCK.format(r=r, z=z)) for r, z in wrong]


def _names(*wrong: tuple[str, str, str, str]) -> list[Change]:
    return [("stuck_gates", str(WEIGHTS), str(names)) for names in wrong]


def _fit(*more: str) -> list[Change]:
    before = FIT.format(more=", shuffle=False, verbose=0")
    return [("train", before, FIT.format(more=each)) for each in more]


EQUIVALENT: dict[str, list[Change]] = {
    "A gate whose bias is ±50 stands as firmly with ±100, and at z = 1 any r gives the copy.": [
        *_stuck("copy_params", ("-50.0", "+50.0"), ("50.0", "+50.0"), ("-100.0", "+50.0")),
        *_stuck("copy_params", ("-50.0", "+50.0"), ("-50.0", "50.0"), ("-50.0", "+100.0")),
        *_stuck("plain_rnn_params", ("+50.0", "-50.0"), ("50.0", "-50.0"), ("+100.0", "-50.0")),
        *_stuck("plain_rnn_params", ("+50.0", "-50.0"), ("+50.0", "-100.0")),
        *_stuck("forget_params", ("-50.0", "-50.0"), ("-100.0", "-50.0"), ("-50.0", "-100.0")),
    ],
    "A bias of ±50 outweighs what the weights of a gate add, so they need not be zero.": [
        ("stuck_gates", "np.zeros_like(params[name])", "np.ones_like(params[name])"),
        ("stuck_gates", "params | gates", "gates | params"),
        ("stuck_gates", "params | gates", "params"),
        ("stuck_gates", "params | gates", "params | biases"),
        *_names(
            ("W_hr", "W_hr", "W_xz", "W_hz"),
            ("W_xr", "W_xr", "W_xz", "W_hz"),
            ("W_xr", "W_hr", "W_xr", "W_hz"),
            ("W_xr", "W_hr", "W_xz", "W_hr"),
        ),
    ],
    "The order in which four arrays are made zero changes nothing.": _names(
        ("W_hr", "W_xr", "W_xz", "W_hz"),
        ("W_xr", "W_xz", "W_hr", "W_hz"),
        ("W_xr", "W_hr", "W_hz", "W_xz"),
    ),
    "Only the shape is taken, and the two have the same one.": [
        ("stuck_gates", "np.full_like(params['b_r'], r)", "np.full_like(params['b_z'], r)"),
        ("stuck_gates", "np.full_like(params['b_z'], z)", "np.full_like(params['b_r'], z)"),
        ("gru_gradients", "np.zeros_like(h_0)", "np.zeros_like(_)"),
        ("gru_gradients", "range(xs.shape[1])", "range(dxs.shape[1])"),
    ],
    "Equations (1) and (2) are the same function of other arguments.": [
        (name, UPDATE.format(h=h), UPDATE.format(h=h).replace("update", "reset"))
        for name, h in (("gru_step", "h_prev"), ("gru_step_gradients", "h_prev"))
        + (("gates_over_time", "h"),)
    ],
    "Equation (3) has the product of r and h_{t-1}: either may come first.": [
        (name, CANDIDATE.format(h="h_prev", r="r"), CANDIDATE.format(h="r", r="h_prev"))
        for name in ("gru_step", "gru_step_gradients")
    ],
    "What is cut off, or filled in first, is never read.": [
        ("gru_gradients", "[h_0[:, None], hs[:, :-1]]", "[h_0[:, None], hs[:, :]]"),
        ("gru_gradients", "np.zeros_like(xs)", "np.ones_like(xs)"),
    ],
    "Another name for the same thing: two axes, one state, two empty lists, two axes of a mean.": [
        ("GRUCell", "input_shape[-1]", "input_shape[1]"),
        ("GRUCell", "(states[0], self.parts)", "(states[-1], self.parts)"),
        ("gates_over_time", "h, rs, zs = (h_0, [], [])", "h, zs, rs = (h_0, [], [])"),
        ("half_life", "np.log(z).mean(axis=(0, 1))", "np.log(z).mean(axis=(1, 0))"),
    ],
    "How weights begin, and what they are called, is the student's choice: training decides.": [
        (
            "GRUCell",
            "{'W_x': 'glorot_uniform', 'W_h': 'orthogonal', 'b_': 'zeros'}",
            "{'W_x': 'orthogonal', 'W_h': 'glorot_uniform', 'b_': 'zeros'}",
        ),
        (
            "GRUCell",
            ADD_WEIGHT.format(initializer=", initializer=start[name[:-1]]", name=", name=name"),
            ADD_WEIGHT.format(initializer="", name=", name=name"),
        ),
        (
            "GRUCell",
            ADD_WEIGHT.format(initializer=", initializer=start[name[:-1]]", name=", name=name"),
            ADD_WEIGHT.format(initializer=", initializer=start[name[:-1]]", name=""),
        ),
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
