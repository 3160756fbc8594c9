"""The adding problem: two numbers to remember over any distance."""

from typing import Any

import numpy as np

from course_lib.sources.distributions import generator
from course_lib.token_ids import positive

TRIVIAL_MSE = 1 / 6  # of always predicting 1, the mean: the variance of u + v is 1/12 + 1/12


def adding_problem(batch: int, time: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of numbers, two of them marked, and the sum of those two.

        inputs[b, t] = (u_t, m_t)        u_t ~ uniform [0, 1);  m_t = 1 twice, else 0        (1)
        targets[b] = Σ_t m_t u_t                                                             (2)

    One mark is in the first half of the sequence, one in the second, anywhere.
    Shapes: inputs (batch, time, 2), targets (batch,), float32.
    Raises ValueError for a time below 2. Source: Hochreiter and Schmidhuber 1997, experiment 4.
    """
    batch, time, rng = positive("batch", batch), positive("time", time), generator(seed)
    if time < 2:
        raise ValueError(
            f"the sequence is too short for two marks; expected a time of at least 2, got {time}; "
            "try time=100"
        )
    inputs = np.zeros((batch, time, 2), np.float32)
    inputs[:, :, 0] = rng.random((batch, time), np.float32)
    rows = np.arange(batch)
    inputs[rows, rng.integers(0, time // 2, batch), 1] = 1
    inputs[rows, rng.integers(time // 2, time, batch), 1] = 1
    return inputs, np.einsum("bt,bt->b", inputs[:, :, 0], inputs[:, :, 1])


def adding_predictor(inputs: Any) -> np.ndarray:
    """The best possible prediction after each step: (batch, time).

        ŷ_t = Σ_{s≤t} m_s u_s + ½ (2 − Σ_{s≤t} m_s)

    The expected sum, given what has been read: a mark still to come is worth ½. Its mean squared
    error is 1/12 for each mark to come: 1/6 before the first, 1/12 between, 0 after the second.
    """
    inputs = np.asarray(inputs)
    if inputs.ndim != 3 or inputs.shape[-1] != 2:
        raise ValueError(
            f"not inputs of the adding problem; expected (batch, time, 2), got {inputs.shape}; try "
            "adding_problem(batch, time, seed)"
        )
    value, mark = inputs[..., 0].astype(np.float64), inputs[..., 1].astype(np.float64)
    return np.cumsum(mark * value, 1) + 0.5 * (2 - np.cumsum(mark, 1))
