"""The chain rule with einsum, and the division by broadcasting a marginal."""

# mypy: ignore-errors

import numpy as np


def forward_factors(joint):
    axes = "abcdefg"[: joint.ndim]
    factors, before = [], np.array(1.0)
    for t in range(1, joint.ndim + 1):
        now = np.einsum(f"{axes}->{axes[:t]}", joint)
        factors.append(now / before[..., None])
        before = now
    return tuple(factors)


def backward_factors(joint):
    axes = "abcdefg"[: joint.ndim]
    factors, after = [], np.array(1.0)
    for t in range(joint.ndim - 1, -1, -1):
        now = np.einsum(f"{axes}->{axes[t:]}", joint)
        factors.append(now / after)
        after = now
    return tuple(factors)
