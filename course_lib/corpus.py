"""Texts by name: two that ship with the course, four that are downloaded once and verified."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_GITHUB = "https://raw.githubusercontent.com"
_POETRY = f"{_GITHUB}/chinese-poetry/chinese-poetry"


@dataclass(frozen=True)
class Corpus:
    """Where a text comes from, and how it is read where models are compared on it.

    url, sha256: empty for a text that ships with the course. normalise: for `load_corpus`;
    held_out: for `split_held_out`. Both are advice, for ladders and `course train`.
    """

    file: str
    about: str
    url: str = ""
    sha256: str = ""
    normalise: str | None = None
    held_out: int | float = 0.1


CORPORA = {
    "prose_en": Corpus(
        "prose_en.txt", "original English prose, written for this course", normalise="lower"
    ),
    "prose_zh": Corpus("prose_zh.txt", "original Chinese prose, written for this course"),
    "time_machine": Corpus(
        "time_machine.txt",
        "H. G. Wells, The Time Machine (the file of Dive into Deep Learning)",
        "http://d2l-data.s3-accelerate.amazonaws.com/timemachine.txt",
        "8424dbd9532ac81f7e5f0b6add90e6952baea29158309d7d1bf3884f4e12c516",
        normalise="letters",
        held_out=17_000,
    ),
    "tiny_shakespeare": Corpus(
        "tiny_shakespeare.txt",
        "40,000 lines of Shakespeare (the file of char-rnn)",
        f"{_GITHUB}/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ),
    "analects": Corpus(
        "analects.json",
        "the Analects of Confucius, one paragraph a line",
        f"{_POETRY}/cc62512c8b183ee6e86bd224de93e7ff4c1c3004/%E8%AE%BA%E8%AF%AD/lunyu.json",
        "bc336a3839706377892719db44c48a09794a493190535a42bf1c7d4c4233e96c",
    ),
    "thousand_character_classic": Corpus(
        "thousand_character_classic.json",
        "the Thousand Character Classic: 1,000 characters, no two alike, nothing between them",
        f"{_POETRY}/7ab685e19b8ccab29b636cd3f967771b737869e4/mengxue/qianziwen.json",
        "85f0c3ec28930ab41ad8766041efdc340dbdd654b9160d877801b62f714e6aa9",
    ),
}


def load_corpus(name: str, normalise: str | None = None) -> str:
    """The text of a corpus, a str whose lines end in a line feed.

    prose_en and prose_zh ship with the course. The others are looked for in the folder that the
    environment variable COURSE_DATA names (by the file names in CORPORA), then in the cache of
    keras.utils.get_file ($KERAS_HOME or ~/.keras, in datasets/course_lib), then downloaded into it.
    A file that is not the expected one, by its SHA-256, is never used and never enters the cache.

    normalise: what `normalised` does to the text; None leaves it as it is.

    Raises ValueError for an unknown name or a wrong file, ConnectionError where the download fails.
    """
    if name not in CORPORA:
        raise ValueError(
            f"unknown corpus; expected one of {', '.join(CORPORA)}, got {name!r}; "
            "try open(path, encoding='utf-8').read() for a text of your own"
        )
    corpus = CORPORA[name]
    return normalised(_plain(corpus, _content(corpus)), normalise, name)


def normalised(text: str, how: str | None, name: str = "the text") -> str:
    """The text in one of the ways of reading it that make its vocabulary small.

        "lower"           str.lower
        "letters"         every run of characters other than A–Z and a–z becomes one space; lower
                          case
        "joined_letters"  the same line by line, each line without the spaces at its ends; then the
                          lines are joined with nothing between them
        None              as it is

    The last two are how Dive into Deep Learning reads The Time Machine, in edition 1.0 and before
    it: 173,428 and 170,580 characters, 27 different ones. They are two texts: joined lines run
    words together ("wellsithe time"), which is harder to predict, so perplexities on one do not
    compare with perplexities on the other.
    Raises ValueError for an unknown `how`, and where nothing is left; name: what the error calls
    the text.
    """
    if how is not None and how not in NORMALISATIONS:
        raise ValueError(
            f"unknown normalisation; expected None or one of {', '.join(NORMALISATIONS)}, got "
            f"{how!r}; try normalise='lower'"
        )
    result = text if how is None else NORMALISATIONS[how](text)
    if text and not result.strip():
        raise ValueError(
            f"normalise={how!r} leaves nothing of {name}; expected a text in ASCII letters, got "
            f"{text[:10]!r}...; try normalise=None"
        )
    return result


def _letters(text: str) -> str:
    return re.sub("[^A-Za-z]+", " ", text).lower()


def _joined_letters(text: str) -> str:
    return "".join(_letters(line).strip() for line in text.split("\n"))


NORMALISATIONS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "letters": _letters,
    "joined_letters": _joined_letters,
}


def read_text(path: str | Path) -> str:
    """The text of a file of one's own, UTF-8 (with or without a mark); lines end in a line feed.

    Raises ValueError for a file that is not there or not readable, is not UTF-8, or holds nothing
    but white space.
    """
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(
            f"cannot read {path}; expected a text file, got {error.strerror}; try another path, or "
            f"one of the corpora {', '.join(CORPORA)}"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8; expected text in that encoding, got byte "
            f"0x{error.object[error.start]:02x} at {error.start}; try `iconv -f gb18030 -t utf-8` "
            "(or the encoding that it has) into another file"
        ) from error
    if not text.strip():
        raise ValueError(
            f"{path} holds no text; expected more than white space, got {len(text)} characters; "
            "try another file"
        )
    return text.replace("\r\n", "\n")


def split_held_out(sequence: Sequence[Any], held_out: int | float) -> tuple[Any, Any]:
    """Cut the end off a sequence: (train, held_out), which together are the sequence.

    sequence: a text or its ids (length,); the parts are of the same type.
    held_out: the number of tokens (int), or the share of the length (float, rounded down).
    Raises ValueError where either part would be empty.
    """
    length = len(sequence)
    share = isinstance(held_out, float)
    size = int(length * held_out) if share and 0 < held_out < 1 else held_out
    if isinstance(size, bool | float) or not 0 < size < length:
        raise ValueError(
            f"the held-out part and the rest must both hold something; expected an int from 1 to "
            f"{length - 1} or a float between 0 and 1, got {held_out!r} of {length} tokens; "
            "try held_out=0.1 on a longer text"
        )
    return sequence[: length - size], sequence[length - size :]


def split_text(text: str, held_out: int | float, tokens: str = "characters") -> tuple[str, str]:
    """`split_held_out` for a text whose tokens are characters, or words (which stay whole).

    Words come back with single spaces between them, as a Vocabulary joins them.
    """
    if tokens != "words":
        seen, unseen = split_held_out(text, held_out)
        return seen, unseen
    words, unseen_words = split_held_out(text.split(), held_out)
    return " ".join(words), " ".join(unseen_words)


def _plain(corpus: Corpus, content: bytes) -> str:
    text = content.decode("utf-8")
    if not corpus.file.endswith(".json"):
        return text.replace("\r\n", "\n")
    book = json.loads(text)
    if isinstance(book, dict):  # one poem: its lines stand without anything between them
        return "".join(book["paragraphs"])
    return "".join(f"{line}\n" for chapter in book for line in chapter["paragraphs"])


def _content(corpus: Corpus) -> bytes:
    if not corpus.url:
        return (Path(__file__).parent / "texts" / corpus.file).read_bytes()
    if folder := os.environ.get("COURSE_DATA"):
        if not Path(folder).is_dir():
            raise ValueError(
                f"COURSE_DATA is not a folder; expected a folder that holds {corpus.file}, got "
                f"{folder!r}; try an absolute path, or unset COURSE_DATA to download the file"
            )
        if (path := Path(folder, corpus.file)).is_file():
            return _verified(corpus, path)
    cached = _cache() / corpus.file
    if cached.is_file() and _sha256(cached.read_bytes()) == corpus.sha256:
        return cached.read_bytes()
    return _download(corpus, cached)


def _cache() -> Path:
    home = os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser()
    return Path(home, "datasets", "course_lib")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _verified(corpus: Corpus, path: Path) -> bytes:
    content = path.read_bytes()
    if (got := _sha256(content)) != corpus.sha256:
        raise ValueError(
            f"{path} is not the file {corpus.file} that the course uses; expected SHA-256 "
            f"{corpus.sha256}, got {got} ({len(content):,} bytes); try removing it and fetching "
            f"{corpus.url} again"
        )
    return content


def _download(corpus: Corpus, target: Path) -> bytes:
    """Fetch into a folder of its own beside the target, verify, then rename: all or nothing."""
    from keras.utils import get_file

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=target.parent)
    except OSError as error:
        raise ValueError(
            f"cannot write the cache of downloads; expected a folder to write to, got {error}; "
            "try setting KERAS_HOME to a folder of yours"
        ) from error
    with scratch as folder:
        try:
            path = Path(get_file(corpus.file, corpus.url, cache_dir=folder, cache_subdir=""))
        except Exception as error:  # get_file raises bare Exception for HTTP errors
            raise ConnectionError(
                f"cannot download {corpus.file}; expected an answer from {corpus.url}, got "
                f"{type(error).__name__}: {error}; try again with a network, or put the file "
                f"{corpus.file} into a folder and set COURSE_DATA to that folder"
            ) from error
        content = _verified(corpus, path)
        os.replace(path, target)
    return content
