"""The text on which the units' language models are graded, and the perplexity of logits on it."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[1] / "data"
TIME, BATCH, WEIGHT_SEED = 32, 32, 20260901


@lru_cache(maxsize=1)
def text() -> dict[str, np.ndarray]:
    """Training and held-out ids of the embedded English text, cut into windows."""
    import course_lib

    letters = course_lib.load_corpus("prose_en").lower()
    train, held_out = course_lib.split_held_out(letters, 0.1)
    vocabulary = course_lib.Vocabulary.from_text(train)
    cut = _windows(vocabulary.encode(train)), _windows(vocabulary.encode(held_out))
    held = cut[1][: len(cut[1]) // 4 * 4]
    return {
        "inputs": cut[0][:, :-1],
        "targets": cut[0][:, 1:],
        "held_out_inputs": held[:, :-1],
        "held_out_targets": held[:, 1:],
        "vocabulary_size": np.array(len(vocabulary)),
    }


def _windows(ids: np.ndarray) -> np.ndarray:
    """Consecutive windows of TIME inputs and their targets, (windows, TIME + 1)."""
    count = (len(ids) - 1) // TIME
    starts = np.arange(count)[:, None] * TIME
    return np.asarray(ids[starts + np.arange(TIME + 1)], dtype=np.int32)


def perplexity(logits: np.ndarray, targets: np.ndarray) -> float:
    """exp of the mean negative log-probability (nats) that softmax(logits) gives the targets."""
    logits = logits.astype(np.float64)
    logits = logits - logits.max(axis=-1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return float(np.exp(-np.take_along_axis(log_p, targets[..., None], axis=-1).mean()))


def fingerprint() -> str:
    """Hash of the windows that thresholds are measured on."""
    data = text()
    return hashlib.sha256(data["inputs"].tobytes() + data["held_out_inputs"].tobytes()).hexdigest()
