"""Every known mistake is caught by its check and explained by its own hint, and by no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from in_process import SEED, followed_by, marks, without_training

from autograder import diagnose, reference
from autograder.check import find, registry, units
from autograder.compare import equal_arrays
from autograder.mistakes import Mistake, bank
from autograder.observe import observer
from autograder.student import Student, run_observe

BANK = [mistake for unit in units() for mistake in bank(unit)]
CHECKS = [check for unit in units() for check in registry(unit)]
TRAINED = tuple(check.id for check in CHECKS if check.trains)
SAMPLED = tuple(check.id for check in CHECKS if not check.trains)
MANY = {"gru": 80}
REPEATS = (".same_model", ".result")  # these look once more at what other checks look at
pytestmark = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # mistakes overflow


def caught_by(check: str) -> list[type[Mistake]]:
    """The mistakes of one check."""
    return [mistake for mistake in BANK if mistake.caught_by == check]


@pytest.mark.parametrize(
    "mistake", [m for m in BANK if m.caught_by not in TRAINED], ids=lambda m: m.id()
)
def test_a_mistake_fails_its_check_and_is_explained_by_its_own_hint(mistake: type[Mistake]) -> None:
    handed_in = followed_by(mistake.source(), unit=find(mistake.caught_by).unit)
    report = marks(handed_in, mistake.caught_by, hidden=False)
    verdict = report.verdict(mistake.caught_by)
    assert verdict.status == "fail" and verdict.points < verdict.max_points
    assert verdict.message
    if mistake.explains:
        assert (verdict.mistake, verdict.hint) == (mistake.id(), mistake.hint().en)
    else:
        assert verdict.mistake == ""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*shuffle=True.*:UserWarning")
@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(m, id=m.id(), marks=() if m.id().startswith("gru.") else pytest.mark.nightly)
        for m in BANK
        if m.caught_by in TRAINED
    ],
)
def test_a_mistake_in_training_fails_its_check_and_is_explained(mistake: type[Mistake]) -> None:
    handed_in = followed_by(mistake.source(), unit=find(mistake.caught_by).unit)
    verdict = marks(handed_in, mistake.caught_by).checks[0]
    assert verdict.status == "fail" and verdict.points < verdict.max_points
    assert verdict.mistake == (mistake.id() if mistake.explains else "")


@pytest.mark.parametrize("check", SAMPLED)
def test_no_two_mistakes_of_a_check_give_the_same_arrays(check: str) -> None:
    judge = find(check)
    case, _ = judge.cases(SEED, False)[0]
    seen = {}
    for mistake in caught_by(check):
        arrays = diagnose.arrays_of(mistake, judge, case)
        assert (arrays is not None) or not mistake.explains, f"{mistake.id()} raises"
        if arrays is not None:
            seen[mistake.id()] = judge.signature(arrays, case)
    for one, other in combinations(seen, 2):
        assert not equal_arrays(seen[one], seen[other]), f"{one} and {other} cannot be told apart"


def test_a_mistake_in_training_has_a_part_of_its_own() -> None:
    parts = [(m.caught_by, m.part) for m in BANK if m.caught_by in TRAINED and m.explains]
    assert all(part for _, part in parts) and len(set(parts)) == len(parts)


def test_every_check_of_student_code_has_mistakes() -> None:
    without = [check.id for check in CHECKS if not caught_by(check.id)]
    assert [check for check in without if not check.endswith(REPEATS)] == []


@pytest.mark.parametrize("unit", units())
def test_a_unit_knows_many_mistakes(unit: str) -> None:
    assert len(bank(unit)) >= MANY.get(unit, 25)


# --- the hints ----------------------------------------------------------------------------------


def sentences(text: str, ends: str) -> int:
    """How many sentences a text has; a point inside a number or an expression ends none."""
    return len(re.findall(ends, text))


@pytest.mark.parametrize("mistake", BANK, ids=lambda m: m.id())
def test_a_hint_is_one_or_two_sentences_in_both_languages(mistake: type[Mistake]) -> None:
    hint = mistake.hint()
    assert 1 <= sentences(hint.en, r"[.?!](?=\s|$)") <= 2 and hint.en[-1] in ".?"
    assert 1 <= sentences(hint.zh, "[。？！]") <= 2 and hint.zh[-1] in "。？"
    assert len(hint.en) <= 140 and len(hint.zh) <= 90
    assert not re.search("[\u4e00-\u9fff]", hint.en)
    assert re.search("[\u4e00-\u9fff]", hint.zh)


@pytest.mark.parametrize(
    "field", [lambda m: m.hint().en, lambda m: m.hint().zh, lambda m: m.source()]
)
def test_no_two_mistakes_share_a_hint_or_their_code(field: Callable[..., str]) -> None:
    texts = [(mistake.id().split(".")[0], field(mistake)) for mistake in BANK]
    assert len(set(texts)) == len(texts)


def test_ids_are_unique_and_name_checks_that_exist() -> None:
    ids = [mistake.id() for mistake in BANK]
    assert len(set(ids)) == len(ids)
    assert {mistake.caught_by for mistake in BANK} <= {check.id for check in CHECKS}


def test_a_mistake_replaces_only_what_its_check_decides_about() -> None:
    for mistake in BANK:
        names = re.findall(r"^(?:def|class) (\w+)", mistake.source(), re.MULTILINE)
        assert set(names) & set(find(mistake.caught_by).provides), mistake.id()


# --- the machinery ------------------------------------------------------------------------------


def test_an_edit_whose_text_the_reference_does_not_have_is_an_error() -> None:
    class Outdated(Mistake):
        """A hint."""

        caught_by = "gru.new_state"
        edit = ("new_state", "no such text", "")

    with pytest.raises(ValueError, match="gru.Outdated: the reference's new_state has no 'no such"):
        Outdated.source()


def test_the_source_of_a_mistake_is_its_functions_without_its_hint() -> None:
    source = next(m for m in BANK if m.__name__ == "UpdateSwapped").source()
    assert source.startswith("def new_state(z, h_prev, h_tilde):")
    assert "caught_by" not in source and '"""' not in source


def test_a_unit_without_mistakes_has_an_empty_bank() -> None:
    assert bank("no such unit") == ()


@pytest.mark.parametrize("id", [id for unit in units() for id in without_training(unit)])
def test_right_arrays_are_nobodys_mistake(id: str) -> None:
    check = find(id)
    case, _ = check.cases(SEED, False)[0]
    space = reference.namespace(check.unit, [*check.provides, *check.uses])
    arrays, failure = run_observe(observer(id), Student(space, Path()), case)
    assert failure is None
    assert diagnose.diagnose(check, arrays, case) is None
