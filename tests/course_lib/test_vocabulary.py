"""Text to ids and back: order, unknown tokens, files, and what is refused."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import Vocabulary

TEXTS = st.text(min_size=1, max_size=60)


@given(TEXTS)
def test_decoding_gives_back_every_text_over_the_vocabulary(text: str) -> None:
    vocabulary = Vocabulary.from_text(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text


@given(TEXTS)
def test_ids_follow_frequency_and_then_code_points(text: str) -> None:
    tokens = Vocabulary.from_text(text).tokens[1:]
    count = Counter(text)
    for before, after in zip(tokens, tokens[1:], strict=False):
        assert count[before] > count[after] or (count[before] == count[after] and before < after)
    assert set(tokens) == set(text)


@given(TEXTS, st.integers(1, 4))
def test_min_count_keeps_exactly_the_frequent_tokens(text: str, min_count: int) -> None:
    frequent = {token for token in text if text.count(token) >= min_count}
    if frequent:
        vocabulary = Vocabulary.from_text(text, min_count=min_count)
        assert set(vocabulary.tokens[1:]) == frequent
        unknown = [token not in frequent for token in text]
        assert (vocabulary.encode(text) == 0).tolist() == unknown


def test_words_are_what_white_space_separates() -> None:
    vocabulary = Vocabulary.from_text("the river,\n the  ferry", tokens="words")
    assert vocabulary.tokens == ("<unk>", "the", "ferry", "river,")
    assert vocabulary.decode(vocabulary.encode("the\tferry")) == "the ferry"


def test_an_unknown_token_is_id_0_and_reads_unk() -> None:
    vocabulary = Vocabulary.from_text("abca")
    assert vocabulary.encode("axb").tolist() == [1, 0, 2]
    assert vocabulary.decode([1, 0, 2]) == "a<unk>b"
    assert Vocabulary.from_text("<unk> a", tokens="words").encode("<unk>").tolist() == [0]


def test_encoding_gives_int32_also_for_no_text() -> None:
    vocabulary = Vocabulary.from_text("abc")
    assert vocabulary.encode("ab").dtype == vocabulary.encode("").dtype == np.int32
    assert vocabulary.encode("").shape == (0,)
    assert vocabulary.decode([]) == ""


@pytest.mark.parametrize("level", ["characters", "words"])
def test_a_saved_vocabulary_is_the_same_after_loading(level: str, tmp_path: Path) -> None:
    vocabulary = Vocabulary.from_text('a "quoted"\n雨 \U0001f327 line', tokens=level)
    vocabulary.save(tmp_path / "v.json")
    assert Vocabulary.load(tmp_path / "v.json") == vocabulary
    assert "雨" in (tmp_path / "v.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content", ["", "[1]", '{"level": "characters"}', '{"level": "characters", "tokens": ["a"]}',
                '{"level": "bytes", "tokens": ["<unk>"]}', '{"level": "words", "tokens": [1]}',
                '{"level": "words", "tokens": ["<unk>", "a", "a"]}']
)  # fmt: skip
def test_a_file_that_is_not_a_vocabulary_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text(content)
    with pytest.raises(ValueError, match=r"v\.json holds no vocabulary; expected .* got .* try"):
        Vocabulary.load(tmp_path / "v.json")


def test_an_empty_text_has_no_vocabulary() -> None:
    with pytest.raises(ValueError, match="holds no tokens; expected .* got '' *; try"):
        Vocabulary.from_text("")
    with pytest.raises(ValueError, match="holds no tokens"):
        Vocabulary.from_text(" \n ", tokens="words")


def test_bad_arguments_are_refused_with_a_way_out() -> None:
    with pytest.raises(ValueError, match="unknown kind of token; .* got 'bytes'; try"):
        Vocabulary.from_text("abc", tokens="bytes")
    with pytest.raises(ValueError, match="not a str; expected str, got bytes; try"):
        Vocabulary.from_text(b"abc")
    with pytest.raises(ValueError, match="min_count is not a positive whole number; .* got 0"):
        Vocabulary.from_text("abc", min_count=0)
    with pytest.raises(ValueError, match="no token is frequent enough; .* 3 times, got at most 2"):
        Vocabulary.from_text("aab", min_count=3)
    with pytest.raises(ValueError, match="not a vocabulary; expected distinct tokens"):
        Vocabulary(("a", "b"))


@pytest.mark.parametrize(("ids", "got"), [([1, 4], "got 4"), ([-1, 9], "got -1")])
def test_an_id_outside_the_vocabulary_is_refused(ids: list[int], got: str) -> None:
    with pytest.raises(ValueError, match=f"out of range; expected ids from 0 to 3, {got}; try"):
        Vocabulary.from_text("abc").decode(ids)


def test_only_one_sequence_of_integers_is_decoded() -> None:
    vocabulary = Vocabulary.from_text("abc")
    with pytest.raises(ValueError, match=r"expected shape \(time,\), got \(1, 2\); try"):
        vocabulary.decode([[1, 2]])
    with pytest.raises(ValueError, match="must be integers; .* got dtype float64; try"):
        vocabulary.decode([0.5])
