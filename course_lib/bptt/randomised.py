"""Randomised truncation: cut at random, weigh what is left, and be right on average."""

from itertools import product
from typing import Any

import numpy as np

from course_lib.bptt.network import Run
from course_lib.bptt.recursion import backwards, collect, own_output

__all__ = ["randomised_gradients", "randomised_moments"]

MOST_STEPS = 16  # 2^16 outcomes take seconds, each further step doubles them


def randomised_gradients(
    run: Run, d_o: Any, keep: Any, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """The gradients with each step back in time taken at random, and weighed so that E is right.

        ξ_t = 1/π_t with probability π_t, else 0                E[ξ_t] = 1                  (1)
        δ_{t-1} = g_{t-1} + ξ_t (δ_t ⊙ φ′_t) W_hhᵀ              ξ_1 … ξ_T independent       (2)

    So a path back over the steps t … k + 1 has the weight Π 1/π where all of them were kept, and 0
    otherwise: the expectation is the full gradient, the variance is above 0 (`randomised_moments`).
    One ξ_t for the whole batch. ξ_1, the step to h_0, touches the gradient of "h_0" alone.

    keep: π, one probability for all steps or one each, (time,), above 0 and at most 1.
    Returns a dict as `gradients` does.
    Raises ValueError for a keep outside of that, or a d_o of another shape than run.o, TypeError
    for an rng that is no generator.
    Source: lecture, "gradient recursion: too many terms"; Tallec & Ollivier 2017, arXiv:1705.08209;
    D2L, "randomized truncation".
    """
    keep = _probabilities(keep, run)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng draws the steps that are kept; expected a NumPy generator, got {rng!r}; try "
            "np.random.default_rng(seed)"
        )
    kept = rng.random(len(keep)) < keep
    return collect(run, d_o, backwards(run, own_output(run, d_o), kept / keep))


def randomised_moments(
    run: Run, d_o: Any, keep: Any
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """(mean, variance) of `randomised_gradients`, element by element, exact.

    All 2^T outcomes of ξ, each with its probability. The mean equals `gradients(run, d_o)`.
    Raises ValueError as `randomised_gradients`, and for more than 16 steps.
    """
    keep, g = _probabilities(keep, run), own_output(run, d_o)
    if len(keep) > MOST_STEPS:
        raise ValueError(
            f"{len(keep)} steps have 2^{len(keep)} outcomes; expected at most {MOST_STEPS} steps; "
            "try the mean and variance of many randomised_gradients"
        )
    first: dict[str, np.ndarray] = {}
    second: dict[str, np.ndarray] = {}
    for kept in product([False, True], repeat=len(keep)):
        probability = np.prod(np.where(kept, keep, 1 - keep))
        if probability > 0:
            found = collect(run, d_o, backwards(run, g, kept / keep))
            for name, value in found.items():
                first[name] = first.get(name, 0) + probability * value
                second[name] = second.get(name, 0) + probability * value**2
    # A variance that is 0 may come out a rounding error below it.
    return first, {name: np.maximum(second[name] - first[name] ** 2, 0) for name in first}


def _probabilities(keep, run):
    time = run.h.shape[1]
    keep = np.asarray(keep, float)
    if keep.shape not in ((), (time,)) or not np.all((keep > 0) & (keep <= 1)):
        raise ValueError(
            "keep is the probability of going one step further back, above 0 and at most 1; "
            f"expected a number or an array ({time},), got {keep.tolist()}; at 0 no weight makes "
            "up for what is never seen: try gradients(run, d_o, tau)"
        )
    return np.broadcast_to(keep, (time,))
