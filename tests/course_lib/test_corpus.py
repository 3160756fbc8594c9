"""Corpora: the right bytes or a clear error, whatever folder, cache and network hold."""

import hashlib
import json
import os
import string
import urllib.error
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import (
    CORPORA,
    Vocabulary,
    corpus,
    load_corpus,
    ngram,
    read_text,
    split_held_out,
)

DOWNLOADED = sorted(name for name, entry in CORPORA.items() if entry.url)
NEARBY = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """COURSE_DATA, or ../shared/data beside the project; skipped aloud where neither is there."""
    folder = Path(os.environ.get("COURSE_DATA") or NEARBY)
    missing = [CORPORA[n].file for n in DOWNLOADED if not (folder / CORPORA[n].file).is_file()]
    if missing:
        pytest.skip(f"COURSE_DATA names no folder that holds {', '.join(missing)}")
    monkeypatch.setenv("COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """A fresh cache, no COURSE_DATA, and a network that holds the contents put into this dict."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    pages: dict[str, bytes] = {}

    def retrieve(url: str, filename: str, *_: object) -> None:
        if url not in pages:
            raise urllib.error.URLError("no route to host")
        Path(filename).write_bytes(pages[url])

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", retrieve)
    return pages


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A small corpus of the name "story", which is to be downloaded."""
    content = b"Once upon a time.\r\nThe end.\n"
    entry = corpus.Corpus("story.txt", "a story", "http://example.org/story",
                          hashlib.sha256(content).hexdigest())  # fmt: skip
    monkeypatch.setitem(CORPORA, "story", entry)
    return content


def cached() -> list[str]:
    folder = Path(os.environ["KERAS_HOME"], "datasets")  # Keras itself writes keras.json beside it
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_an_unknown_name_is_answered_with_the_names() -> None:
    with pytest.raises(
        ValueError, match="unknown corpus; expected one of prose_en, .* got 'wells'"
    ):
        load_corpus("wells")


def test_the_embedded_texts_need_neither_folder_nor_network(web: dict[str, bytes]) -> None:
    assert len(load_corpus("prose_en")) > 35_000
    assert len(load_corpus("prose_zh")) > 9_000
    assert cached() == []


def test_the_english_prose_is_ascii_with_a_small_vocabulary() -> None:
    text = load_corpus("prose_en")
    assert text.isascii() and "\t" not in text and "  " not in text
    assert 35 <= len(Vocabulary.from_text(text.lower())) <= 45


@pytest.mark.parametrize("name", ["prose_en", "prose_zh"])
def test_the_embedded_texts_do_not_repeat_themselves(name: str) -> None:
    text = load_corpus(name)
    lines = [line for line in text.split("\n") if line]
    assert len(lines) == len(set(lines))
    width = 60 if name == "prose_en" else 20
    pieces = [text[i : i + width] for i in range(len(text) - width)]
    assert len(set(pieces)) == len(pieces)


def test_a_download_is_verified_and_kept(web: dict[str, bytes], story: bytes) -> None:
    web["http://example.org/story"] = story
    assert load_corpus("story") == "Once upon a time.\nThe end.\n"
    assert cached() == ["story.txt"]
    web.clear()
    assert load_corpus("story") == "Once upon a time.\nThe end.\n"


def test_a_wrong_download_is_named_and_leaves_nothing(web: dict[str, bytes], story: bytes) -> None:
    web["http://example.org/story"] = story[:-3]
    got = hashlib.sha256(story[:-3]).hexdigest()
    expected = CORPORA["story"].sha256
    with pytest.raises(
        ValueError, match=f"story.txt .* expected SHA-256 {expected}, got {got}.*try"
    ):
        load_corpus("story")
    assert cached() == []


def test_offline_says_how_to_use_course_data(web: dict[str, bytes], story: bytes) -> None:
    with pytest.raises(ConnectionError, match="cannot download story.txt; expected .* got .* "
                       "no route to host; try .* set COURSE_DATA to that folder"):  # fmt: skip
        load_corpus("story")
    assert cached() == []


def test_a_spoiled_cache_is_fetched_again(web: dict[str, bytes], story: bytes) -> None:
    web["http://example.org/story"] = story
    load_corpus("story")
    (file,) = Path(os.environ["KERAS_HOME"]).rglob("story.txt")
    file.write_bytes(b"half a sto")
    assert load_corpus("story").startswith("Once")
    assert file.read_bytes() == story


def test_a_cache_that_cannot_be_written_is_named(
    web: dict[str, bytes], story: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(ValueError, match="cannot write the cache .*got .*file.*; try .*KERAS_HOME"):
        load_corpus("story")


def test_course_data_comes_first_and_is_verified(
    web: dict[str, bytes], story: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    (tmp_path / "story.txt").write_bytes(story)
    assert load_corpus("story").startswith("Once")
    assert cached() == []
    (tmp_path / "story.txt").write_bytes(b"another story")
    with pytest.raises(ValueError, match=r"story.txt is not the file .* got .*\(13 bytes\); try"):
        load_corpus("story")


def test_a_course_data_without_the_file_falls_back_to_the_network(
    web: dict[str, bytes], story: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    web["http://example.org/story"] = story
    assert load_corpus("story").startswith("Once")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="COURSE_DATA is not a folder; .* got .*nowhere'; try"):
        load_corpus("story")


@pytest.mark.parametrize("name", DOWNLOADED)
def test_the_real_file_has_the_pinned_hash(name: str, real_data: Path) -> None:
    assert len(load_corpus(name)) >= 1000


def test_the_time_machine_normalised_is_the_text_that_d2l_reads(real_data: Path) -> None:
    text = load_corpus("time_machine", normalise="letters")
    assert text.startswith("the time machine by h g wells i the time traveller for so it will")
    assert len(text) == 173_428  # printed in D2L, "Converting Raw Text into Sequence Data"
    assert len(Vocabulary.from_text(text)) == 28
    assert "1898" in load_corpus("time_machine")
    joined = load_corpus("time_machine", normalise="joined_letters")
    assert joined.startswith("the time machine by h g wellsithe time traveller for so it will")
    assert len(joined) == 170_580  # printed in D2L's editions before 1.0
    assert len(Vocabulary.from_text(joined)) == 28


def test_the_time_machine_has_the_n_gram_perplexities_of_the_lecture(real_data: Path) -> None:
    text = load_corpus("time_machine", "joined_letters")
    train, held_out = split_held_out(text, CORPORA["time_machine"].held_out)
    vocabulary = Vocabulary.from_text(train)
    found = []
    for order in range(1, 7):
        model = ngram.fit(vocabulary.encode(train), len(vocabulary), order, "witten_bell")
        nats = model.log_probabilities(vocabulary.encode(held_out))
        found.append(round(float(np.exp(-nats.mean())), 2))
    assert found == [17.05, 10.00, 6.86, 5.15, 4.70, 4.88]


def test_the_thousand_character_classic_has_a_thousand_characters_no_two_alike(
    real_data: Path,
) -> None:
    text = load_corpus("thousand_character_classic")
    assert len(text) == len(set(text)) == 1000


def test_the_analects_are_plain_text_one_paragraph_a_line(real_data: Path) -> None:
    lines = load_corpus("analects").splitlines()
    book = json.loads((real_data / "analects.json").read_text(encoding="utf-8"))
    assert lines == [line for chapter in book for line in chapter["paragraphs"]]


@given(st.text(alphabet="aZ é\r\n\t.5", max_size=40))
def test_normalising_is_what_its_table_says(text: str) -> None:
    def letters(line: str) -> str:
        plain = "".join(c if c in string.ascii_letters else " " for c in line)
        edges = [" " * plain.startswith(" "), " " * plain.endswith(" ")]
        words = " ".join(plain.split())
        return (edges[0] + words + edges[1] if words else plain[:1]).lower()

    expected = {
        None: text,
        "lower": text.lower(),
        "letters": letters(text),
        "joined_letters": "".join(letters(line).strip() for line in text.split("\n")),
    }
    for how, result in expected.items():
        if text and not result.strip():
            with pytest.raises(ValueError, match=f"normalise={how!r} leaves nothing of the text"):
                corpus.normalised(text, how)
        else:
            assert corpus.normalised(text, how) == result


def test_normalising_is_refused_where_it_makes_no_sense() -> None:
    for how in ("letters", "joined_letters"):
        with pytest.raises(ValueError, match="leaves nothing of prose_zh; expected .* got .* try"):
            load_corpus("prose_zh", normalise=how)
    with pytest.raises(ValueError, match="unknown normalisation; .* got 'upper'; try"):
        load_corpus("prose_en", normalise="upper")


def test_each_corpus_can_be_read_in_its_usual_way() -> None:
    for entry in CORPORA.values():
        assert entry.normalise is None or entry.normalise in corpus.NORMALISATIONS
    assert load_corpus("prose_en", CORPORA["prose_en"].normalise).islower()


def test_a_text_of_ones_own_is_read_as_utf_8_with_or_without_a_mark(tmp_path: Path) -> None:
    for content in ("雨 and rain\r\n".encode(), b"\xef\xbb\xbf" + "雨 and rain\n".encode()):
        (tmp_path / "own.txt").write_bytes(content)
        assert read_text(tmp_path / "own.txt") == "雨 and rain\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("雨雪".encode("gb18030"), "is not UTF-8; expected .* got byte 0x.. at 0; try `iconv"),
        ("café".encode("latin-1"), "is not UTF-8; expected .* got byte 0xe9 at 3; try"),
        (b"", "holds no text; expected more than white space, got 0 characters; try"),
        (b" \n\n", "holds no text; .* got 3 characters; try"),
        (None, "cannot read .*own.txt; expected a text file, got No such file .*; try"),
    ],
)
def test_a_file_that_holds_no_text_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        read_text(tmp_path / "own.txt")


@given(st.text(min_size=2, max_size=50), st.data())
def test_train_and_held_out_together_are_the_text(text: str, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(text) - 1))
    train, held_out = split_held_out(text, size)
    assert train + held_out == text and len(held_out) == size


def test_a_share_is_cut_off_the_end() -> None:
    train, held_out = split_held_out(np.arange(10), 0.25)
    assert train.tolist() == list(range(8)) and held_out.tolist() == [8, 9]


@pytest.mark.parametrize("held_out", [0, 10, -1, 0.0, 1.0, 0.01, 2.5, True])
def test_neither_part_may_be_empty(held_out: float) -> None:
    with pytest.raises(ValueError, match=f"both hold something; .* got {held_out!r} of 10 tokens"):
        split_held_out("0123456789", held_out)
    with pytest.raises(ValueError, match="of 0 tokens; try"):
        split_held_out("", held_out)


def test_a_text_of_words_is_cut_between_two_of_them() -> None:
    assert corpus.split_text("one  two\nthree", 1, "words") == ("one two", "three")
    assert corpus.split_text("one two", 1) == ("one tw", "o")
    with pytest.raises(ValueError, match="both hold something; .* of 1 tokens"):
        corpus.split_text("word", 1, "words")
