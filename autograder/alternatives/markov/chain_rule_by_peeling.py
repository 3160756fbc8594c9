"""The chain rule by summing out one variable after the other; the reversed one by transposing."""

# mypy: ignore-errors


def forward_factors(joint):
    if joint.ndim == 1:
        return [joint / joint.sum()]
    without_last = joint.sum(axis=-1)
    return [*forward_factors(without_last), joint / without_last[..., None]]


def backward_factors(joint):
    return [factor.T for factor in forward_factors(joint.T)]
