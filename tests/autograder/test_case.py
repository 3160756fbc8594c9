"""Cases: seeded, independent of order, and safe from code that writes into them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.case import Case, generator


def test_values_are_attributes() -> None:
    case = Case("public", {"x": np.ones(2), "units": 3, "text": "abc"})
    assert (case.units, case.text) == (3, "abc")
    assert not case.hidden
    assert Case("hidden-1", {}).hidden


def test_a_missing_value_is_an_attribute_error_that_names_those_there_are() -> None:
    with pytest.raises(AttributeError, match="case 'public' has no value 'y'; it has x, units"):
        _ = Case("public", {"x": 1, "units": 2}).y


def test_a_case_can_be_copied_by_pythons_own_means() -> None:
    case = Case("public", {"x": np.ones(2)})
    for again in (copy.copy(case), copy.deepcopy(case), pickle.loads(pickle.dumps(case))):
        assert again.name == "public"
        assert np.array_equal(again.x, case.x)


def test_code_that_writes_into_a_copy_harms_no_other() -> None:
    case = Case("public", {"x": np.zeros(3), "params": {"W": np.zeros(2)}})
    other = case.copy()
    other.x[:] = 1
    other.params["W"][:] = 1
    other.params["new"] = 1
    other.values["y"] = 1
    assert not case.x.any() and not case.params["W"].any()
    assert set(case.values) == {"x", "params"} and set(case.params) == {"W"}


@given(st.integers(0, 2**40), st.text(max_size=8), st.text(max_size=8))
def test_the_same_seed_and_names_give_the_same_numbers(seed: int, a: str, b: str) -> None:
    one, other = generator(seed, a, b), generator(seed, a, b)
    assert one.integers(2**60, size=4).tolist() == other.integers(2**60, size=4).tolist()


def test_another_seed_name_or_split_of_names_gives_other_numbers() -> None:
    keys = [(1, "a", "b"), (2, "a", "b"), (1, "b", "a"), (1, "ab"), (1, "a", "b", ""), (12, "b")]
    drawn = {tuple(generator(*key).integers(2**60, size=2)) for key in keys}  # type: ignore[arg-type]
    assert len(drawn) == len(keys)


def test_using_one_generator_does_not_move_another() -> None:
    wanted = generator(1, "second").normal(size=3)
    generator(1, "first").normal(size=100)
    assert np.array_equal(generator(1, "second").normal(size=3), wanted)
