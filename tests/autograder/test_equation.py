"""Equations as MathML: nothing is lost, nothing of the text is markup, every tag is closed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from autograder.check import registry, units
from autograder.equation import ACCENTS, RAISED, mathml

EQUATIONS = sorted({check.equation for unit in units() for check in registry(unit)} - {""})


def words(text: str) -> str:
    """The letters, numbers and signs of an equation, however they are written."""
    for sign, letter in {**RAISED, **ACCENTS, "-": "−"}.items():
        text = text.replace(sign, letter)
    return re.sub(r"[\s_^{}]", "", text)


def shown(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{markup}</div>")


@pytest.mark.parametrize("equation", EQUATIONS)
def test_every_equation_of_the_checks_is_set_without_a_loss(equation: str) -> None:
    tree = shown(mathml(equation))
    assert words("".join(tree.itertext())) == words(equation)
    assert [math.get("alttext") for math in tree.iter("math")]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("W_hhᵀ", "<msubsup><mi>W</mi><mrow><mi>h</mi><mi>h</mi></mrow><mrow><mi>T</mi></mrow>"),
        ("h_{t-1}", "<msub><mi>h</mi><mrow><mrow><mi>t</mi><mo"),
        ("(1 − h_t²)", "<mrow><mi>t</mi></mrow><mrow><mn>2</mn></mrow></msubsup>"),
        ("tanh(x)", "<mtext>tanh</mtext>"),
        ("c̃_t", "<msub><mover><mi>c</mi>"),
        ("reset_after=True", "<mtext>reset_after</mtext>"),
        ("σ(b_f)^steps", "<msup><mo stretchy"),
        ("has a second bias", "<mtext>a</mtext>"),
        ("p(y | x)", 'lspace="0.2em"'),
        ("|a_k|", 'lspace="0"'),
    ],
)
def test_letters_are_variables_words_are_words_and_scripts_are_scripts(
    text: str, inside: str
) -> None:
    assert inside in mathml(text)


def test_pieces_of_a_long_line_can_stand_below_each_other() -> None:
    tree = shown(mathml("a = b,   c = d\ne = f"))
    assert [len(list(line)) for line in tree] == [2, 1]


@pytest.mark.parametrize("text", ["^0", "_t", "ᵀ", "x ^2", "= _{t-1}"])
def test_a_script_on_nothing_is_still_shown(text: str) -> None:
    assert words("".join(shown(mathml(text)).itertext())) == words(text)


@given(some.text(some.characters(exclude_categories=["Cc", "Cs"])))
@example("^0")
def test_no_text_becomes_markup(text: str) -> None:
    tags = {element.tag for element in shown(mathml(text).replace("\x00", "")).iter()}
    assert tags <= {
        *("div", "math", "mrow", "mi", "mn", "mo", "mtext", "mspace"),
        *("msub", "msup", "msubsup", "mover"),
    }
