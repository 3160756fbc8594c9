"""An equation in Unicode, "h_t = z_t ⊙ h_{t-1}", set as MathML: browsers draw it without a script.

One text serves all fronts: a terminal prints it as it is, a page shows it set. A letter is a
variable, a word is a word; `_` lowers, `^` raises, and so do ᵀ, ², ⁿ, ⁺ and ′.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from markupsafe import Markup

ACCENTS = {"\u0303": "~", "\u0302": "^"}
RAISED = {"ᵀ": "T", "²": "2", "ⁿ": "n", "⁺": "+"}
TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<code>"[^"]*"|<\w+>|[A-Za-z]{2,}_[a-z]{4,}\w*|\d+e-\d+)
  | (?P<number>\d[\d,]*\d(?:\.\d+)?|\d(?:\.\d+)?|½)
  | (?P<word>a(?=\ [a-z]{2})|(?:n-)?[A-Za-z]{2,}(?:[-.][A-Za-z]{2,})*(?![A-Za-z]*[\u0300-\u036f_]))
  | (?P<name>(?:[A-Za-z]{2,3}(?=_)|[^\W\d_ᵀ²ⁿ])[\u0300-\u036f]?)
  | (?P<low>_(?:\{[^{}]*\}|[^\W_ᵀ²ⁿ]+′?))
  | (?P<high>\^(?:\{[^{}]*\}|[^\W_]+)|[ᵀ²ⁿ⁺′])
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
ELEMENTS = {"number": "mn", "name": "mi", "word": "mtext", "code": "mtext", "sign": "mo"}
BRING_SPACE = set("=<>≤≥≈+−⊙⇒→←∝~·/,;|")
"""Signs with space of their own around them."""
WIDE_GAP = re.compile(r"(?<=[;,:])\s{2,}|\s{3,}")
"""Parts a line into pieces that may stand below each other where it is too long."""


@lru_cache(maxsize=1024)
def mathml(text: str) -> Markup:
    """The equation as one <div> a line, with a <math> for each piece of the line."""
    lines = (map(_piece, WIDE_GAP.split(line.strip())) for line in text.splitlines())
    return Markup("\n").join(
        Markup("<div>{}</div>").format(Markup(" ").join(line)) for line in lines
    )


def _piece(text: str) -> Markup:
    return Markup('<math alttext="{}">{}</math>').format(text, _row(text))


def _row(text: str) -> Markup:
    tokens = [(str(found.lastgroup), found.group()) for found in TOKEN.finditer(text)]
    return Markup("<mrow>{}</mrow>").format(Markup("").join(_elements(tokens)))


def _elements(tokens: list[tuple[str, str]]) -> Iterator[Markup]:
    """The tokens in order, each with what is lowered and raised behind it."""
    place = 0
    while place < len(tokens):
        kind, text = tokens[place]
        around = (*tokens[max(place - 1, 0) : place], *tokens[place + 1 : place + 2])
        if kind in ("low", "high"):  # a script on nothing: "^0" alone, or after a space
            base = Markup("<mrow></mrow>")
        elif kind == "space":
            place += 1
            if not any(text in BRING_SPACE for _, text in around):
                wide = any(kind in ("word", "code") for kind, _ in around)
                yield Markup('<mspace width="{}em"></mspace>').format(0.3 if wide else 0.17)
            continue
        else:
            base = _element(kind, text, spaced=any(kind == "space" for kind, _ in around))
            place += 1
        scripts: dict[str, Markup] = {}
        while place < len(tokens) and tokens[place][0] in ("low", "high"):
            which, script = tokens[place]
            scripts[which] = scripts.get(which, Markup("")) + _script(script)
            place += 1
        yield _scripted(base, scripts)


def _scripted(base: Markup, scripts: dict[str, Markup]) -> Markup:
    if not scripts:
        return base
    tag = "msubsup" if len(scripts) == 2 else "msub" if "low" in scripts else "msup"
    parts = (scripts[which] for which in ("low", "high") if which in scripts)
    drawn = (Markup("<mrow>{}</mrow>").format(part) for part in parts)
    return Markup("<{0}>{1}{2}</{0}>").format(tag, base, Markup("").join(drawn))


def _script(text: str) -> Markup:
    """What stands lower or higher: {t-1}, ᵀ, or letters, which are variables here."""
    text = text.lstrip("_^")
    if text.startswith("{"):
        return _row(text[1:-1].replace("-", "−"))
    if len(text) > 3:
        return _element("word", text)
    letters = (RAISED.get(letter, letter) for letter in text)
    return Markup("").join(_element(_kind(letter), letter) for letter in letters)


def _kind(letter: str) -> str:
    return "number" if letter.isdigit() else "name" if letter.isalpha() else "sign"


def _element(kind: str, text: str, spaced: bool = False) -> Markup:
    """One token without its scripts; a bar is "given" where it is spaced, else it is a bracket."""
    if text[-1] in ACCENTS:
        drawn = Markup('<mover><mi>{}</mi><mo stretchy="false">{}</mo></mover>')
        return drawn.format(text[:-1], ACCENTS[text[-1]])
    extra = ""
    if kind == "sign":
        space = {"|": "0.2em" if spaced else "0", "‖": "0", "/": "0.1em"}.get(text)
        extra = ' stretchy="false"' + (f' lspace="{space}" rspace="{space}"' if space else "")
    return Markup("<{0}{1}>{2}</{0}>").format(ELEMENTS[kind], Markup(extra), text)  # noqa: S704
