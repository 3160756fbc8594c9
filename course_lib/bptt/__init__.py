"""Back-propagation through time by hand, in NumPy and float64, for the linear and the tanh RNN.

The steps of the derivation, one function each:

    run = forward(parameters, x, h_0)                   h_t, o_t
    loss, d_o = squared_error(run.o, y)                 L, ∂L/∂o_t
    delta = deltas(run, d_o)                            δ_t = ∂L/∂h_t, backwards in time
    gradients(run, d_o)                                 ∂L/∂ every weight, every x_t, h_0

and the same gradients by the lecture's sum over products of Jacobians (`closed_form_gradients`),
truncated (`gradients(..., tau=)`, `windowed_gradients`), truncated at random without bias
(`randomised_gradients`), and checked by central differences (`check_gradients`).
`jacobian_norms` and `spectral_radius` tell why gradients vanish or explode.
"""

from course_lib.bptt.closed_form import closed_form_gradients
from course_lib.bptt.gradient_check import check_gradients, numerical_gradients, relative_error
from course_lib.bptt.jacobian import (
    jacobian_norms,
    jacobian_product,
    jacobians,
    spectral_radius,
    with_spectral_radius,
)
from course_lib.bptt.losses import softmax_cross_entropy, squared_error
from course_lib.bptt.network import Run, forward
from course_lib.bptt.randomised import randomised_gradients, randomised_moments
from course_lib.bptt.recursion import deltas, gradients, windowed_gradients

__all__ = [
    "Run",
    "check_gradients",
    "closed_form_gradients",
    "deltas",
    "forward",
    "gradients",
    "jacobian_norms",
    "jacobian_product",
    "jacobians",
    "numerical_gradients",
    "randomised_gradients",
    "randomised_moments",
    "relative_error",
    "softmax_cross_entropy",
    "spectral_radius",
    "squared_error",
    "windowed_gradients",
    "with_spectral_radius",
]
