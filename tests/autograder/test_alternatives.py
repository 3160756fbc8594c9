"""Equal is right: every correct way to write an answer gets full marks."""

from __future__ import annotations

import ast
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from in_process import SEED, InProcess, followed_by, marks, problems, without_training

from autograder.alternatives import Alternative, bank
from autograder.check import find, registry, units
from autograder.proof import touched_by

pytestmark = [
    # Keras says so for every tf.data.Dataset, and reads its own variables NumPy's old way.
    pytest.mark.filterwarnings("ignore:.*shuffle=True.*:UserWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
WANTED = {"gru": 12}
FEW = 8
BANK = [alternative for unit in units() for alternative in bank(unit)]


def unit_of(alternative: Alternative) -> str:
    return alternative.id.split(".", 1)[0]


def untrained(alternative: Alternative) -> list[str]:
    """Ids of the checks that it can change and that do not train; `course mistakes` runs all."""
    trains = {check.id for check in registry(unit_of(alternative)) if check.trains}
    touched = touched_by(unit_of(alternative), alternative)
    return [check for check in touched if check not in trains]


@pytest.mark.parametrize("alternative", [a for a in BANK if untrained(a)], ids=lambda a: a.id)
def test_an_answer_written_differently_gets_full_marks(alternative: Alternative) -> None:
    unit = unit_of(alternative)
    report = marks(followed_by(alternative.source, unit=unit), *untrained(alternative))
    assert problems(report) == []
    assert report.points == report.max_points > 0


def test_few_alternatives_differ_in_their_training_only() -> None:
    assert sum(not untrained(alternative) for alternative in BANK) <= 10


@pytest.mark.parametrize("unit", units())
def test_there_are_many_alternatives_and_they_cover_every_task(unit: str) -> None:
    alternatives = bank(unit)
    assert len(alternatives) >= WANTED.get(unit, FEW)
    written = frozenset[str]().union(*(a.defines for a in alternatives))
    asked = {name for check in registry(unit) for name in check.provides}
    assert asked <= written


@pytest.mark.parametrize("alternative", BANK, ids=lambda a: a.id)
def test_an_alternative_says_in_one_sentence_what_is_different(alternative: Alternative) -> None:
    assert alternative.sentence.endswith(".")
    assert unit_of(alternative) in units()
    ast.parse(alternative.source)


def test_no_two_alternatives_are_the_same_text() -> None:
    bodies = [(a.id.split(".")[0], ast.unparse(ast.parse(a.source).body[1:])) for a in BANK]
    assert len(set(bodies)) == len(bodies)


def test_a_unit_without_alternatives_has_an_empty_bank() -> None:
    assert bank("no such unit") == ()


@pytest.mark.parametrize("unit", units())
def test_the_reference_itself_gets_full_marks(unit: str) -> None:
    report = marks(followed_by(unit=unit), *without_training(unit))
    assert problems(report) == []
    assert report.points == report.max_points


@pytest.mark.parametrize(
    "alternative", [a for a in BANK if "language_model" in a.defines], ids=lambda a: a.id
)
def test_weights_handed_in_reach_a_model_that_is_not_built_yet(
    alternative: Alternative, tmp_path: Path
) -> None:
    unit = unit_of(alternative)
    handed_in = followed_by(alternative.source, unit=unit)
    cells = [{"id": cell.id, "source": cell.source} for cell in handed_in.cells]
    case, _ = find(f"{unit}.result").cases(SEED, False)[0]
    file = tmp_path / f"{unit}.weights.h5"
    with closing(InProcess()) as sitting:
        sitting.load(cells, ["language_model"], {})
        build = sitting.namespace["language_model"]
        model = build(case.vocabulary_size, case.embedding_size, case.units)
        wanted = np.asarray(model(case.held_out_inputs[:2]))
        model.save_weights(file)
    with closing(InProcess()) as sitting:
        sitting.load(cells, ["language_model"], {file.name: file.read_bytes()})
        seen = sitting.observe(f"{unit}.result", case, 10.0)
    assert seen.failure is None
    assert bool(seen.arrays["handed_in"])
    np.testing.assert_allclose(seen.arrays["logits"][:2], wanted, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "alternative", [a for a in BANK if "train" in a.defines], ids=lambda a: a.id
)
def test_a_training_loop_written_differently_learns_as_well(alternative: Alternative) -> None:
    unit = unit_of(alternative)
    handed_in = followed_by(alternative.source, unit=unit)
    assert problems(marks(handed_in, f"{unit}.learns")) == []
