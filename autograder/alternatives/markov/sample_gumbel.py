"""Sampling with Gumbel noise on log p / temperature; one noise vector a token."""

# mypy: ignore-errors

import numpy as np


def with_temperature(row, temperature):
    powers = (np.asarray(row) / np.max(row)) ** (1 / temperature)
    return powers / powers.sum()


def sample(model, order, rng, temperature, max_length):
    ids, context = [], (1,) * order
    while len(ids) < max_length:
        with np.errstate(divide="ignore"):
            logits = np.log(model(context)) / temperature
        token = int(np.argmax(logits + rng.gumbel(size=len(logits))))
        if token == 1:
            break
        ids.append(token)
        context = (*context, token)[1:]
    return np.array(ids, dtype=int)
