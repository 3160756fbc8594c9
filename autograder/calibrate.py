"""Thresholds of the perplexity checks, from many seeds of the reference; kept with their evidence.

A threshold is worth what stands behind it: for each seed the reference is trained as the check
trains a student's model, and the held-out perplexities give mean and spread. Correct answers
written differently start from other weights (a packed kernel has another initial scale), so they
are trained too. The threshold is the worst mean of them all plus five standard deviations of the
reference. The short run is the sandbox's own; the longer one is asked of weights that a student
had all the time for. Both must stay below the bigram: what a model reaches without its state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import alternatives, reference
from .checks import gru_text

MARGIN = 5.0
OTHER_SEEDS = 2
SHORT_EPOCHS, BUDGET_EPOCHS, FULL_EPOCHS = 2, 4, 12
NAMES = ("language_model", "train")


def calibrate(
    seeds: int = 20, progress: Callable[[str, float], None] = lambda name, value: None
) -> dict[str, Any]:
    """Train the reference `seeds` times for each budget and once in full; write the data.

    Returns what was written to `autograder/data/gru.json`; the trained weights are in gru.npz.
    """
    space = reference.namespace("gru", NAMES)

    def runs(name: str, epochs: int, space: dict[str, Any], count: int) -> list[float]:
        found = []
        for seed in range(count):
            found.append(round(_held_out(_trained(space, seed, epochs)), 4))
            progress(name, found[-1])
        return found

    short = runs("short", SHORT_EPOCHS, space, seeds)
    budget = runs("budget", BUDGET_EPOCHS, space, seeds)
    others = {}
    for alternative in trained_differently():
        other = reference.namespace("gru", NAMES, alternative.source)
        others[alternative.id] = {
            "short": runs(alternative.id, SHORT_EPOCHS, other, OTHER_SEEDS),
            "budget": runs(alternative.id, BUDGET_EPOCHS, other, OTHER_SEEDS),
        }
    full = _trained(space, 0, FULL_EPOCHS)
    progress("full", _held_out(full))
    _save_weights(full)
    found = {
        "command": f"course calibrate gru --seeds {seeds}",
        "text": fingerprint(),
        "short_epochs": SHORT_EPOCHS,
        "short_threshold": threshold(short, [runs["short"] for runs in others.values()]),
        "short_perplexities": short,
        "budget_epochs": BUDGET_EPOCHS,
        "threshold": threshold(budget, [runs["budget"] for runs in others.values()]),
        "budget_perplexities": budget,
        "alternatives": others,
        "full_epochs": FULL_EPOCHS,
        "full_perplexity": round(_held_out(full), 4),
        "ladder": {
            **ladder(),
            f"GRU, {BUDGET_EPOCHS} epochs": round(float(np.mean(budget)), 2),
            f"GRU, {FULL_EPOCHS} epochs": round(_held_out(full), 2),
        },
    }
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (gru_text.DATA / "gru.json").write_text(text, encoding="utf-8")
    return found


def trained_differently() -> list[alternatives.Alternative]:
    """Correct answers whose cell, model or training is not the reference's."""
    asked = {"GRUCell", "language_model", "train"}
    return [other for other in alternatives.bank("gru") if other.defines & asked]


def threshold(perplexities: list[float], others: Iterable[list[float]] = ()) -> float:
    """Worst mean of the reference's runs and of each alternative's, plus MARGIN deviations."""
    worst = max(float(np.mean(runs)) for runs in (perplexities, *others))
    return round(worst + MARGIN * float(np.std(perplexities, ddof=1)), 3)


def _trained(space: dict[str, Any], seed: int, epochs: int) -> Any:
    import keras
    import tensorflow as tf

    data = gru_text.text()
    keras.utils.set_random_seed(seed)
    model = space["language_model"](
        int(data["vocabulary_size"]), gru_text.EMBEDDING, gru_text.UNITS
    )
    windows = tf.data.Dataset.from_tensor_slices((data["inputs"], data["targets"]))
    windows = windows.shuffle(len(data["inputs"]), seed=seed).batch(gru_text.BATCH)
    space["train"](model, windows, epochs)
    return model


def _held_out(model: Any) -> float:
    data = gru_text.text()
    logits = np.asarray(model(data["held_out_inputs"], training=False))
    return gru_text.perplexity(logits, data["held_out_targets"])


def _save_weights(model: Any) -> None:
    cell = next(layer.cell for layer in model.layers if hasattr(layer, "cell"))
    embedding, (w, b) = model.layers[1].get_weights()[0], model.layers[-1].get_weights()
    arrays = {name: np.asarray(value) for name, value in cell.parts.items()}
    arrays |= {"embedding": embedding, "W_ho": w, "b_o": b}
    np.savez(gru_text.DATA / "gru.npz", allow_pickle=False, **arrays)


def ladder() -> dict[str, float]:
    """Held-out perplexity of the simpler models: Witten-Bell n-grams of orders 1 to 4."""
    data = gru_text.text()
    size = int(data["vocabulary_size"])
    train = np.concatenate([data["inputs"][:, :1].ravel()[:1], data["targets"].ravel()])
    names = ("unigram", "bigram", "trigram", "4-gram")
    found = {"uniform": float(size)}
    for order, name in enumerate(names, start=1):
        found[name] = round(_ngram_perplexity(train, data, size, order), 2)
    return found


def _ngram_perplexity(
    train: np.ndarray, data: dict[str, np.ndarray], size: int, order: int
) -> float:
    """Witten-Bell smoothing from the uniform distribution up to `order`, inside each window."""
    whole = np.concatenate([data["held_out_inputs"], data["held_out_targets"][:, -1:]], axis=1)
    p = np.full(whole[:, 1:].shape, 1.0 / size)
    for n in range(1, order + 1):
        grams: dict[tuple[int, ...], int] = {}
        totals: dict[tuple[int, ...], int] = {}
        kinds: dict[tuple[int, ...], int] = {}
        for gram in zip(
            *(train[i : len(train) - n + 1 + i].tolist() for i in range(n)), strict=True
        ):
            new = gram not in grams
            grams[gram] = grams.get(gram, 0) + 1
            totals[gram[:-1]] = totals.get(gram[:-1], 0) + 1
            kinds[gram[:-1]] = kinds.get(gram[:-1], 0) + new
        for row, window in enumerate(whole.tolist()):
            for t in range(max(1, n - 1), len(window)):
                gram = tuple(window[t - n + 1 : t + 1])
                total, kind = totals.get(gram[:-1], 0), kinds.get(gram[:-1], 0)
                if total:
                    count = grams.get(gram, 0)
                    p[row, t - 1] = (count + kind * p[row, t - 1]) / (total + kind)
    return float(np.exp(-np.log(p).mean()))


def fingerprint() -> str:
    """Hash of the windows that the thresholds were measured on."""
    data = gru_text.text()
    return hashlib.sha256(data["inputs"].tobytes() + data["held_out_inputs"].tobytes()).hexdigest()
