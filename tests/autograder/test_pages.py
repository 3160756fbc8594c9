"""How a verdict is shown: escaped, in its language, with honest numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from autograder import check, failures, pages
from autograder.verdict import Report, Verdict

WRONG = Verdict(
    "gru.one_step",
    "fail",
    0.0,
    4.0,
    "h_t differs: <script>alert('x')</script>",
    "Equation (3) scales h_{t-1} first; use reset_after=False & W_hh.",
    "gru.ResetAfterProduct",
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_card_escapes_every_word_of_the_message(language: str) -> None:
    card = pages.card(WRONG, language)
    assert "<script" not in card
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in card
    assert "href" not in card and "src=" not in card


def test_a_card_speaks_the_language_it_is_asked_for() -> None:
    assert "Not right yet" in pages.card(WRONG, "en")
    assert "尚未正确" in pages.card(WRONG, "zh")
    assert "GRU 的一步" in pages.plain(WRONG, "zh")


def test_plain_text_reads_as_check_points_sentence_message_equation_hint() -> None:
    first, message, *equation, hint = pages.plain(WRONG, "en").splitlines()
    assert first == "✗ gru.one_step  0 of 4 points   One GRU step follows equations (1) to (4)."
    assert message == f"    {WRONG.message}"
    assert [line.strip() for line in equation] == check.find("gru.one_step").equation.splitlines()
    assert hint == f"    hint: {WRONG.hint}"


def test_a_grader_fault_tells_the_student_nothing_but_that_it_is_not_theirs() -> None:
    fault = Verdict("gru.one_step", "error", 0.0, 4.0, "KeyError: /srv/secret/path")
    for language in ("en", "zh"):
        assert "secret" not in pages.card(fault, language) + pages.plain(fault, language)
        assert pages.GRADER_FAULT.of(language) in pages.card(fault, language)


def test_a_fail_with_points_is_called_partly_right() -> None:
    half = Verdict("gru.one_step", "fail", 2.0, 4.0)
    assert pages.item(half, "en").label == "Partly right"
    assert pages.item(WRONG, "en").label == "Not right yet"


def test_a_check_that_the_unit_no_longer_has_shows_its_id() -> None:
    old = pages.item(Verdict("gru.retired", "pass", 1.0, 1.0), "en")
    assert (old.sentence, old.equation, old.task) == ("gru.retired", "", 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"),
        (0.0, "0"),
        (3.5, "3.5"),
        (2 / 3, "0.66"),
        (4.999, "4.99"),
        (1.1, "1.1"),
        (100.0, "100"),
    ],
)
def test_points_are_short_and_never_rounded_up(value: float, text: str) -> None:
    assert pages.points(value) == text


@given(some.integers(0, 10_000))
def test_points_given_in_hundredths_are_shown_exactly(hundredths: int) -> None:
    assert float(pages.points(hundredths / 100)) == hundredths / 100


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("h_{t-1} W_hr", "h<sub>t−1</sub> W<sub>hr</sub>"),
        ("h̃_t", "h̃<sub>t</sub>"),
        ("Σ_t δ_{t+1}", "Σ<sub>t</sub> δ<sub>t+1</sub>"),
        ("recurrent_kernel, reset_after=True", "recurrent_kernel, reset_after=True"),
        ("to_json_text x__t", "to_json_text x__t"),
        ("a < b_{<i>}", "a &lt; b<sub>&lt;i&gt;</sub>"),
    ],
)
def test_subscripts_are_lowered_and_names_of_code_are_left_alone(text: str, html: str) -> None:
    assert pages.typeset(text) == html


@given(some.text())
def test_typesetting_leaves_no_markup_of_the_text_alive(text: str) -> None:
    assert pages.typeset(text).replace("<sub>", "").replace("</sub>", "").count("<") == 0


def test_lines_of_code_in_a_message_are_set_as_code_and_escaped() -> None:
    shown = pages.message("ValueError: a < b\n    h = x @ W <script>")
    assert shown == "ValueError: a &lt; b\n<code>    h = x @ W &lt;script&gt;</code>"


def test_a_stub_that_was_left_is_not_done_yet_and_not_wrong() -> None:
    for language, words in (("en", "Not done yet"), ("zh", "尚未完成")):
        message = failures.not_done(check.find("gru.one_step")).of(language)
        stub = Verdict("gru.one_step", "fail", 0.0, 4.0, message)
        card = pages.card(stub, language)
        assert words in card and 'class="course-card todo"' in card
        assert "<math" not in card and pages.plain(stub, language).startswith("○ gru.one_step")


def test_a_card_sets_its_equation_and_can_be_read_aloud() -> None:
    card = pages.card(WRONG, "zh")
    assert "<msub><mi>h</mi>" in card
    assert 'role="status" lang="zh-CN"' in card and 'aria-label="公式"' in card


def test_a_summary_counts_points_and_lists_what_it_is_given() -> None:
    right = Verdict("gru.reset_gate", "pass", 5.0, 5.0)
    half = Verdict("gru.half_life", "fail", 1.0, 5.0)
    report = Report("gru", "", "", 6.0, 14.0, (right, half, WRONG))
    shown = pages.summary(report, [half, WRONG])
    assert shown.line == "1 of 3 checks pass"
    assert shown.bar == (("pass", 5 / 14), ("part", 1 / 14))
    card = pages.summary_card(shown, "en")
    assert 'role="progressbar"' in card and 'aria-valuenow="6"' in card
    assert "width: 35.71%" in card and "gru.reset_gate" not in card
    assert "<script" not in card
    text = pages.summary_plain(shown, "en").splitlines()
    assert text[0] == "Gated recurrent unit: 6 of 14 points, 1 of 3 checks pass"
    assert text[1] == "█" * 17 + "░" * 23
    assert [line.split()[:2] for line in text[2:]] == [
        ["◐", "gru.half_life"],
        ["✗", "gru.one_step"],
    ]


def test_an_empty_summary_is_drawn_as_well() -> None:
    empty = pages.summary(Report("gru", "", "", 0.0, 0.0, ()), ())
    assert "0 of 0 points" in pages.summary_card(empty, "en") + pages.summary_plain(empty, "en")
