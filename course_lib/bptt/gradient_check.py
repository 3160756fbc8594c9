"""Are the gradients right? Central differences tell, in float64."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["check_gradients", "numerical_gradients", "relative_error"]

Arrays = Mapping[str, Any]


def check_gradients(
    loss: Callable[[dict[str, np.ndarray]], float],
    arrays: Arrays,
    gradients: Arrays,
    step: float = 1e-5,
) -> dict[str, float]:
    """The largest relative error of each gradient against central differences.

    loss: a function from a dict like `arrays` to a number. gradients: the claim to be checked, by
    the same names; arrays whose name is not in it are not checked.
    In float64, right gradients of a smooth loss come out below 1e-6 where the gradient is not
    tiny itself, wrong ones mostly above 1e-3. A kink (ReLU, max) within the step looks like a wrong
    gradient.
    Raises ValueError for a name that is not in arrays, a shape that differs, and for float32
    arrays: rounding alone would show errors of 1e-2.
    """
    unknown = [name for name in gradients if name not in arrays]
    if unknown or not gradients:
        raise ValueError(
            f"gradients are named like the arrays; expected some of {', '.join(arrays)}, got "
            f"{', '.join(unknown) or 'none'}; try gradients(run, d_o)"
        )
    for name, gradient in gradients.items():
        if np.shape(gradient) != np.shape(arrays[name]):
            raise ValueError(
                f"the gradient of {name} has its shape; expected {np.shape(arrays[name])}, got "
                f"{np.shape(gradient)}; is it transposed, or not summed over the batch?"
            )
    numerical = numerical_gradients(loss, arrays, step, tuple(gradients))
    return {
        name: float(relative_error(gradient, numerical[name]).max(initial=0))
        for name, gradient in gradients.items()
    }


def numerical_gradients(
    loss: Callable[[dict[str, np.ndarray]], float],
    arrays: Arrays,
    step: float = 1e-5,
    names: tuple[str, ...] | None = None,
) -> dict[str, np.ndarray]:
    """∂L/∂w ≈ (L(w + s) − L(w − s)) / (2 s), for one element at a time.

    step: s. The error of the formula falls as s², that of rounding grows as 1/s: near 1e-5 both
    are small in float64. names: which arrays; None for all. `arrays` is not changed.
    Raises ValueError for float16 and float32 arrays, or a step that is not a positive number.
    """
    if not 0 < step < np.inf:
        raise ValueError(f"step is a small positive number; got {step!r}; try step=1e-5")
    for name, value in arrays.items():
        if np.asarray(value).dtype in (np.float16, np.float32):
            raise ValueError(
                f"{name} is {np.asarray(value).dtype}; expected float64, since differences of "
                "near-equal losses leave few digits of a shorter number; try .astype('float64'), "
                "and let the loss compute in float64, too"
            )
    point = {name: np.array(value, float) for name, value in arrays.items()}
    found = {}
    for name in point if names is None else names:
        found[name] = np.empty_like(point[name])
        for index in np.ndindex(point[name].shape):
            here = point[name][index]
            point[name][index] = here + step
            above = float(loss(point))
            point[name][index] = here - step
            below = float(loss(point))
            point[name][index] = here
            found[name][index] = (above - below) / (2 * step)
    return found


def relative_error(a: Any, b: Any) -> np.ndarray:
    """|a − b| / max(1e-8, |a| + |b|), element by element: 0 equal, 1 opposite or one of them 0."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))
