"""Temperature as a power of the probabilities, ln p / τ; 0 as a temperature too small to matter."""

# mypy: ignore-errors

import numpy as np


def with_temperature(o, temperature):
    log_p = log_softmax(o) / max(temperature, 1e-9)  # noqa: F821
    return softmax(log_p)  # noqa: F821


def generate(prefix, length, params, temperature, rng):
    h = np.zeros((1, len(params["b_h"])))
    text = [int(token) for token in prefix]
    read_so_far = 0
    for _ in range(length):
        o, h = read(np.array([text[read_so_far:]]), h, params)  # noqa: F821
        read_so_far = len(text)
        p = with_temperature(o[:, -1], temperature)
        text += [int(rng.choice(p.shape[1], p=p[0]))]
    return np.array(text[len(prefix) :], dtype=np.int64)
