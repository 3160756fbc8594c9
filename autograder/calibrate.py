"""Thresholds of the perplexity checks, from many seeds of the reference; kept with their evidence.

A threshold is worth what stands behind it: for each seed the reference is trained as the check
trains a student's model, and the held-out perplexities give mean and spread. Correct answers
written differently start from other weights (a packed kernel has another initial scale), so they
are trained too. The threshold is the worst mean of them all plus five standard deviations of the
reference. The short run is the sandbox's own; the longer one is asked of weights that a student
had all the time for. Both must stay below the bigram: what a model reaches without its state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import alternatives, reference
from .check import registry, units
from .checks.held_out_text import BATCH, DATA, fingerprint, perplexity, text
from .checks.language_model import Model

MARGIN = 5.0
OTHER_SEEDS = 2
NAMES = ("language_model", "train")
Progress = Callable[[str, float], None]


def model_of(unit: str) -> Model:
    """The language model that a unit asks for; ValueError for a unit without thresholds."""
    for check in registry(unit):
        if isinstance(model := getattr(check, "model", None), Model):
            return model
    having = [name for name in units() if any(hasattr(c, "model") for c in registry(name))]
    raise ValueError(
        f"unit {unit!r} trains no language model, so it has no perplexity threshold; units that "
        f"do: {', '.join(having)}"
    )


def calibrate(
    unit: str, seeds: int = 20, progress: Progress = lambda name, value: None
) -> dict[str, Any]:
    """Train the reference `seeds` times for each budget and once in full; write the data.

    Returns what was written to `autograder/data/<unit>.json`; the trained weights are in the .npz
    beside it. ValueError for a unit without a language model.
    """
    model = model_of(unit)
    space = reference.namespace(unit, NAMES)
    budgets = {"short": model.short_epochs, "budget": model.budget_epochs}

    def runs(name: str, epochs: int, space: dict[str, Any], count: int) -> list[float]:
        found = []
        for seed in range(count):
            found.append(round(_held_out(_trained(model, space, seed, epochs)), 4))
            progress(name, found[-1])
        return found

    own = {name: runs(name, epochs, space, seeds) for name, epochs in budgets.items()}
    others = {
        other.id: {
            name: runs(
                other.id, epochs, reference.namespace(unit, NAMES, other.source), OTHER_SEEDS
            )
            for name, epochs in budgets.items()
        }
        for other in trained_differently(model)
    }
    full = _trained(model, space, 0, model.full_epochs)
    progress("full", _held_out(full))
    _save_weights(model, full)
    found = {
        "command": f"course calibrate {unit} --seeds {seeds}",
        "text": fingerprint(),
        "short_epochs": model.short_epochs,
        "short_threshold": threshold(own["short"], [runs["short"] for runs in others.values()]),
        "short_perplexities": own["short"],
        "budget_epochs": model.budget_epochs,
        "threshold": threshold(own["budget"], [runs["budget"] for runs in others.values()]),
        "budget_perplexities": own["budget"],
        "alternatives": others,
        "full_epochs": model.full_epochs,
        "full_perplexity": round(_held_out(full), 4),
        "ladder": {
            **ladder(),
            f"{model.name}, {model.budget_epochs} epochs": round(float(np.mean(own["budget"])), 2),
            f"{model.name}, {model.full_epochs} epochs": round(_held_out(full), 2),
        },
    }
    content = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (DATA / f"{unit}.json").write_text(content, encoding="utf-8")
    return found


def trained_differently(model: Model) -> list[alternatives.Alternative]:
    """Correct answers whose cell, model or training is not the reference's."""
    asked = {model.cell, *NAMES}
    return [other for other in alternatives.bank(model.unit) if other.defines & asked]


def threshold(perplexities: list[float], others: Iterable[list[float]] = ()) -> float:
    """Worst mean of the reference's runs and of each alternative's, plus MARGIN deviations."""
    worst = max(float(np.mean(runs)) for runs in (perplexities, *others))
    return round(worst + MARGIN * float(np.std(perplexities, ddof=1)), 3)


def _trained(model: Model, space: dict[str, Any], seed: int, epochs: int) -> Any:
    import keras
    import tensorflow as tf

    data = text()
    keras.utils.set_random_seed(seed)
    built = space["language_model"](int(data["vocabulary_size"]), model.embedding, model.units)
    windows = tf.data.Dataset.from_tensor_slices((data["inputs"], data["targets"]))
    windows = windows.shuffle(len(data["inputs"]), seed=seed).batch(BATCH)
    space["train"](built, windows, epochs)
    return built


def _held_out(built: Any) -> float:
    data = text()
    logits = np.asarray(built(data["held_out_inputs"], training=False))
    return perplexity(logits, data["held_out_targets"])


def _save_weights(model: Model, built: Any) -> None:
    cell = next(layer.cell for layer in built.layers if hasattr(layer, "cell"))
    embedding, (w, b) = built.layers[1].get_weights()[0], built.layers[-1].get_weights()
    arrays = {name: np.asarray(value) for name, value in cell.parts.items()}
    arrays |= {"embedding": embedding, "W_out": w, "b_out": b}
    np.savez(DATA / f"{model.unit}.npz", allow_pickle=False, **arrays)


def ladder() -> dict[str, float]:
    """Held-out perplexity of the simpler models: Witten-Bell n-grams of orders 1 to 4."""
    data = text()
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
