"""The same network in another library's convention: weights that move, and weights that cannot.

Keras stacks [kernel, recurrent_kernel, bias] with an equation's block beside the other, columns;
PyTorch stacks rows, and has two biases where Keras has one:

| | Keras, `get_weights()` | PyTorch, `state_dict()` |
|---|---|---|
| RNN | x W + h U + b | the same, b = b_ih + b_hh |
| GRU | blocks z, r, h | blocks r, z, n; resets after the product |
| LSTM | blocks i, f, c, o | blocks i, f, g, o, the same order; b = b_ih + b_hh |

The GRU comes in two kinds, and its update gate in two signs; see `course_lib.GRUCell`.

    before: h̃ = tanh(x W_xh + (r ⊙ h) W_hh + b_h)            the lecture, Cho et al. 2014 (v3)
    after:  h̃ = tanh(x W_xh + b_h + r ⊙ (h W_hh + b_hh))     Keras's default, cuDNN, PyTorch

Everything here is NumPy: lists of arrays in, lists of arrays out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["from_torch", "swap_update_gate", "to_reset_after", "to_reset_before", "to_torch"]

Weights = list[np.ndarray]

# Position of Keras's blocks among PyTorch's, by their number; its own inverse each.
ORDER = {1: (0,), 3: (1, 0, 2), 4: (0, 1, 2, 3)}


def swap_update_gate(weights: Sequence[Any]) -> Weights:
    """A GRU's weights for the other meaning of its update gate, and back.

        h = z ⊙ h_prev + (1 − z) ⊙ h̃   ⟷   h = (1 − z) ⊙ h_prev + z ⊙ h̃

    The z block of every array changes its sign, since σ(−a) = 1 − σ(a): exact.
    weights: [kernel, recurrent_kernel] and perhaps the bias, blocks z, r, h; of either kind of GRU.
    Raises ValueError if they are not a GRU's.
    """
    arrays = _gru(weights)
    units = arrays[1].shape[0]
    sign = np.concatenate([-np.ones(units), np.ones(2 * units)])
    return [array * sign.astype(array.dtype) for array in arrays]


def to_reset_before(weights: Sequence[Any]) -> Weights:
    """Weights of keras.layers.GRU (reset after) for course_lib.GRU (reset before), if there are.

    weights: [kernel, recurrent_kernel] and perhaps the bias (2, 3·units), blocks z, r, h.
    The two kinds agree where r ⊙ (h W_hh + b_hh) = (r ⊙ h) W_hh for every r and h: exactly where
    W_hh is diagonal and b_hh is 0. Everything else is ValueError; train again, or keep
    keras.layers.GRU.
    """
    kernel, recurrent_kernel, *bias = _gru(weights)
    _needs_diagonal(recurrent_kernel)
    if not bias:
        return [kernel, recurrent_kernel]
    (bias,) = bias
    if bias.ndim != 2:
        raise ValueError(
            "these weights are not of the kind that resets after the product; expected a bias of "
            f"shape (2, {bias.size}), got {bias.shape}; they fit course_lib.GRU as they are"
        )
    b_hh = np.abs(bias[1, -recurrent_kernel.shape[0] :]).max()
    if b_hh:
        raise ValueError(
            "no weights of course_lib.GRU compute this network: its candidate adds r ⊙ b_hh, and "
            "where the reset acts before the product r multiplies no bias; expected b_hh = 0, got "
            f"up to {b_hh:.3g}; try keras.layers.GRU, or train a course_lib.GRU"
        )
    return [kernel, recurrent_kernel, bias.sum(axis=0)]


def to_reset_after(weights: Sequence[Any]) -> Weights:
    """Weights of course_lib.GRU (reset before) for keras.layers.GRU (reset after), if there are.

    weights: [kernel, recurrent_kernel] and perhaps the bias (3·units,), blocks z, r, h.
    Raises ValueError unless W_hh is diagonal; see `to_reset_before`.
    """
    kernel, recurrent_kernel, *bias = _gru(weights)
    _needs_diagonal(recurrent_kernel)
    if bias and bias[0].ndim != 1:
        raise ValueError(
            "these weights are not of the kind that resets before the product; expected a bias of "
            f"shape ({bias[0].shape[-1]},), got {bias[0].shape}; they fit keras.layers.GRU as they "
            "are"
        )
    return [kernel, recurrent_kernel, *(np.stack([b, np.zeros_like(b)]) for b in bias)]


def from_torch(parameters: Mapping[str, Any], layer: int = 0, reverse: bool = False) -> Weights:
    """What `set_weights` takes, from `state_dict()` of torch.nn.RNN, GRU or LSTM.

    layer, reverse: which of a stack, and which direction of a bidirectional one.
    RNN and LSTM: for course_lib.RNN, LSTM and Keras's alike. GRU: for keras.layers.GRU, since
    PyTorch's resets after the product; `to_reset_before` says whether course_lib.GRU can have it.
    torch.nn.RNN(nonlinearity="relu") needs activation="relu"; its state_dict does not tell.
    Raises ValueError if the layer is not there, or is an LSTM with a projection.
    """
    end = f"_l{layer}" + "_reverse" * reverse
    needed = [f"weight_ih{end}", f"weight_hh{end}"]
    missing = [name for name in needed if name not in parameters]
    if missing or f"weight_hr{end}" in parameters:
        what = "an LSTM with proj_size, which Keras has not" if not missing else "no such layer"
        raise ValueError(
            f"cannot convert layer {layer}{' reverse' * reverse}: {what}; expected "
            f"{', '.join(needed)}, got {', '.join(map(str, parameters)) or 'nothing'}; try the "
            "state_dict() of the torch.nn.RNN, GRU or LSTM itself"
        )
    kernel, recurrent_kernel = (np.asarray(parameters[name]).T for name in needed)
    units = recurrent_kernel.shape[0]
    arrays = [kernel, recurrent_kernel]
    biases = [parameters.get(f"bias_{part}{end}") for part in ("ih", "hh")]
    if biases[0] is not None:
        both = np.stack([np.asarray(bias) for bias in biases])
        arrays.append(both if recurrent_kernel.shape[1] == 3 * units else both.sum(axis=0))
    return [_reordered(array, units) for array in arrays]


def to_torch(weights: Sequence[Any], layer: int = 0, reverse: bool = False) -> dict[str, Any]:
    """The inverse of `from_torch`: names and NumPy arrays for `load_state_dict`, as tensors.

    The one bias of an RNN or an LSTM becomes bias_ih, and bias_hh is 0.
    A GRU's are those of keras.layers.GRU: one without bias does not tell its kind, so take care.
    Raises ValueError for the bias of a GRU that resets before the product, which is not PyTorch's,
    and for what is no layer's weights.
    """
    kernel, recurrent_kernel, *bias = _checked(weights)
    units = recurrent_kernel.shape[0]
    is_gru = recurrent_kernel.shape[1] == 3 * units
    if bias and is_gru and bias[0].ndim != 2:
        raise ValueError(
            "torch.nn.GRU resets after the product, these weights are for the reset before it: "
            f"expected a bias of shape (2, {3 * units}), got {bias[0].shape}; try "
            "to_reset_after(weights), which says whether there are such weights"
        )
    end = f"_l{layer}" + "_reverse" * reverse
    arrays = {f"weight_ih{end}": kernel, f"weight_hh{end}": recurrent_kernel}
    if bias:
        both = bias[0] if is_gru else np.stack([bias[0], np.zeros_like(bias[0])])
        arrays |= {f"bias_ih{end}": both[0], f"bias_hh{end}": both[1]}
    return {
        name: np.ascontiguousarray(_reordered(array, units).T) for name, array in arrays.items()
    }


def _reordered(array: np.ndarray, units: int) -> np.ndarray:
    """Keras's blocks from PyTorch's or the other way round, along the last axis."""
    blocks = np.split(array, array.shape[-1] // units, axis=-1)
    return np.concatenate([blocks[position] for position in ORDER[len(blocks)]], axis=-1)


def _checked(weights: Sequence[Any]) -> Weights:
    """The weights as arrays; ValueError unless they can be an RNN's, a GRU's or an LSTM's."""
    arrays = [np.asarray(array) for array in weights]
    shapes = [array.shape for array in arrays]
    units = shapes[1][0] if len(shapes) > 1 and shapes[1] else 0
    wide = shapes[0][-1] if shapes and shapes[0] else 0
    good = units and wide in (units, 3 * units, 4 * units) and len(shapes[0]) == 2
    good = good and shapes[1] == (units, wide) and shapes[2:] in ([], [(wide,)], [(2, wide)])
    if not good:
        raise ValueError(
            "these are not the weights of one recurrent layer; expected [kernel, recurrent_kernel] "
            "and perhaps the bias, blocks beside each other, got arrays of shapes "
            f"{', '.join(map(str, shapes)) or 'none'}; try layer.get_weights()"
        )
    return arrays


def _gru(weights: Sequence[Any]) -> Weights:
    """The weights as arrays; ValueError unless they can be a GRU's."""
    arrays = _checked(weights)
    units, wide = arrays[1].shape
    if wide != 3 * units:
        raise ValueError(
            f"these are not a GRU's weights; expected a recurrent_kernel of shape ({units}, "
            f"{3 * units}), got {arrays[1].shape}; try the get_weights() of a GRU"
        )
    return arrays


def _needs_diagonal(recurrent_kernel: np.ndarray) -> None:
    units = recurrent_kernel.shape[0]
    W_hh = recurrent_kernel[:, 2 * units :]
    beside = np.abs(W_hh - np.diag(np.diag(W_hh))).max()
    if beside:
        raise ValueError(
            "a reset before the product and a reset after it are different networks, and no "
            "weights turn the one into the other unless W_hh of the candidate is diagonal; "
            f"expected 0 beside the diagonal, got up to {beside:.3g}; try the layer of the same "
            "kind (course_lib.GRU resets before, keras.layers.GRU after), or train again"
        )
