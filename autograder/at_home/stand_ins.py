"""What a judge computes, by the student's own definitions in a students' copy.

Where a judge needs what the unit asks for (the probabilities of a drawn text, say), the full
package has a second implementation of its own. A students' copy must not hold it; there the
student's own definition does the work, once its check has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder import frozen


@dataclass(frozen=True)
class StandIn:
    """function: its name here. by: the student's definitions that it calls."""

    function: str
    by: tuple[str, ...]


STAND_INS: dict[str, StandIn] = {}
"""Function of the checks, as "rnn_network.read" -> what stands in for it."""


def stands_in_for(place: str, *by: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function into STAND_INS."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        STAND_INS[place] = StandIn(function.__name__, by)
        return function

    return enter


@stands_in_for("markov_tables.ngrams", "windows")
def markov_ngrams(sequence: Sequence[int], order: int) -> np.ndarray:
    """Context and token of each window, as rows."""
    pairs = frozen.own("windows")([int(token) for token in sequence], order)
    return np.array([(*context, token) for context, token in pairs], dtype=np.int64)


@stands_in_for("markov_tables.counted", "count_ngrams")
def markov_counted(sequences: Sequence[Sequence[int]], order: int, size: int) -> np.ndarray:
    """n(c, w) as a dense table."""
    table = np.zeros((size,) * (order + 1))
    for context, followed in frozen.own("count_ngrams")(list(sequences), order).items():
        for token, times in followed.items():
            table[(*context, token)] = times
    return table


@stands_in_for("markov_source.cross_entropy", "expected_nats")
def markov_cross_entropy(P: np.ndarray, Q: np.ndarray) -> float:
    """Nats a token that a model Q pays for a source P."""
    return float(frozen.own("expected_nats")(P, Q))


@stands_in_for("markov_scores.text")
def markov_text() -> dict[str, np.ndarray]:
    """Of the text only what a judge reads of it."""
    return frozen.arrays("markov_text")


@stands_in_for("rnn_network.read", "read")
def rnn_read(
    ids: np.ndarray, h_0: np.ndarray, params: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and the last state."""
    logits, h = frozen.own("read")(ids, h_0, dict(params))
    return np.asarray(logits), np.asarray(h)


@stands_in_for("rnn_network.log_probabilities", "log_softmax")
def rnn_log_probabilities(o: np.ndarray) -> np.ndarray:
    """ln p of each token."""
    return np.asarray(frozen.own("log_softmax")(o))


@stands_in_for("rnn_network.losses", "token_losses")
def rnn_losses(o: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """−ln p of the tokens that followed."""
    return np.asarray(frozen.own("token_losses")(o, targets))


@stands_in_for("bptt_clipping.norm_of", "global_norm")
def bptt_norm_of(arrays: Sequence[np.ndarray]) -> float:
    """The length of all arrays together."""
    return float(frozen.own("global_norm")({str(i): array for i, array in enumerate(arrays)}))
