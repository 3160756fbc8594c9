"""What a known entropy rate takes: the stationary distribution, and the entropy of rows."""

import numpy as np


def stationary_distribution(transition: np.ndarray) -> np.ndarray:
    """The π with π P = π, Σ π = 1, of a transition matrix (states, states).

    Raises ValueError where there is more than one: states that never meet again.
    """
    size = len(transition)
    equations = np.vstack([transition.T - np.eye(size), np.ones(size)])
    if np.linalg.matrix_rank(equations[:-1], tol=1e-10) < size - 1:
        raise ValueError(
            "the chain has more than one stationary distribution; expected states that can all be "
            "left for the same ones in the end, got groups that never meet; try one group, or "
            "small probabilities between them"
        )
    found = np.linalg.lstsq(equations, np.append(np.zeros(size), 1.0), rcond=None)[0]
    found = np.where(found < 1e-14, 0.0, found)
    return found / found.sum()


def entropy(p: np.ndarray) -> np.ndarray:
    """−Σ p log p over the last axis, in nats; 0 log 0 = 0."""
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)
