"""The gradient checker finds wrong gradients and accepts right ones."""

import numpy as np
import pytest

from course_lib import bptt, check_gradients


def problem(seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"W_xh": (3, 4), "W_hh": (4, 4), "W_ho": (4, 2), "b_h": (4,), "b_o": (2,)}
    arrays = {name: rng.normal(0, 0.8, shape) for name, shape in shapes.items()}
    arrays |= {"x": rng.normal(size=(2, 5, 3)), "h_0": rng.normal(size=(2, 4))}
    y = rng.normal(size=(2, 5, 2))

    def run(arrays):
        parameters = {name: arrays[name] for name in shapes}
        return bptt.forward(parameters, arrays["x"], arrays["h_0"])

    def loss(arrays):
        return bptt.squared_error(run(arrays).o, y)[0]

    return loss, arrays, bptt.gradients(run(arrays), bptt.squared_error(run(arrays).o, y)[1])


def test_right_gradients_pass():
    loss, arrays, gradients = problem()
    errors = check_gradients(loss, arrays, gradients)
    assert list(errors) == list(gradients)
    assert max(errors.values()) < 3e-6


@pytest.mark.parametrize("name", ["W_xh", "W_hh", "W_ho", "b_h", "b_o", "x", "h_0"])
def test_one_wrong_element_is_found(name):
    loss, arrays, gradients = problem(1)
    wrong = gradients[name].copy()
    wrong.flat[-1] += 0.01 * (1 + abs(wrong.flat[-1]))
    errors = check_gradients(loss, arrays, gradients | {name: wrong})
    assert [n for n, error in errors.items() if error > 1e-4] == [name]


def test_central_differences_are_exact_for_a_square():
    point = {"w": np.array([[1.5, -2.0]]), "scale": np.array(3.0)}
    numerical = bptt.numerical_gradients(lambda a: a["scale"] * np.sum(a["w"] ** 2), point)
    np.testing.assert_allclose(numerical["w"], [[9.0, -12.0]], rtol=1e-9)
    np.testing.assert_allclose(numerical["scale"], 6.25, rtol=1e-9)
    np.testing.assert_array_equal(point["w"], [[1.5, -2.0]])


def test_whole_numbers_are_points_as_well():
    assert bptt.numerical_gradients(lambda a: a["w"].sum() ** 2, {"w": [1, 2]})["w"] == (
        pytest.approx([6, 6])
    )


def test_the_relative_error_is_that_of_the_sum_of_both():
    assert bptt.relative_error([1.0, 2.0, 0.0, 1e-12], [1.0, -2.0, 0.0, 0.0]) == pytest.approx(
        [0, 1, 0, 1e-4]
    )


def test_only_what_is_claimed_is_checked():
    loss, arrays, gradients = problem()
    assert list(check_gradients(loss, arrays, {"b_h": gradients["b_h"]})) == ["b_h"]


def test_what_cannot_be_checked_is_refused():
    loss, arrays, gradients = problem()
    with pytest.raises(ValueError, match="named like the arrays; expected some of W_xh.*got W_hx"):
        check_gradients(loss, arrays, {"W_hx": gradients["W_xh"]})
    with pytest.raises(ValueError, match="named like the arrays.*got none"):
        check_gradients(loss, arrays, {})
    with pytest.raises(ValueError, match=r"of W_xh has its shape; expected \(3, 4\), got \(4, 3\)"):
        check_gradients(loss, arrays, {"W_xh": gradients["W_xh"].T})
    with pytest.raises(ValueError, match="x is float32; expected float64"):
        check_gradients(loss, arrays | {"x": arrays["x"].astype("float32")}, gradients)
    for step in (0, -1e-5, np.inf):
        with pytest.raises(ValueError, match="step is a small positive number; got"):
            check_gradients(loss, arrays, gradients, step)
