"""Whether tokens were drawn from given probabilities. No drawn text is ever expected literally.

With p_t the probabilities at step t, given all tokens before, and U_t uniform,

    u_t = P_t(tokens that come before y_t) + U_t p_t(y_t)

is uniform on [0, 1] and independent from step to step if y_t was drawn from p_t, in whatever order
the tokens are put. The largest gap between the distribution of u_1 … u_n and the uniform one is
above ε with a chance of at most 2 exp(−2 n ε²) (Dvoretzky, Kiefer, Wolfowitz; Massart 1990).
"""

from __future__ import annotations

import numpy as np

from ..case import generator

CHANCE = 1e-7
"""That tokens which were drawn from the probabilities leave a gap above `allowed` in one order."""
ORDERS = 2
"""The tokens are put in order twice: by falling probability, and by their ids."""


def gap(tokens: np.ndarray, p: np.ndarray) -> float:
    """The largest gap of either order.  tokens (steps,), p (steps, vocabulary)."""
    uniform = generator(0, "where in its share of probability a token falls").random(len(tokens))
    by_id = np.tile(np.arange(p.shape[1]), (len(p), 1))
    orders = np.argsort(-p, axis=1, kind="stable"), by_id
    return max(_gap(_positions(tokens, p, uniform, order)) for order in orders)


def allowed(steps: int) -> float:
    """The gap that a right answer passes with a chance of at most ORDERS · CHANCE."""
    return float(np.sqrt(np.log(2.0 / CHANCE) / (2.0 * steps)))


def _positions(
    tokens: np.ndarray, p: np.ndarray, uniform: np.ndarray, order: np.ndarray
) -> np.ndarray:
    """u_t, the tokens of each step in this order."""
    ordered = np.take_along_axis(p, order, axis=1)
    place = np.argmax(order == tokens[:, None], axis=1)[:, None]
    own = np.take_along_axis(ordered, place, axis=1)
    before = np.take_along_axis(np.cumsum(ordered, axis=1), place, axis=1) - own
    return np.asarray((before + uniform[:, None] * own)[:, 0])


def _gap(u: np.ndarray) -> float:
    """The Kolmogorov–Smirnov distance of a sample from the uniform distribution."""
    found, n = np.sort(u), len(u)
    above = np.arange(1, n + 1) / n - found
    below = found - np.arange(n) / n
    return float(max(above.max(), below.max()))
