"""Thresholds of the perplexity checks, from many seeds of the reference; kept with their evidence.

A threshold is worth what stands behind it: for each seed the reference is trained as the check
trains a student's model, and the held-out perplexities give mean and spread. Correct answers
written differently start from other weights (a packed kernel has another initial scale), so they
are trained too. The threshold is the worst mean of them all plus five standard deviations of the
reference. The short run is the sandbox's own; the longer one is asked of weights that a student
had all the time for. Both must stay below the bigram: what a model reaches without its state.

The mistakes that train are trained too. One that reaches a threshold is named with it: perplexity
cannot tell it from a correct answer, so another check, or another part of this one, has to.

Runs are kept while a calibration is under way (by a hash of what is trained and on what), so that
one that was broken off goes on where it stood.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from . import alternatives, evidence, mistakes, reference
from .check import registry, units
from .checks.held_out_text import BATCH, DATA, fingerprint, perplexity, text
from .checks.language_model import Model

MARGIN = 5.0
OTHER_SEEDS = 2
MISTAKE_SEEDS = 1
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
    beside it, the picture of the evidence in the .png. ValueError for a unit without a language
    model.
    """
    model = model_of(unit)
    budgets = {"short": model.short_epochs, "budget": model.budget_epochs}

    def runs(name: str, override: str, count: int) -> dict[str, list[float]]:
        found = {}
        for budget, epochs in budgets.items():
            found[budget] = _Runs(model, override, epochs).up_to(count)
            progress(name, found[budget][-1])
        return found

    own = runs(model.name, "", seeds)
    others = {o.id: runs(o.id, o.source, OTHER_SEEDS) for o in trained_differently(model)}
    wrong = {}
    for mistake in mistakes_that_train(model):
        try:
            wrong[mistake.id()] = runs(mistake.id(), mistake.source(), MISTAKE_SEEDS)
        except Exception:  # its code raises, as a student's would: no model, no perplexity
            progress(mistake.id(), math.nan)
    full = _trained(model, reference.namespace(unit, NAMES), 0, model.full_epochs)
    progress("full", _held_out(full))
    _save_weights(model, full)
    limits = {
        budget: threshold(own[budget], [found[budget] for found in others.values()])
        for budget in budgets
    }
    found = {
        "command": f"course calibrate {unit} --seeds {seeds}",
        "text": fingerprint(),
        "short_epochs": model.short_epochs,
        "short_threshold": limits["short"],
        "short_perplexities": own["short"],
        "budget_epochs": model.budget_epochs,
        "threshold": limits["budget"],
        "budget_perplexities": own["budget"],
        "alternatives": others,
        "mistakes": wrong,
        "reached_by": reached_by(wrong, limits),
        "full_epochs": model.full_epochs,
        "full_perplexity": round(_held_out(full), 4),
        "ladder": {
            **ladder(),
            f"{model.name}, {model.budget_epochs} epochs": round(float(np.mean(own["budget"])), 2),
            f"{model.name}, {model.full_epochs} epochs": round(_held_out(full), 2),
        },
    }
    picture = evidence.draw(model.name, found)
    content = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (DATA / f"{unit}.json").write_text(content, encoding="utf-8")
    picture.savefig(DATA / f"{unit}.png", dpi=110)
    return found


class _Runs:
    """Held-out perplexities of one way to write the unit, a seed each; kept between processes."""

    def __init__(self, model: Model, override: str, epochs: int) -> None:
        self.model, self.override, self.epochs = model, override, epochs
        what = (reference.source(model.unit, NAMES), override, epochs, model, fingerprint())
        name = hashlib.sha256("\0".join(map(str, what)).encode()).hexdigest()
        self.file = _kept() / f"{model.unit}-{name[:24]}.json"

    def up_to(self, count: int) -> list[float]:
        """The first `count` runs; those that are not kept yet are trained."""
        found = json.loads(self.file.read_text()) if self.file.exists() else []
        while len(found) < count:
            found.append(self._run(len(found)))
            new = self.file.with_suffix(".new")
            new.write_text(json.dumps(found))
            new.replace(self.file)
        return list(found[:count])

    def _run(self, seed: int) -> float:
        space = reference.namespace(self.model.unit, NAMES, self.override)
        got = _held_out(_trained(self.model, space, seed, self.epochs))
        if not math.isfinite(got):
            raise ArithmeticError(f"the perplexity after {self.epochs} epochs is {got}")
        return round(got, 4)


def _kept() -> Path:
    """The folder of runs that a broken calibration goes on from."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "recurrent-course" / "calibration"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def trained_differently(model: Model) -> list[alternatives.Alternative]:
    """Correct answers whose cell, model or training is not the reference's."""
    asked = {model.cell, *NAMES}
    return [other for other in alternatives.bank(model.unit) if other.defines & asked]


def mistakes_that_train(model: Model) -> list[type[mistakes.Mistake]]:
    """Mistakes in the cell, the model or the training: those a perplexity might catch."""
    asked = {model.cell, *NAMES}
    provides = {check.id: set(check.provides) for check in registry(model.unit)}
    return [m for m in mistakes.bank(model.unit) if provides[m.caught_by] & asked]


def reached_by(
    wrong: dict[str, dict[str, list[float]]], limits: dict[str, float]
) -> dict[str, list[str]]:
    """For each budget the mistakes whose best run is at or below the threshold."""
    return {
        budget: [name for name, found in wrong.items() if min(found[budget]) <= limit]
        for budget, limit in limits.items()
    }


def threshold(perplexities: list[float], others: Iterable[list[float]] = ()) -> float:
    """Worst mean of the reference's runs and of each alternative's, plus MARGIN deviations."""
    worst = max(float(np.mean(runs)) for runs in (perplexities, *others))
    return round(worst + MARGIN * float(np.std(perplexities, ddof=1)), 3)


def _trained(model: Model, space: dict[str, Any], seed: int, epochs: int) -> Any:
    import keras
    import tensorflow as tf

    data = text()
    keras.utils.clear_session()
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
    """Held-out perplexity of the simpler models: Witten-Bell n-grams, and the best n-gram of all.

    Every window is scored by itself, as the networks read it: its first tokens have short contexts.
    """
    from course_lib import ngram

    data = text()
    size = int(data["vocabulary_size"])
    train = np.concatenate([data["inputs"][:1, 0], data["targets"].ravel()])
    windows = np.concatenate([data["held_out_inputs"], data["held_out_targets"][:, -1:]], axis=1)

    def scored(smoothing: str, order: int) -> float:
        model = ngram.fit(train, size, order, smoothing)
        nats = model.log_probabilities(list(windows)).reshape(windows.shape)
        return round(float(np.exp(-nats[:, 1:].mean())), 2)

    names = ("unigram", "bigram", "trigram", "4-gram")
    found = {"uniform": float(size)}
    found |= {name: scored("witten_bell", n) for n, name in enumerate(names, start=1)}
    found["best n-gram"] = min(
        scored(smoothing, order)
        for smoothing in ("witten_bell", "kneser_ney")
        for order in range(3, 9)
    )
    return found
