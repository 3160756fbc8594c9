"""The thresholds in autograder/data are those that their evidence gives."""

import numpy as np
import pytest

from autograder import calibrate
from autograder.check import registry, units
from autograder.checks.held_out_text import perplexity, text
from autograder.checks.language_model import Learns, Result

WITH_A_MODEL = [unit for unit in units() if any(hasattr(c, "model") for c in registry(unit))]


@pytest.fixture(scope="module", params=WITH_A_MODEL)
def model(request):
    return calibrate.model_of(request.param)


def test_thresholds_follow_from_the_runs_that_are_kept_with_them(model):
    data = model.calibration
    for key, runs in (("short_threshold", "short"), ("threshold", "budget")):
        others = [found[runs] for found in data["alternatives"].values()]
        assert data[key] == calibrate.threshold(data[f"{runs}_perplexities"], others)
        assert len(data[f"{runs}_perplexities"]) >= 20
        assert max(data[f"{runs}_perplexities"]) < data[key]


def test_every_alternative_that_trains_in_its_own_way_is_behind_the_thresholds(model):
    data = model.calibration
    assert set(data["alternatives"]) == {a.id for a in calibrate.trained_differently(model)}
    for found in data["alternatives"].values():
        assert max(found["short"]) < data["short_threshold"]
        assert max(found["budget"]) < data["threshold"]


def test_a_mistake_that_reaches_a_threshold_is_named_and_caught_by_other_means(model):
    data = model.calibration
    limits = {"short": data["short_threshold"], "budget": data["threshold"]}
    assert data["reached_by"] == calibrate.reached_by(data["mistakes"], limits)
    assert set(data["mistakes"]) <= {m.id() for m in calibrate.mistakes_that_train(model)}
    bank = {m.id(): m for m in calibrate.mistakes_that_train(model)}
    by_perplexity = {c.id for c in registry(model.unit) if isinstance(c, Learns | Result)}
    for name in {name for names in data["reached_by"].values() for name in names}:
        mistake = bank[name]
        other_part = mistake.part not in ("", "learns", "hardly moved", "from_logits", "result")
        assert mistake.caught_by not in by_perplexity or other_part, name


def test_a_model_without_its_state_stays_above_the_thresholds(model):
    data = model.calibration
    assert data["threshold"] < data["short_threshold"] < data["ladder"]["bigram"]


def test_the_thresholds_were_measured_on_the_text_that_is_there(model):
    data = model.calibration
    assert data["text"] == calibrate.fingerprint()
    ladder = calibrate.ladder()
    assert {name: data["ladder"][name] for name in ladder} == ladder


def test_the_trained_weights_have_the_perplexity_that_the_ladder_says(model):
    weights, data = model.trained, text()
    xs = weights["embedding"][data["held_out_inputs"]].astype(np.float64)
    (same,) = (c for c in registry(model.unit) if hasattr(c, "from_zero"))
    hs = same.from_zero(xs, {name: weights[name] for name in model.parameters})
    logits = hs @ weights["W_out"] + weights["b_out"]
    found = perplexity(logits, data["held_out_targets"])
    assert found == pytest.approx(model.calibration["full_perplexity"], rel=1e-3)
