"""The forward pass, which keeps what the backward pass needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Run", "forward"]

WEIGHTS, BIASES = ("W_xh", "W_hh", "W_ho"), ("b_h", "b_o")
ACTIVATIONS = {
    # φ, and φ′ as a function of h = φ(a)
    "tanh": (np.tanh, lambda h: 1 - h**2),
    "linear": (lambda a: a, np.ones_like),
}


@dataclass(frozen=True)
class Run:
    """What a forward pass leaves behind; row t − 1 of every array in time belongs to step t."""

    parameters: dict[str, np.ndarray]
    x: np.ndarray  # (batch, time, features)    x_1 … x_T
    h_prev: np.ndarray  # (batch, time, units)  h_0 … h_{T-1}
    h: np.ndarray  # (batch, time, units)       h_1 … h_T
    o: np.ndarray  # (batch, time, outputs)     o_1 … o_T
    slope: np.ndarray  # (batch, time, units)   φ′(a_t)


def forward(
    parameters: Mapping[str, Any], x: Any, h_0: Any = None, activation: str = "tanh"
) -> Run:
    """Read the inputs x and write down every state and output.

        a_t = x_t W_xh + h_{t-1} W_hh + b_h                                  (1)
        h_t = φ(a_t)            φ = tanh, or the identity ("linear")         (2)
        o_t = h_t W_ho + b_o                                                 (3)

    Shapes: x (batch, time, features); h_0 (batch, units), zeros if it is not given; parameters:
    W_xh (features, units), W_hh (units, units), W_ho (units, outputs), and, where there are biases,
    b_h (units,), b_o (outputs,). Everything is computed in float64.
    The lecture's linear RNN has column vectors and no biases: h_t = W_hx x_t + W_hh h_{t-1},
    o_t = W_oh h_t. Here a batch of rows stands on the left of a weight, so that
    W_xh, W_hh, W_ho are the transposes of its W_hx, W_hh, W_oh.
    Raises ValueError for a wrong name or shape, or an unknown activation.
    Source: lecture, "recurrent neural network" and "example: linear RNN".
    """
    if activation not in ACTIVATIONS:
        raise ValueError(
            f'unknown activation; expected "tanh" or "linear", got {activation!r}; '
            "for gated cells see course_lib.cells"
        )
    phi, slope = ACTIVATIONS[activation]
    parameters = {name: np.asarray(value, float) for name, value in parameters.items()}
    x = np.asarray(x, float)
    _check_names(parameters)
    units, outputs = _check_shapes(parameters, x)
    h = np.zeros((len(x), units)) if h_0 is None else np.asarray(h_0, float)
    if h.shape != (len(x), units):
        raise ValueError(
            f"h_0 is (batch, units); expected {(len(x), units)}, got {h.shape}; try h_0=None for "
            "zeros"
        )
    b_h = parameters.get("b_h", np.zeros(units))
    b_o = parameters.get("b_o", np.zeros(outputs))
    states = np.empty((len(x), x.shape[1] + 1, units))
    states[:, 0] = h
    for t, x_t in enumerate(x.swapaxes(0, 1), start=1):
        h = phi(x_t @ parameters["W_xh"] + h @ parameters["W_hh"] + b_h)
        states[:, t] = h
    h_prev, h = states[:, :-1], states[:, 1:]
    return Run(parameters, x, h_prev, h, h @ parameters["W_ho"] + b_o, slope(h))


def _check_names(parameters):
    missing = [name for name in WEIGHTS if name not in parameters]
    unknown = [str(name) for name in parameters if name not in WEIGHTS + BIASES]
    if missing or unknown:
        raise ValueError(
            f"the parameters are {', '.join(WEIGHTS)} and, if there are biases, "
            f"{', '.join(BIASES)}; missing: {', '.join(missing) or 'none'}; "
            f"unknown: {', '.join(unknown) or 'none'}"
        )


def _check_shapes(parameters, x):
    if x.ndim != 3 or 0 in x.shape:
        raise ValueError(
            "x is (batch, time, features), at least one of each; got shape "
            f"{x.shape}; try x[None] for a single sequence"
        )
    units, outputs = (parameters["W_ho"].shape + (0, 0))[:2]
    expected = {"W_xh": (x.shape[2], units), "W_hh": (units, units), "W_ho": (units, outputs)}
    expected |= {"b_h": (units,), "b_o": (outputs,)}
    wrong = [
        f"{name} must be {expected[name]}, got {value.shape}"
        for name, value in parameters.items()
        if value.shape != expected[name]
    ]
    if wrong:
        raise ValueError(
            f"wrong shape for {x.shape[2]} features, {units} units and {outputs} outputs: "
            f"{'; '.join(wrong)}. Rows of x stand on the left, x W_xh: transpose the lecture's W_hx"
        )
    return units, outputs
