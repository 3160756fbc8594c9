"""ARPA files: what is written comes back, KenLM reads it and agrees, and what cannot be written."""

import re

import numpy as np
import pytest

from course_lib import Vocabulary, load_corpus, ngram, split_held_out
from course_lib.ngram import read_arpa

LN10 = np.log(10)
WRITABLE = ("interpolation", "witten_bell", "kneser_ney")

# A model whose probabilities can be worked out by hand; the bigram "b a" has no weight column, and
# the tokens are not in the order of their ids.
BY_HAND = """
\\data\\
ngram 1=5
ngram 2=3

\\1-grams:
-99\t<s>\t-0.5
-1\ta\t-0.25
-0.5\t</s>
-0.75\tb\t-0.125
-2\t<unk>

\\2-grams:
-0.1\t<s> a
-0.2\ta </s>
-0.3\tb a

\\end\\
"""


@pytest.fixture(scope="module")
def letters():
    """Training text, held-out text and vocabulary, with spaces and new lines among the tokens."""
    train, held_out = split_held_out(load_corpus("prose_en")[:12000], 0.1)
    return train, held_out, Vocabulary.from_text(train)


def model_of(letters, smoothing, boundaries, order=4):
    train, _, vocabulary = letters
    rows = [vocabulary.encode(train[i : i + 400]) for i in range(0, len(train), 400)]
    held_out = 0.1 if smoothing == "interpolation" else None
    return ngram.fit(
        rows, len(vocabulary), order, smoothing, held_out=held_out, boundaries=boundaries
    )


def test_a_file_written_by_hand_is_read(tmp_path) -> None:
    path = tmp_path / "hand.arpa"
    path.write_text(BY_HAND, encoding="utf-8")
    model, vocabulary = read_arpa(path)
    assert vocabulary.tokens == ("<unk>", "a", "b") and vocabulary.level == "characters"
    got = model.log_probabilities([vocabulary.encode("ab?ba")]) / LN10
    #         <s> a      a b: back-off       b ?              ? b        b a      a </s>
    expected = [-0.1, -0.25 - 0.75, -0.125 - 2, -0.75, -0.3, -0.2]
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    model, _ = read_arpa(path, reversed=True)
    backward = model.log_probabilities([vocabulary.encode("ab?ba")[::-1]]) / LN10
    np.testing.assert_allclose(backward[::-1], expected, rtol=1e-12)


@pytest.mark.parametrize("smoothing", WRITABLE)
@pytest.mark.parametrize("boundaries", [False, True])
def test_a_written_model_comes_back(smoothing, boundaries, letters, tmp_path) -> None:
    _, held_out, vocabulary = letters
    model = model_of(letters, smoothing, boundaries)
    path = tmp_path / "model.arpa"
    model.write_arpa(path, vocabulary)
    again, tokens = read_arpa(path)
    assert tokens == vocabulary and again.alphabet == model.alphabet
    ids = vocabulary.encode(held_out + "%☃ %")
    np.testing.assert_allclose(
        again.log_probabilities(ids), model.log_probabilities(ids), rtol=0, atol=1e-7
    )
    again.write_arpa(tmp_path / "twice.arpa", tokens)
    assert (tmp_path / "twice.arpa").stat().st_size == pytest.approx(path.stat().st_size, rel=0.01)


@pytest.mark.parametrize("smoothing", WRITABLE)
@pytest.mark.parametrize("order", [2, 3, 5])  # KenLM reads no unigram models
@pytest.mark.parametrize("boundaries", [False, True])
def test_kenlm_reads_our_models_and_agrees(smoothing, order, boundaries, letters, tmp_path) -> None:
    kenlm = pytest.importorskip("kenlm", reason="KenLM is not installed (pip install kenlm)")
    _, held_out, vocabulary = letters
    model = model_of(letters, smoothing, boundaries, order)
    path = tmp_path / "model.arpa"
    model.write_arpa(path, vocabulary)
    theirs = kenlm.Model(str(path))
    text = held_out[:700] + "%☃ %"
    sentence = " ".join({" ": "▁", "\n": "¶"}.get(token, token) for token in text)
    scores = theirs.full_scores(sentence, bos=boundaries, eos=boundaries)
    ours = model.log_probabilities([vocabulary.encode(text)]) / LN10
    np.testing.assert_allclose(ours, [log10 for log10, _, _ in scores], rtol=0, atol=1e-4)
    assert theirs.order == order


def test_words_and_chinese_characters_come_back(tmp_path) -> None:
    for text, level in (
        ("the cat\nsat the mat the end", "words"),
        ("天地玄黄 宇宙洪荒", "characters"),
    ):
        vocabulary = Vocabulary.from_text(text, level)
        model = ngram.fit([vocabulary.encode(text)], len(vocabulary), 2, boundaries=True)
        model.write_arpa(tmp_path / "m", vocabulary)
        assert read_arpa(tmp_path / "m")[1] == vocabulary


def test_tokens_may_be_a_list_without_an_unknown_token(tmp_path) -> None:
    model = ngram.fit([0, 1, 0], 2, 2)
    model.write_arpa(tmp_path / "m", ["x", "y"])
    again, vocabulary = read_arpa(tmp_path / "m")
    assert vocabulary.tokens == ("<unk>", "x", "y")
    np.testing.assert_allclose(
        again.log_probabilities([1, 2, 2]), model.log_probabilities([0, 1, 1]), atol=1e-8
    )
    assert again.perplexity([0]) == np.inf


@pytest.mark.parametrize(
    ("smoothing", "rest"), [("mle", "nothing"), ("add_k", "the uniform distribution")]
)
def test_a_model_that_arpa_cannot_say_is_refused(smoothing, rest, tmp_path) -> None:
    model = ngram.fit([0, 1, 1], 2, 2, smoothing)
    message = f"smoothing='{smoothing}' cannot be written as ARPA; .* falls back to {rest}; try"
    with pytest.raises(ValueError, match=message):
        model.write_arpa(tmp_path / "m", ["x", "y"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["x"], "the vocabulary does not fit the model; expected 2 tokens, got 1"),
        (["x y", "z"], "cannot be written as ARPA; .* got the token 'x y'"),
        (["", "z"], "cannot be written as ARPA; .* got the token ''"),
        (["x", "x"], "got one token twice, or a token <s>, </s>, ▁, ¶"),
        (["</s>", "x"], "got one token twice, or a token <s>"),
        ([" ", "▁"], "got one token twice, or a token <s>"),
    ],
)
def test_tokens_that_cannot_be_written_are_named(tokens, message, tmp_path) -> None:
    model = ngram.fit([0, 1, 1], 2, 2)
    with pytest.raises(ValueError, match=message):
        model.write_arpa(tmp_path / "m", tokens)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("\\data\\", "data", "no line \\data\\"),
        ("ngram 1=5\nngram 2=3\n", "", "no number of n-grams"),
        ("ngram 1=5", "ngram 1=0", "no number of n-grams, or no unigrams"),
        ("-0.3\tb", "0.3\tb", "a log10 p that is not 0 or below among the 2-grams"),
        ("-0.3\tb", "nan\tb", "a log10 p that is not 0 or below among the 2-grams"),
        ("\\2-grams:", "\\3-grams:", "'\\\\3-grams:' where \\2-grams: should be"),
        ("-0.3\tb a\n", "", "fewer than 3 lines of 2-grams"),
        ("\n-0.3\tb a\n\n\\end\\\n", "", "fewer than 3 lines of 2-grams"),
        ("\n\\end\\\n", "", "'the end of the file' where \\end\\ should be"),
        ("-0.3\t", "zero\t", "could not convert string to float: 'zero'"),
        ("b a", "b c", "an odd 2-gram: 'c'"),
        ("b a", "b", "an odd 2-gram"),
    ],
)
def test_a_file_that_is_not_arpa_is_said_to_be(old, new, found, tmp_path) -> None:
    assert old in BY_HAND
    path = tmp_path / "bad.arpa"
    path.write_text(BY_HAND.replace(old, new), encoding="utf-8")
    message = f"{path} is not an n-gram model in ARPA format; expected .data., .* got "
    with pytest.raises(ValueError, match=message.replace("\\", "\\\\")) as caught:
        read_arpa(path)
    assert found in str(caught.value)


def test_an_ngram_without_its_context_is_said_to_be_missing_it(tmp_path) -> None:
    path = tmp_path / "bad.arpa"
    path.write_text(
        BY_HAND.replace("ngram 2=3", "ngram 2=3\nngram 3=1").replace(
            "\n\\end", "\n\\3-grams:\n-0.1\tb b a\n\n\\end"
        ),
        encoding="utf-8",
    )
    with pytest.raises(
        ValueError, match=re.escape("the 3-gram 'b b a' without its first 2 tokens")
    ):
        read_arpa(path)
