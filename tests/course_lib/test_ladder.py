"""The ladder: the same tokens for all, nothing chosen on them, and a break costs one rung."""

import math

import numpy as np
import pytest

from course_lib import Vocabulary, evaluate, load_corpus, ngram, split_held_out
from course_lib import ladder as plot
from course_lib.ladder import Recipe, climb, recipe
from course_lib.model_folder import load_model

TEXT = load_corpus("prose_en").lower()[:4000]
RECIPES = {"rnn": Recipe(1, 3, 4, batch=4, time=8), "lstm": Recipe(1, 3, 4, batch=4, time=8)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ladder")


@pytest.fixture(scope="module")
def found(folder):
    return climb(TEXT, 500, folder, "prose", recipes=RECIPES)


def test_every_rung_is_there_the_worst_first(found):
    names = [rung.name for rung in found.rungs]
    assert {"RNN", "LSTM"} < set(names)
    assert sum(name.startswith("unigram") for name in names) == 1
    assert sum(name.startswith("bigram") for name in names) == 1
    perplexities = [rung.perplexity for rung in found.rungs]
    assert perplexities == sorted(perplexities, reverse=True)
    assert all(rung.seconds > 0 and rung.parameters > 0 for rung in found.rungs)


def test_networks_and_n_grams_are_scored_on_the_same_tokens(folder, found):
    train, held_out = split_held_out(TEXT, 500)
    vocabulary = Vocabulary.from_text(train, min_count=2)
    ids, scored = vocabulary.encode(train), vocabulary.encode(held_out)
    assert found.held_out == len(scored[1:]) and found.vocabulary == len(vocabulary)
    assert found.unknown == np.sum(scored[1:] == 0)
    by_name = {rung.name: rung for rung in found.rungs}
    model, kept = load_model(folder / "lstm")
    assert kept == vocabulary
    assert by_name["LSTM"].perplexity == pytest.approx(evaluate(model, scored), rel=1e-5)
    assert by_name["LSTM"].parameters == model.count_params()
    unigram = next(rung for rung in found.rungs if rung.name.startswith("unigram"))
    smoothing = unigram.name.split(", ")[1].replace(" ", "_")
    weights = {"held_out": 0.1} if smoothing == "interpolation" else {}
    nats = ngram.fit(ids, len(vocabulary), 1, smoothing, **weights).log_probabilities(scored)[1:]
    assert unigram.perplexity == pytest.approx(math.exp(-np.mean(nats)), rel=1e-9)


def test_the_held_out_text_chooses_nothing(tmp_path, found):
    other = climb(TEXT[:-500] + "q" * 500, 500, tmp_path, "prose", recipes={})
    assert {rung.name for rung in other.rungs} < {rung.name for rung in found.rungs}


def test_the_same_call_again_measures_nothing_anew(folder, found):
    def watch(name, epochs):
        raise AssertionError("trained again")

    assert climb(TEXT, 500, folder, "prose", recipes=RECIPES, watch=watch) == found


def test_another_text_in_the_same_folder_is_refused(folder, found):
    for text, held_out in ((TEXT, 400), (TEXT[:100] + TEXT[101] + TEXT[100] + TEXT[102:], 500)):
        with pytest.raises(ValueError, match="is the ladder of another text; expected .*try anoth"):
            climb(text, held_out, folder, "prose", recipes=RECIPES)


def test_a_file_that_is_no_ladder_is_refused(tmp_path):
    (tmp_path / "ladder.json").write_text("{")
    with pytest.raises(ValueError, match="is no ladder; expected what `climb` writes, got"):
        climb(TEXT, 500, tmp_path, recipes={})


def test_a_text_that_is_too_short_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="too short for one batch"):
        climb(TEXT[:300], 30, tmp_path, recipes={"rnn": Recipe(1)})
    with pytest.raises(ValueError, match="must both hold something"):
        climb("a", 1, tmp_path)
    with pytest.raises(ValueError, match="nothing to score; expected at least two .* got 1; try"):
        climb(TEXT[:300], 1, tmp_path, recipes={})
    assert list(tmp_path.iterdir()) == []


def test_words_are_cut_between_words(tmp_path):
    found = climb("one two three four two one " * 20, 12, tmp_path, tokens="words", recipes={})
    assert (found.train, found.held_out, found.vocabulary, found.unknown) == (108, 11, 5, 0)


def test_the_picture_has_a_bar_for_each_rung(folder, found):
    assert (folder / "ladder.png").read_bytes().startswith(b"\x89PNG")
    labels = [label.get_text() for label in found.figure().axes[0].get_yticklabels()]
    assert labels == [rung.name for rung in found.rungs]
    assert callable(plot)


@pytest.mark.parametrize("tokens", [9_000, 20_000, 38_000, 156_000, 1_000_000])
def test_each_cell_has_a_recipe_for_each_length(tokens):
    for cell in ("rnn", "gru", "lstm"):
        how = recipe(cell, tokens)
        assert how.epochs * tokens / (how.batch * how.time) > 200  # steps enough to learn
