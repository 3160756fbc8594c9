"""Gradients in closed form: the lecture's sum over products of Jacobians, term by term."""

from typing import Any

import numpy as np

from course_lib.bptt.jacobian import jacobians
from course_lib.bptt.network import Run
from course_lib.bptt.recursion import checked_tau, own_output

__all__ = ["closed_form_gradients"]


def closed_form_gradients(run: Run, d_o: Any, tau: int | None = None) -> dict[str, np.ndarray]:
    """The gradients of `gradients`, written as the lecture writes them, before any recursion.

        ∂L/∂w = Σ_{t=1}^{T} Σ_{i=1}^{t} ∂l_t/∂h_t [ J_t J_{t-1} ⋯ J_{i+1} ] ∂⁺h_i/∂w        (1)

    for each weight w that makes states. J_j = ∂h_j/∂h_{j-1}, one Jacobian a step (`jacobians`), and
    ∂⁺h_i/∂w is what w does to h_i in step i alone, with h_{i-1} held constant.

    For the linear RNN the product is a power: J_t ⋯ J_{i+1} = W_hh^{t-i} (of the lecture's W_hh).
    T (T + 1) / 2 terms, with products of matrices in each: a second implementation, to compare
    with and to read, not one to train with. tau: only the terms with t − i ≤ τ.

    Shapes and return value as `gradients`.
    Raises ValueError as `gradients` does.
    Source: lecture, "∂_w h_t: gradient of the hidden state".
    """
    d_h = own_output(run, d_o)  # ∂l_t/∂h_t
    d_o = np.asarray(d_o, float)
    batch, time, units = run.h.shape
    tau = time if tau is None else checked_tau(tau)
    jacobian = jacobians(run)
    found = {name: np.zeros_like(value) for name, value in run.parameters.items()}
    found |= {"x": np.zeros_like(run.x), "h_0": np.zeros((batch, units))}
    for b in range(batch):
        for t in range(1, time + 1):
            found["W_ho"] += np.outer(run.h[b, t - 1], d_o[b, t - 1])
            if "b_o" in found:
                found["b_o"] += d_o[b, t - 1]
            product = np.eye(units)  # J_t J_{t-1} ⋯ J_{i+1}
            for i in range(t, max(t - tau, 1) - 1, -1):
                d_h_i = d_h[b, t] @ product
                d_a_i = run.slope[b, i - 1] * d_h_i
                found["W_xh"] += np.outer(run.x[b, i - 1], d_a_i)
                found["W_hh"] += np.outer(run.h_prev[b, i - 1], d_a_i)
                if "b_h" in found:
                    found["b_h"] += d_a_i
                found["x"][b, i - 1] += run.parameters["W_xh"] @ d_a_i
                product = product @ jacobian[b, i - 1]
            if t <= tau:
                found["h_0"][b] += d_h[b, t] @ product
    return found
