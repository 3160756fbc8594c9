"""Clipping gradients by their global norm.

    g ← min(1, θ / ‖g‖) g         ‖g‖ = sqrt(Σ over all arrays, all elements, of g²)

One factor for all arrays: the direction of the step stays, only its length is bounded by θ. It
bounds gradients that explode; it lifts none that vanish.
Source: lecture, "gradients (back-propagation through time)"; Pascanu et al. 2013, arXiv:1211.5063.
"""

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import tensorflow as tf
from keras import ops

__all__ = ["clip_by_global_norm", "global_norm"]


def global_norm(arrays: Sequence[Any]) -> Any:
    """‖g‖ over a list of arrays of any shapes, as a scalar tensor.

    None (a variable that the loss does not depend on) counts as zeros. In tf.IndexedSlices, the
    gradient of an embedding, rows that occur more than once are added up before they are squared.
    Squares are added up in float32 at least: the square of 256 overflows float16.
    Not finite if any element is not, or if the squares overflow.
    Raises TypeError for anything but a list or tuple of arrays.
    """
    if not isinstance(arrays, list | tuple):
        raise TypeError(
            "the global norm is taken over a list of arrays, one for each variable; got "
            f"{type(arrays).__name__}. For one array g, pass [g]"
        )
    present = [array for array in _dense(arrays) if array is not None]
    squares = [ops.sum(ops.square(ops.cast(a, _at_least_float32(a.dtype)))) for a in present]
    return ops.sqrt(ops.sum(ops.stack(squares))) if squares else ops.zeros(())


def clip_by_global_norm(gradients: Sequence[Any], max_norm: float) -> tuple[list[Any], Any]:
    """Scale all gradients by min(1, max_norm / ‖g‖); returns (clipped, norm before clipping).

    gradients: a list of arrays, tensors, tf.IndexedSlices or None. They come back as new tensors
    of the same dtype, None as None, slices dense: left as slices, Adam would square each of an
    embedding's repeated rows by itself. max_norm: θ > 0. Zero gradients stay zero.
    If the norm is not finite, every clipped gradient is NaN: no direction is left to keep, and
    the next loss says so.
    Equals tf.clip_by_global_norm and the optimizers' global_clipnorm, both of which take the norm
    of slices without adding up repeated rows.
    Raises ValueError for a max_norm that is not a positive number, TypeError as global_norm does
    and for arrays of whole numbers.
    """
    if not (isinstance(max_norm, Real) and 0 < max_norm < math.inf):
        raise ValueError(
            f"max_norm is the largest length a step may have, a number above 0; got {max_norm!r}. "
            "To train without clipping, leave the call out"
        )
    norm, arrays = global_norm(gradients), _dense(gradients)
    if whole := [g.dtype.name for g in arrays if g is not None and not g.dtype.is_floating]:
        raise TypeError(
            f"gradients are real numbers; expected arrays of a float dtype, got {whole[0]}; try "
            "tf.cast(g, 'float32')"
        )
    factor = max_norm / ops.maximum(norm, max_norm)  # min(1, θ / ‖g‖) without dividing by 0
    factor = ops.where(ops.isfinite(norm), factor, math.nan)
    return [None if g is None else g * ops.cast(factor, g.dtype) for g in arrays], norm


def _at_least_float32(dtype):
    return "float64" if dtype == tf.float64 else "float32"


def _dense(arrays):
    """The arrays as tensors; tf.IndexedSlices with repeated rows added up."""
    return [None if array is None else tf.convert_to_tensor(array) for array in arrays]
