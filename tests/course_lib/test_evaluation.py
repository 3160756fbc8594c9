"""Held-out perplexity: each token once, the state carried; against one forward pass over all."""

import numpy as np
import pytest

from course_lib import LanguageModel, evaluate, evaluation, perplexity, sequential_windows

IDS = np.random.default_rng(5).integers(8, size=41)


def randomised(**options):
    model = LanguageModel(8, 3, 4, **options)
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 1.5, w.shape) for w in model.weights])
    return model


@pytest.mark.parametrize("piece", [7, 40, 512])
def test_a_text_is_scored_token_by_token_with_its_state_carried(monkeypatch, piece):
    monkeypatch.setattr(evaluation, "PIECE", piece)
    model = randomised(cell="lstm", layers=2)
    expected = perplexity(model(IDS[None, :-1])[0], IDS[1:])
    assert evaluate(model, IDS) == pytest.approx(expected, rel=1e-5)


def test_windows_start_from_zero_state_and_a_text_does_not():
    model = randomised(cell="rnn")
    windows = list(sequential_windows(IDS, 1, 5).as_numpy_iterator())
    logits = np.concatenate([model(inputs)[0] for inputs, _ in windows])
    expected = perplexity(logits, IDS[1:])
    assert evaluate(model, windows) == pytest.approx(expected, rel=1e-5)
    assert evaluate(model, IDS) != pytest.approx(expected, rel=1e-3)


def test_a_stateful_model_scores_a_text_as_its_stateless_twin_and_keeps_its_state():
    model = randomised(cell="gru", stateful=True, batch_size=2)
    twin = randomised(cell="gru")
    model(IDS[:10].reshape(2, 5))
    state = np.array(model.recurrent[0].states[0])
    assert evaluate(model, IDS) == pytest.approx(evaluate(twin, IDS), rel=1e-6)
    np.testing.assert_array_equal(model.recurrent[0].states[0], state)


@pytest.mark.parametrize("ids", [IDS[:0], IDS[:1], IDS[None]])
def test_a_text_without_two_tokens_is_refused(ids):
    with pytest.raises(ValueError, match=r"are no text to score; expected one sequence.*got shape"):
        evaluate(randomised(), ids)


@pytest.mark.parametrize("token", [-1, 8])
def test_a_token_that_the_vocabulary_does_not_have_is_refused(token):
    with pytest.raises(ValueError, match=f"out of range; expected ids from 0 to 7, got {token}"):
        evaluate(randomised(), np.array([1, token, 2]))
