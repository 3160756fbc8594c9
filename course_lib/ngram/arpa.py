"""ARPA files: the text format in which toolkits exchange n-gram models.

    log10 p(w_1 … w_m) <tab> w_1 … w_m <tab> log10 γ(w_1 … w_m)         one n-gram a line

A reader takes the longest n-gram that is there, and multiplies by γ of the contexts that it had to
give up. That is what an `NGram` does, so every model whose p_below is the shorter context is
written exactly: interpolation, Witten-Bell, Kneser-Ney. Add-k falls back to the uniform
distribution and maximum likelihood to nothing; the format has no words for that.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from course_lib.ngram.index import NONE, NGramIndex
from course_lib.ngram.model import NGram
from course_lib.ngram.sequences import Alphabet
from course_lib.vocabulary import UNKNOWN, Vocabulary
from course_lib.whole_file import whole_file

MARKS = {" ": "▁", "\n": "¶", "\t": "␉", "\r": "␍"}  # white space separates tokens in the file
START, END = "<s>", "</s>"
IMPOSSIBLE = -99.0  # the format's log10 of 0


def write_arpa(model: NGram, path: str | Path, vocabulary: Vocabulary | Iterable[str]) -> None:
    """Write a model as ARPA (UTF-8), for KenLM, SRILM and others.

    vocabulary: a course_lib Vocabulary, or the tokens in the order of their ids. White space as a
    token is written as ▁ (space), ¶ (new line), ␉, ␍. A model without boundaries has <s> and </s>
    with log10 p = −99; score with it without them. A reversed model scores reversed texts. KenLM
    itself reads no model of order 1.
    Raises ValueError for mle and add_k, and for tokens that do not fit the model or the format.
    """
    if model.below != "shorter":
        raise ValueError(
            f"smoothing={model.smoothing!r} cannot be written as ARPA; expected a model that falls "
            "back to the shorter context, got one that falls back to "
            f"{'the uniform distribution' if model.below == 'uniform' else 'nothing'}; try "
            "smoothing='witten_bell', or model.save(path)"
        )
    tokens = _written(vocabulary, model.alphabet.vocabulary_size)
    size = [0, len(tokens), *(model.index.size(m) for m in range(2, model.order + 1))]
    with whole_file(path) as scratch, scratch.open("wb") as file:
        counts = "".join(f"ngram {m}={size[m]}\n" for m in range(1, model.order + 1))
        file.write(f"\\data\\\n{counts}".encode())
        for m in range(1, model.order + 1):
            file.write(f"\n\\{m}-grams:\n".encode())
            file.write("".join(_lines(model, m, tokens)).encode())
        file.write(b"\n\\end\\\n")


def read_arpa(path: str | Path, reversed: bool = False) -> tuple[NGram, Vocabulary]:
    """The model in an ARPA file and the vocabulary for its ids.

    The vocabulary has the tokens in the order of the file, "<unk>" first; of characters if every
    token is one (▁, ¶, ␉, ␍ become white space again), else of words. A file without "<unk>" gives
    it probability 0. The model has boundaries if </s> has a probability above 10^−99.
    Raises ValueError for a file that is not ARPA, is cut short, or has an n-gram whose context is
    missing.
    """
    with open(path, encoding="utf-8", newline="\n") as file:
        try:
            sections = list(_sections(line.rstrip("\r\n") for line in file))
        except (ValueError, StopIteration) as error:
            raise _not_arpa(path, str(error)) from error
    grams, probability, backoff = sections[0]
    boundaries = any(g == END and p > 0 for g, p in zip(grams, probability, strict=True))
    words = [gram for gram in grams if gram not in (UNKNOWN, START, END)]
    tokens = [UNKNOWN, *words, *([END, START] if boundaries else [])]
    ids = {token: index for index, token in enumerate(tokens)}
    alphabet = Alphabet(1 + len(words), boundaries)
    p_1, gamma = np.zeros(len(tokens)), np.ones(len(tokens))
    places = [(ids[g], i) for i, g in enumerate(grams) if g in ids]
    to, of = np.array(places).T
    p_1[to], gamma[to] = probability[of], backoff[of]
    p_1[alphabet.predicted :] = 0
    index = NGramIndex(len(tokens), [np.array([], np.int64)] * 2)
    all_p, all_gamma = [np.array([]), p_1], [np.ones(1), gamma]
    for m, (grams, probability, backoff) in enumerate(sections[1:], 2):
        try:
            symbols = np.array([[ids[t] for t in gram.split(" ")] for gram in grams], np.int64)
            symbols = symbols.reshape(len(grams), m)
        except (KeyError, ValueError) as error:
            raise _not_arpa(path, f"an odd {m}-gram: {error}") from error
        context = symbols[:, 0]
        for length in range(2, m):
            context = index.find(length, context, symbols[:, length - 1])
        if (context == NONE).any():
            missing = grams[int(np.argmax(context == NONE))]
            raise _not_arpa(path, f"the {m}-gram {missing!r} without its first {m - 1} tokens")
        key = context * len(tokens) + symbols[:, -1]
        in_order = np.argsort(key)
        index.keys.append(key[in_order])
        all_p.append(probability[in_order])
        all_gamma.append(backoff[in_order])
    model = NGram(alphabet, index, all_p, all_gamma[:-1], "shorter", "arpa", reversed)
    return model, _vocabulary(words)


def _lines(model: NGram, m: int, tokens: list[str]) -> Iterator[str]:
    with np.errstate(divide="ignore"):
        p = np.maximum(np.log10(model.probability[m]), IMPOSSIBLE)
        gamma = np.log10(model.backoff[m]) if m < model.order else None
    if m == 1:  # <s> and </s> are written always: readers ask for them
        p = np.append(p, [IMPOSSIBLE] * (len(tokens) - len(p)))
        gamma = None if gamma is None else np.append(gamma, [0.0] * (len(tokens) - len(gamma)))
    names = np.array(tokens, object)
    rows = np.arange(len(tokens))[:, None] if m == 1 else model.index.tokens(m)
    grams = (" ".join(row) for row in names[rows].tolist())
    if gamma is None:
        return (f"{a:.9g}\t{gram}\n" for a, gram in zip(p.tolist(), grams, strict=True))
    columns = zip(p.tolist(), grams, gamma.tolist(), strict=True)
    return (f"{a:.9g}\t{gram}\t{b:.9g}\n" for a, gram, b in columns)


def _written(vocabulary: Vocabulary | Iterable[str], size: int) -> list[str]:
    """The tokens as they stand in the file, </s> and <s> after them."""
    given = vocabulary.tokens if isinstance(vocabulary, Vocabulary) else tuple(vocabulary)
    tokens = [MARKS.get(token, token) for token in given] + [END, START]
    if len(given) != size:
        raise ValueError(
            f"the vocabulary does not fit the model; expected {size} tokens, got {len(given)}; try "
            "the vocabulary that encoded the training text"
        )
    odd = [token for token in tokens if not token or token.split() != [token]]
    twice = len(set(tokens)) < len(tokens)
    if odd or twice:
        got = f"the token {odd[0]!r}" if odd else "one token twice, or a token <s>, </s>, ▁, ¶"
        raise ValueError(
            "the tokens cannot be written as ARPA; expected distinct tokens without white space in "
            f"them, got {got}; try another text for it"
        )
    return tokens


def _sections(lines: Iterator[str]) -> Iterator[tuple[list[str], np.ndarray, np.ndarray]]:
    """(n-grams, probabilities, back-off weights) of every order."""
    while (line := next(lines, None)) != "\\data\\":
        if line is None:
            raise ValueError("no line \\data\\")
    sizes = []
    while (line := next(lines, "")).startswith("ngram "):
        sizes.append(int(line.split("=")[1]))
    if not sizes or sizes[0] < 1:
        raise ValueError("no number of n-grams, or no unigrams")
    for m, size in enumerate(sizes, 1):
        while not line:
            line = next(lines, "the end of the file")
        if line != f"\\{m}-grams:":
            raise ValueError(f"{line!r} where \\{m}-grams: should be")
        rows = [row.split("\t") for row in islice(lines, size)]
        if len(rows) < size or any(len(row) not in (2, 3) for row in rows):
            raise ValueError(f"fewer than {size} lines of {m}-grams")
        p = np.array([float(row[0]) for row in rows])
        if not (p <= 0).all():
            raise ValueError(f"a log10 p that is not 0 or below among the {m}-grams")
        gamma = np.array([float(row[2]) if len(row) == 3 else 0.0 for row in rows])
        yield [row[1] for row in rows], np.where(p <= IMPOSSIBLE, 0.0, 10.0**p), 10.0**gamma
        line = ""
    while not line:
        line = next(lines, "the end of the file")
    if line != "\\end\\":
        raise ValueError(f"{line!r} where \\end\\ should be")


def _vocabulary(words: list[str]) -> Vocabulary:
    if all(len(word) == 1 for word in words):
        space = {mark: token for token, mark in MARKS.items()}
        return Vocabulary((UNKNOWN, *(space.get(word, word) for word in words)), "characters")
    return Vocabulary((UNKNOWN, *words), "words")


def _not_arpa(path: str | Path, found: str) -> ValueError:
    return ValueError(
        f"{path} is not an n-gram model in ARPA format; expected \\data\\, every order with as "
        f"many n-grams as announced, and \\end\\, got {found}; try writing the file again"
    )
