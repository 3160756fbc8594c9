"""What `course train` and `course ladder` share: the text, and the options about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from .problem import Problem

Corpus = Annotated[
    str, typer.Option(help="A corpus by name (see `course train --help`), or a UTF-8 file.")
]
Normalise = Annotated[
    str | None,
    typer.Option(
        help="lower, letters, joined_letters (a-z and spaces), none; default: the corpus's usual.",
        show_default=False,
    ),
]
HeldOut = Annotated[
    str | None,
    typer.Option(
        help="The end of the text: a share (0.1) or so many tokens (17000); "
        "default: the corpus's usual.",
        show_default=False,
    ),
]
Tokens = Annotated[str, typer.Option(help="characters or words.")]
MinCount = Annotated[
    int,
    typer.Option(help="Rarer tokens are read as the unknown one; 2 lets models learn it.", min=1),
]


class Text(NamedTuple):
    """A text as models are to read it."""

    name: str
    text: str
    normalise: str | None
    held_out: int | float


def read(corpus: str, normalise: str | None, held_out: str | None) -> Text:
    """The text of a corpus or of a file, and which part of it is held out."""
    from course_lib import CORPORA, read_text
    from course_lib.corpus import Corpus, load_corpus, normalised

    known = CORPORA.get(corpus)
    usual = known or Corpus(corpus, "a file")
    how = usual.normalise if normalise is None else normalise
    how = None if how == "none" else how
    part = usual.held_out if held_out is None else size(held_out)
    text = load_corpus(corpus, how) if known else normalised(read_text(corpus), how, corpus)
    return Text(Path(corpus).stem, text, how, part)


def size(held_out: str) -> int | float:
    """A number of tokens, or a share of them."""
    try:
        return int(held_out) if held_out.isdecimal() else float(held_out)
    except ValueError:
        raise Problem(
            f"held-out is {held_out!r}; expected a share such as 0.1, or a number of tokens"
        ) from None


@contextmanager
def problems() -> Iterator[None]:
    """What course_lib raises about its input, in the command's one line."""
    try:
        yield
    except (ValueError, FloatingPointError, OSError) as error:
        raise Problem(str(error)) from error
