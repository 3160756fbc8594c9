"""Equal arrays pass, different ones do not, and the message says what differs and where."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.compare import (
    FLOAT32_TOLERANCE,
    FLOAT64_TOLERANCE,
    equal_arrays,
    same_array,
    tolerance,
)
from autograder.verdict import Text

RNG = np.random.default_rng(0)
EXPECTED = RNG.normal(size=(3, 5, 4))
AXES = "batch time units"
arrays = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=3, max_side=5),
    elements=st.floats(-100, 100),
)


def says(seen: object, expected: np.ndarray = EXPECTED, axes: str = AXES, **more: object) -> Text:
    """The message about a wrong array; both languages are there and differ."""
    text = same_array("hs", seen, expected, axes, **more)  # type: ignore[arg-type]
    assert text is not None
    assert text.en != text.zh and "hs" in text.en and "hs" in text.zh
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh)
    return text


# --- equal is equal ----------------------------------------------------------------------------


@given(arrays)
def test_an_array_equals_itself_in_every_container(array: np.ndarray) -> None:
    for same in (array, array.copy(order="F"), array.tolist(), array[::-1][::-1]):
        assert same_array("hs", same, array) is None


@given(arrays)
def test_a_correct_float32_answer_passes(array: np.ndarray) -> None:
    assert same_array("hs", array.astype(np.float32), array) is None


@given(arrays, st.randoms(use_true_random=False), st.floats(2.0, 1e6), st.booleans())
def test_a_perturbation_above_the_tolerance_never_passes(
    array: np.ndarray, random: object, times: float, single: bool
) -> None:
    expected = array.astype(np.float32).astype(np.float64) if single else array
    seen = array.astype(np.float32 if single else np.float64)
    limit = tolerance(seen) * max(1.0, float(np.abs(expected).max()))
    place = random.randrange(seen.size)  # type: ignore[attr-defined]
    seen.flat[place] += times * limit
    assert same_array("hs", seen, expected) is not None
    seen.flat[place] = expected.flat[place] - times * limit
    assert same_array("hs", seen, expected) is not None


@given(arrays, st.floats(-0.9, 0.9))
def test_a_perturbation_below_the_tolerance_always_passes(array: np.ndarray, part: float) -> None:
    limit = FLOAT64_TOLERANCE * max(1.0, float(np.abs(array).max()))
    assert same_array("hs", array + part * limit, array) is None


def test_the_tolerance_follows_the_dtype_that_came() -> None:
    kept = [tolerance(np.zeros(1, dtype)) for dtype in (np.float64, np.int64, bool)]
    assert kept == [FLOAT64_TOLERANCE] * 3
    assert tolerance(np.zeros(1, np.float32)) == FLOAT32_TOLERANCE
    assert tolerance(np.zeros(1, np.float16)) == 2e-2
    slightly = EXPECTED + 1e-6
    assert same_array("hs", slightly, EXPECTED) is not None
    assert same_array("hs", slightly.astype(np.float32), EXPECTED) is None
    assert same_array("hs", slightly, EXPECTED, rtol=1e-5) is None


def test_an_empty_array_equals_an_empty_array() -> None:
    assert same_array("hs", np.zeros((0, 3)), np.zeros((0, 3))) is None


# --- the messages ------------------------------------------------------------------------------


def test_nothing_returned_asks_for_the_return() -> None:
    text = says(None)
    assert text.en == "hs is missing: your code returned None. Did you forget `return`?"
    assert "return" in text.zh and "缺少" in text.zh


@pytest.mark.parametrize("seen", [EXPECTED + 1j, EXPECTED.astype(str), np.array([None])])
def test_what_is_no_real_array_is_named_by_its_dtype(seen: np.ndarray) -> None:
    text = says(seen)
    assert f"hs is not a real array: its dtype is {seen.dtype}" in text.en
    assert str(seen.dtype) in text.zh


def test_a_wrong_shape_names_the_axes_in_both_languages() -> None:
    text = says(EXPECTED[:, :, :3])
    assert text.en == (
        "hs has shape (3, 5, 3); expected (batch 3, time 5, units 4). "
        "So the units axis is 3, not 4."
    )
    assert (
        text.zh == "hs 的形状是 (3, 5, 3)；应为 (批量 3, 时间步 5, 单元 4)。即单元轴为 3，应为 4。"
    )


def test_swapped_axes_are_recognised() -> None:
    text = says(EXPECTED.swapaxes(0, 1))
    assert text.en.endswith("Two axes look swapped.")
    assert text.zh.endswith("看起来有两个轴对调了。")


def test_a_missing_axis_says_what_was_expected() -> None:
    text = says(EXPECTED[:, -1])
    assert text.en == "hs has shape (3, 4); expected (batch 3, time 5, units 4)."


def test_a_wrong_shape_without_axis_names_gives_the_shapes() -> None:
    assert says(np.zeros(2), np.zeros(3), "").en == "hs has shape (2,); expected (3,)."


def test_names_of_the_axes_must_fit_the_expected_array() -> None:
    with pytest.raises(
        ValueError, match="axes 'batch units' name 2 axes; the expected array has 3"
    ):
        same_array("hs", EXPECTED, EXPECTED, "batch units")


@pytest.mark.parametrize(("value", "word"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_a_value_that_is_not_finite_is_named_with_its_place(value: float, word: str) -> None:
    seen = EXPECTED.copy()
    seen[2, 1, 3] = value
    text = says(seen)
    assert text.en == f"hs holds {word} at [batch 2, time 1, unit 3]; every value must be finite."
    assert f"hs 在 [批量 2, 时间步 1, 单元 3] 处为 {word}" in text.zh


def test_the_largest_difference_is_told_with_its_place() -> None:
    seen = EXPECTED.copy()
    seen[1, 3, 2] += 0.25
    seen[1, 4, 2] -= 0.125
    text = says(seen)
    assert "largest difference 0.25 at [batch 1, time 3, unit 2]" in text.en
    assert "最大差 0.25，位于 [批量 1, 时间步 3, 单元 2]" in text.zh


@given(st.integers(0, 4))
def test_the_first_wrong_time_step_is_the_first_that_differs(step: int) -> None:
    seen = EXPECTED.copy()
    seen[:, step:] += RNG.normal(size=seen[:, step:].shape)
    text = says(seen)
    if step == 0:
        assert "already the first time step is wrong" in text.en
        assert "从第一个时间步起就不对" in text.zh
    else:
        assert f"first wrong time step {step} (counted from 0" in text.en
        assert f"第一个出错的时间步是 {step}" in text.zh


def test_without_a_time_axis_no_time_step_is_spoken_of() -> None:
    text = says(EXPECTED[0] + 1, EXPECTED[0], "batch units")
    assert "time" not in text.en and "时间" not in text.zh


def test_a_single_number_has_no_place() -> None:
    text = says(np.float64(2.0), np.array(1.0), "")
    assert text.en.startswith("hs differs from the expected value: largest difference 1.")


# --- ratios ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "en", "zh"),
    [
        (-1.0, "a sign", "符号"),
        (math.log(2), "ln 2", "ln 2"),
        (1 / math.log(2), "1/ln 2", "1/ln 2"),
        (2.0, "a factor of 2", "因子 2"),
        (0.5, "a factor of 1/2", "因子 1/2"),
        (3.0, "the batch size", "批量大小"),
        (1 / 3, "1 / the batch size", "1/批量大小"),
    ],
)
def test_a_constant_factor_is_named(factor: float, en: str, zh: str) -> None:
    text = says(factor * EXPECTED, context={"batch size": 3})
    assert text.en.endswith(f"All values are off by one constant factor, {factor:.6g}: {en}.")
    assert text.zh.endswith(f"所有值只差一个常数因子 {factor:.6g}：{zh}。")


def test_an_unknown_constant_factor_is_given_as_a_number() -> None:
    text = says(0.7 * EXPECTED)
    assert text.en.endswith("All values are off by one constant factor, 0.7.")
    assert text.zh.endswith("所有值只差一个常数因子 0.7。")


def test_zeros_are_called_zeros() -> None:
    text = says(np.zeros_like(EXPECTED))
    assert text.en.endswith("All of your values are zero.")
    assert text.zh.endswith("你的值全是零。")


def test_no_factor_is_claimed_where_there_is_none() -> None:
    for seen in (EXPECTED + 1.0, EXPECTED**2, np.where(EXPECTED > 0, EXPECTED, -EXPECTED)):
        text = says(seen)
        assert "factor" not in text.en and "因子" not in text.zh
    one = says(np.array([2.0]), np.array([1.0]), "units")
    assert "factor" not in one.en


@given(arrays, arrays)
@settings(max_examples=200)
def test_comparing_never_raises_on_arrays(one: np.ndarray, other: np.ndarray) -> None:
    text = same_array("hs", one, other, context={"batch size": 3})
    assert text is None or (text.en and text.zh)


# --- equal_arrays: how a mistake is recognised -------------------------------------------------


def test_observations_are_equal_if_names_shapes_and_numbers_are() -> None:
    seen = {"r": EXPECTED, "z": EXPECTED[0]}
    assert equal_arrays(seen, {"z": EXPECTED[0].copy(), "r": EXPECTED.tolist()})
    assert equal_arrays(seen, {"r": EXPECTED.astype(np.float32), "z": EXPECTED[0]})
    assert not equal_arrays(seen, {"r": EXPECTED})
    assert not equal_arrays(seen, {**seen, "z": EXPECTED[1]})
    assert not equal_arrays(seen, {**seen, "z": EXPECTED[0].T})
    assert not equal_arrays(seen, {**seen, "z": np.full((5, 4), "x")})


def test_the_same_nan_in_the_same_place_is_the_same_mistake() -> None:
    broken = EXPECTED.copy()
    broken[0, 0, 0] = np.nan
    assert equal_arrays({"r": broken}, {"r": broken.copy()})
    assert not equal_arrays({"r": broken}, {"r": EXPECTED})
    nothing = np.full(3, np.nan)
    assert equal_arrays({"r": nothing}, {"r": nothing})
