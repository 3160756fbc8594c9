"""Weights between conventions: against Keras's other GRU, PyTorch, and NumPy; and the refusals."""

import keras
import numpy as np
import pytest

from course_lib import GRU, LSTM, RNN
from course_lib.conventions import (
    from_torch,
    swap_update_gate,
    to_reset_after,
    to_reset_before,
    to_torch,
)

BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 6
CLOSE = {"rtol": 0, "atol": 1e-12}


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def weights(blocks, biases=1, seed=0):
    """Random [kernel, recurrent_kernel, bias], `biases` rows of bias (0: none)."""
    width = blocks * UNITS
    arrays = [normal(seed, FEATURES, width), normal(seed + 1, UNITS, width)]
    bias = [normal(seed + 2, width), normal(seed + 3, 2, width)]
    return arrays + bias[biases - 1 : biases] if biases else arrays


def outputs(layer_class, arrays, xs, **options):
    layer = layer_class(
        arrays[1].shape[0],
        return_sequences=True,
        use_bias=len(arrays) == 3,
        dtype="float64",
        **options,
    )
    layer.build(xs.shape)
    layer.set_weights(arrays)
    return np.asarray(layer(xs))


def other_update_gate(arrays, xs):
    """The GRU whose new state is (1 − z) ⊙ h_prev + z ⊙ h̃, in NumPy; resets before."""
    (W_z, W_r, W_h), (U_z, U_r, U_h) = (np.split(array, 3, axis=1) for array in arrays[:2])
    b_z, b_r, b_h = np.split(arrays[2], 3)
    h, hs = np.zeros((len(xs), UNITS)), []
    for x in xs.swapaxes(0, 1):
        z = 1 / (1 + np.exp(-(x @ W_z + h @ U_z + b_z)))
        r = 1 / (1 + np.exp(-(x @ W_r + h @ U_r + b_r)))
        h = (1 - z) * h + z * np.tanh(x @ W_h + (r * h) @ U_h + b_h)
        hs.append(h)
    return np.stack(hs, axis=1)


def test_the_other_update_gate_is_the_same_network_with_the_sign_of_its_block_changed():
    arrays, xs = weights(3), normal(9, BATCH, TIME, FEATURES)
    expected = outputs(GRU, arrays, xs)
    np.testing.assert_allclose(other_update_gate(swap_update_gate(arrays), xs), expected, **CLOSE)


@pytest.mark.parametrize("biases", [0, 1, 2])
def test_swapping_the_update_gate_twice_gives_the_weights_back(biases):
    arrays = weights(3, biases)
    for got, expected in zip(swap_update_gate(swap_update_gate(arrays)), arrays, strict=True):
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("biases", [0, 2])
def test_a_diagonal_candidate_moves_between_the_two_resets(biases):
    after = weights(3, biases)
    after[1][:, 2 * UNITS :] *= np.eye(UNITS)
    if biases:
        after[2][1, 2 * UNITS :] = 0
    before = to_reset_before(after)
    xs = normal(9, BATCH, TIME, FEATURES)
    expected = outputs(keras.layers.GRU, after, xs, reset_after=True)
    np.testing.assert_allclose(outputs(GRU, before, xs), expected, **CLOSE)
    again = outputs(keras.layers.GRU, to_reset_after(before), xs, reset_after=True)
    np.testing.assert_allclose(again, expected, **CLOSE)


def test_the_two_resets_are_different_networks():
    after, xs = weights(3, 2), normal(9, BATCH, TIME, FEATURES)
    after[2][1] = 0
    same_numbers = [*after[:2], after[2][0]]
    expected = outputs(keras.layers.GRU, after, xs, reset_after=True)
    assert np.abs(outputs(GRU, same_numbers, xs) - expected).max() > 0.1
    for convert, arrays in ((to_reset_before, after), (to_reset_after, same_numbers)):
        with pytest.raises(ValueError, match=r"different networks.*expected 0 beside.*got up to"):
            convert(arrays)


def test_a_recurrent_bias_of_the_candidate_cannot_move():
    after = weights(3, 2)
    after[1][:, 2 * UNITS :] *= np.eye(UNITS)
    with pytest.raises(ValueError, match=r"adds r ⊙ b_hh.*expected b_hh = 0, got up to"):
        to_reset_before(after)


@pytest.mark.parametrize(("convert", "biases"), [(to_reset_before, 1), (to_reset_after, 2)])
def test_weights_that_are_of_the_wanted_kind_already_are_refused(convert, biases):
    arrays = weights(3, biases)
    arrays[1][:, 2 * UNITS :] *= np.eye(UNITS)
    with pytest.raises(ValueError, match=r"not of the kind .* expected a bias .* as they are"):
        convert(arrays)


@pytest.mark.parametrize(
    "arrays", [[], [np.ones((4, 18))], [np.ones((4, 18)), np.ones((6, 12))], weights(2)]
)
def test_what_is_no_layers_weights_is_refused(arrays):
    for convert in (swap_update_gate, to_torch):
        with pytest.raises(ValueError, match=r"not the weights of one recurrent layer.*got arrays"):
            convert(arrays)


@pytest.mark.parametrize("convert", [swap_update_gate, to_reset_before, to_reset_after])
def test_only_a_gru_has_an_update_gate(convert):
    with pytest.raises(ValueError, match=r"not a GRU's weights; expected .*\(6, 18\), got \(6, 24"):
        convert(weights(4))


def test_the_lectures_gru_does_not_go_to_torch():
    with pytest.raises(ValueError, match=r"torch.nn.GRU resets after .* expected a bias .*\(2, 18"):
        to_torch(weights(3))


def test_a_layer_that_is_not_in_the_state_dict_is_refused():
    with pytest.raises(ValueError, match=r"cannot convert layer 1 reverse: no such layer.*nothing"):
        from_torch({}, layer=1, reverse=True)


def test_a_projection_is_refused():
    names = ("weight_ih_l0", "weight_hh_l0", "weight_hr_l0")
    with pytest.raises(ValueError, match="proj_size, which Keras has not"):
        from_torch(dict.fromkeys(names, np.ones((4, 4))))


KERAS = {"RNN": (RNN, {}), "GRU": (keras.layers.GRU, {"reset_after": True}), "LSTM": (LSTM, {})}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KERAS)
def test_a_stack_of_bidirectional_torch_layers_moves_to_keras_and_back(kind, bias):
    torch = pytest.importorskip("torch", reason="pip install torch==2.13.0 to compare with it")
    shape = {"num_layers": 2, "bidirectional": True, "batch_first": True, "bias": bias}
    peer, twin = (getattr(torch.nn, kind)(FEATURES, UNITS, **shape).double() for _ in range(2))
    layer_class, options = KERAS[kind]
    xs = hs = normal(9, BATCH, TIME, FEATURES)
    moved = {}
    for layer in range(2):
        there, back = (from_torch(peer.state_dict(), layer, reverse) for reverse in (False, True))
        moved |= to_torch(there, layer) | to_torch(back, layer, reverse=True)
        forwards = outputs(layer_class, there, hs, **options)
        backwards = outputs(layer_class, back, hs[:, ::-1], **options)[:, ::-1]
        hs = np.concatenate([forwards, backwards], axis=-1)
    twin.load_state_dict({name: torch.tensor(array) for name, array in moved.items()})
    with torch.no_grad():
        np.testing.assert_allclose(hs, peer(torch.tensor(xs))[0], **CLOSE)
        np.testing.assert_allclose(hs, twin(torch.tensor(xs))[0], **CLOSE)
