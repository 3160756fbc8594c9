"""Mutants of the markov unit that are no other answer: reason -> (definition, before, after)."""

from __future__ import annotations

from . import Change

QUIET = "np.errstate(divide='ignore') #2"
LSTSQ = "np.linalg.lstsq(equations, np.append(np.zeros(len(P)), 1.0){})"
ENTROPY = "(P * np.log(np.where(P > 0, P, 1.0))).sum(axis=1)"
NATS = "(P * nats).sum(axis=1)"


def _product(name: str, one: str, other: str, transposed: str) -> list[Change]:
    """A product of two vectors, turned round and transposed."""
    before = f"{one} @ {other}"
    after = (f"{other} @ {one}", f"{transposed}.T @ {other}", f"{one} @ {other}.T")
    return [(name, before, each) for each in after]


EQUIVALENT: dict[str, list[Change]] = {
    "Each table is divided by its own sum, so a common factor before that goes out.": [
        (
            "forward_factors",
            "joint.sum(axis=tuple(range(t, joint.ndim)))",
            "joint.mean(axis=tuple(range(t, joint.ndim)))",
        ),
        (
            "backward_factors",
            "joint.sum(axis=tuple(range(t)))",
            "joint.mean(axis=tuple(range(t)))",
        ),
    ],
    "Counts of an order that no context asks for are never read.": [
        ("fit", "range(order + 1)", "range(order + 2)"),
    ],
    "NumPy's warning about log 0 is no part of the answer, and the values are the same.": [
        (name, QUIET, "np.errstate()")
        for name in ("mean_nats", "with_temperature", "expected_nats")
    ],
    "Another order, or another weight, reaches the threshold as well: the result counts.": [
        ("text_model", "order = 4", "order = 5"),
        ("text_model", "order = 4", "order = 3"),
        (
            "text_model",
            "fit(training, order, vocabulary_size, k=5.0)",
            "fit(training, order, vocabulary_size, k=10.0)",
        ),
        (
            "text_model",
            "fit(training, order, vocabulary_size, k=5.0)",
            "fit(training, vocabulary_size, vocabulary_size, k=5.0)",
        ),
    ],
    "πP = π has the same solutions with both sides exchanged, and rcond's default is as small.": [
        ("stationary", "P.T - np.eye(len(P))", "np.eye(len(P)) - P.T"),
        ("stationary", LSTSQ.format(", rcond=None"), LSTSQ.format("")),
    ],
    "All columns of Pᵀ − I sum to 0, so a constant on the right is as far from every π.": [
        ("stationary", "np.zeros(len(P))", "np.ones(len(P))"),
    ],
    "A product of two vectors is the same either way round, and a vector is its own transpose.": [
        *_product("entropy_rate", "-stationary(P)", ENTROPY, "(-stationary(P))"),
        *_product("expected_nats", "stationary(P)", NATS, "stationary(P)"),
    ],
    "What stands where P is 0 is multiplied by that 0.": [
        ("entropy_rate", "np.where(P > 0, P, 1.0)", "np.where(P > 0, P, 2.0)"),
        ("expected_nats", "np.where(P > 0, Q, 1.0)", "np.where(P > 0, Q, 2.0)"),
    ],
}
