"""What the card draws of a wrong array: the right row, the right place, no more than there is."""

from __future__ import annotations

import numpy as np
import pytest

from autograder import pages
from autograder.difference import LONGEST, Difference, first_difference
from autograder.verdict import Verdict

AXES = {"hs": "batch time units", "b": "3 units,", "loss": ""}
WANTED = np.random.default_rng(0).normal(size=(3, 6, 4))


def changed(*places: tuple[int, int, int]) -> np.ndarray:
    found = WANTED.copy()
    for step, place in enumerate(places):
        found[place] += 1.0 + step
    return found


def test_time_is_the_axis_and_the_earliest_wrong_step_decides() -> None:
    found = first_difference({"hs": changed((2, 3, 1), (0, 5, 0))}, {"hs": WANTED}, AXES)
    assert found is not None
    assert (found.axis, found.first, found.row) == ("time", 3, (("batch", 2), ("units", 1)))
    np.testing.assert_array_equal(found.expected, WANTED[2, :, 1])
    assert found.got[3] == WANTED[2, 3, 1] + 1.0
    assert found.where("en") == "hs, batch 2, unit 1" and found.axis_in("en") == "step"
    assert found.where("zh") == "hs, 批量 2, 单元 1" and found.axis_in("zh") == "时间步"


def test_an_array_without_time_is_shown_along_its_last_axis() -> None:
    found = first_difference({"b": np.array([1.0, 2.5, 3.0])}, {"b": np.arange(1.0, 4.0)}, AXES)
    assert found is not None and (found.axis, found.first, found.row) == ("3 units", 1, ())


@pytest.mark.parametrize(
    "seen",
    [
        {"hs": WANTED},
        {"hs": WANTED * (1 + 1e-12)},
        {"hs": WANTED[:, :5]},
        {"hs": np.full(WANTED.shape, "x")},
        {},
    ],
)
def test_equal_numbers_other_shapes_and_no_numbers_are_not_drawn(seen: dict) -> None:
    assert first_difference(seen, {"hs": WANTED}, AXES) is None


def test_a_number_alone_and_an_array_without_names_are_not_drawn() -> None:
    assert first_difference({"loss": np.array(1.0)}, {"loss": np.array(2.0)}, AXES) is None
    assert first_difference({"x": WANTED + 1}, {"x": WANTED}, AXES) is None


def test_of_a_long_row_the_steps_around_the_first_difference_are_drawn() -> None:
    long = np.zeros((1, 200, 1))
    wrong = long.copy()
    wrong[0, 150:] = 1.0
    found = first_difference({"hs": wrong}, {"hs": long}, AXES)
    assert found is not None and found.first == 150 and len(found.expected) == LONGEST
    assert found.start < 150 < found.start + LONGEST
    assert found.got[150 - found.start] == 1.0 and found.got[149 - found.start] == 0.0


def test_what_is_not_finite_or_huge_does_not_spoil_the_drawing() -> None:
    row = Difference("h", "time", (), (0.0, 1.0, 2.0, 3.0), (np.nan, np.inf, 1e30, 3.0), 0)
    assert row.dots == [(3, 3.0)] and row.shown == (0.0, 3.0)
    card = pages.card(Verdict("gru.over_time", "fail", 0.0, 6.0, "wrong"), "en", row)
    assert "nan" not in card and "inf" not in card.replace("info", "")
    assert card.count("<circle") == 1 and "first difference: step 0" in card


def test_a_name_of_the_array_is_escaped() -> None:
    row = Difference("<b>", "time", (), (0.0, 1.0), (1.0, 1.0), 0)
    assert "<b>" not in pages.card(Verdict("gru.over_time", "fail", 0.0, 6.0), "en", row).replace(
        "<b>Hint", ""
    )
