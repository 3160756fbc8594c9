"""Text to token ids and back."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from course_lib.token_ids import positive, token_ids
from course_lib.whole_file import whole_file

UNKNOWN = "<unk>"
LEVELS = ("characters", "words")


def split(text: str, level: str) -> list[str]:
    """The tokens of a text: its characters, or its words (what white space separates)."""
    if level not in LEVELS:
        raise ValueError(
            f"unknown kind of token; expected one of {', '.join(LEVELS)}, got {level!r}; "
            "try tokens='characters'"
        )
    if not isinstance(text, str):
        raise ValueError(
            f"the text is not a str; expected str, got {type(text).__name__}; "
            "try ''.join(lines) for a list of lines, data.decode('utf-8') for bytes"
        )
    return list(text) if level == "characters" else text.split()


@dataclass(frozen=True)
class Vocabulary:
    """An ordered set of tokens; a token's id is its place, id 0 is the unknown token.

    The other ids follow the frequency in the text that the vocabulary was made from, the most
    frequent token first, ties in the order of code points; so the same text gives the same ids.

    tokens: id -> token, a tuple of distinct str that begins with "<unk>".
    level:  "characters", or "words" (split at white space, joined again with single spaces).
    """

    tokens: tuple[str, ...]
    level: str = "characters"

    def __post_init__(self) -> None:
        split("", self.level)
        if self.tokens[:1] != (UNKNOWN,) or len(set(self.tokens)) != len(self.tokens):
            raise ValueError(
                f"not a vocabulary; expected distinct tokens that begin with {UNKNOWN!r}, got "
                f"{len(self.tokens)} tokens, {len(set(self.tokens))} of them distinct, beginning "
                f"with {self.tokens[:1]}; try Vocabulary.from_text(text)"
            )
        ids = {token: index for index, token in enumerate(self.tokens)}
        object.__setattr__(self, "_ids", ids)

    @classmethod
    def from_text(cls, text: str, tokens: str = "characters", min_count: int = 1) -> Self:
        """The vocabulary of the tokens that occur at least `min_count` times in `text`.

        Make it from the training part only: a vocabulary that has seen the held-out text leaks it.
        Raises ValueError where the text is empty, or where no token is frequent enough.
        """
        count = Counter(split(text, tokens))
        if not count:
            raise ValueError(
                f"the text holds no tokens; expected at least one of the {tokens}, "
                f"got {text[:20]!r}; try load_corpus('prose_en')"
            )
        count.pop(UNKNOWN, None)  # the word "<unk>" is the unknown token itself
        kept = [token for token, n in count.items() if n >= positive("min_count", min_count)]
        if not kept:
            raise ValueError(
                f"no token is frequent enough; expected one that occurs {min_count} times, got at "
                f"most {max(count.values(), default=0)}; try a smaller min_count"
            )
        return cls((UNKNOWN, *sorted(kept, key=lambda token: (-count[token], token))), tokens)

    def __len__(self) -> int:
        """The number of tokens, the unknown one included."""
        return len(self.tokens)

    def encode(self, text: str) -> np.ndarray:
        """Ids of the tokens of `text`: int32 (number of tokens,); 0 for a token not known."""
        ids: dict[str, int] = self._ids  # type: ignore[attr-defined]
        found = split(text, self.level)
        return np.fromiter((ids.get(token, 0) for token in found), np.int32, len(found))

    def decode(self, ids: Iterable[int]) -> str:
        """The text of a sequence of ids (time,); id 0 becomes "<unk>".

        Raises ValueError for an id outside 0 .. len(self) - 1, or for more than one axis.
        """
        array = token_ids(ids, len(self))
        if array.ndim != 1:
            raise ValueError(
                f"decode takes one sequence; expected shape (time,), got {array.shape}; "
                "try [vocabulary.decode(row) for row in ids]"
            )
        return ("" if self.level == "characters" else " ").join(self.tokens[i] for i in array)

    def save(self, path: str | Path) -> None:
        """Write the vocabulary as JSON (UTF-8); the file is there whole or not at all."""
        content = {"level": self.level, "tokens": self.tokens}
        with whole_file(path) as scratch:
            scratch.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote. Raises ValueError for any other file."""
        try:
            content: Any = json.loads(Path(path).read_text(encoding="utf-8"))
            level, tokens = content["level"], content["tokens"]
            if not all(isinstance(token, str) for token in [level, *tokens]):
                raise TypeError("a token is not a str")
            return cls(tuple(tokens), level)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path} holds no vocabulary; expected JSON with 'level' and 'tokens', "
                f"got {type(error).__name__}: {error}; try vocabulary.save(path) again"
            ) from error
