"""Sampling by a function that calls itself, drawing with rng.multinomial."""

# mypy: ignore-errors


def sample(model, order, rng, temperature, max_length, context=None):
    if max_length == 0:
        return []
    context = (1,) * order if context is None else context
    row = with_temperature(model(context), temperature)  # noqa: F821
    token = int(rng.multinomial(1, row).argmax())
    if token == 1:
        return []
    return [token, *sample(model, order, rng, temperature, max_length - 1, (*context, token)[1:])]
