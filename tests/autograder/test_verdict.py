"""Verdicts and reports are plain data that survive JSON and refuse nonsense."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.verdict import NOTHING, STATUSES, Report, Text, Verdict

VERDICT = Verdict("gru.new_state", "fail", 1.5, 5.0, "messages", "hints", "gru.UpdateSwapped", 0.25)


def report(*verdicts: Verdict, **changes: object) -> Report:
    """A report on these verdicts."""
    points = sum(v.points for v in verdicts)
    most = sum(v.max_points for v in verdicts)
    return replace(Report("gru", "ada", "ab" * 32, points, most, verdicts), **changes)  # type: ignore[arg-type]


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
verdicts = st.builds(
    Verdict,
    check=words,
    status=st.sampled_from(STATUSES),
    points=st.floats(0, 5),
    max_points=st.floats(5, 9),
    message=words,
    hint=words,
    mistake=words,
    seconds=st.floats(0, 100),
)


@given(st.lists(verdicts, max_size=4), words, st.lists(words, max_size=3))
def test_a_report_survives_json(found: list[Verdict], student: str, notes: list[str]) -> None:
    before = report(*found, student=student, notes=tuple(notes), language="zh")
    assert Report.from_json(before.to_json()) == before
    assert Report.from_json(before.to_json().encode()) == before


def test_json_has_the_documented_keys_and_readable_chinese() -> None:
    text = report(replace(VERDICT, message="隐藏状态")).to_json()
    data = json.loads(text)
    assert "隐藏状态" in text
    assert {"unit", "student", "submission", "points", "max_points", "checks"} <= set(data)
    assert list(data["checks"][0]) == [
        "check",
        "status",
        "points",
        "max_points",
        "message",
        "hint",
        "mistake",
        "seconds",
        "perplexity",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "3", '"text"', "{}", '{"checks": []}', '{"checks": 1, "notes": []}', "\0",
     '{"checks": [{"check": "x"}], "notes": []}', '{"checks": [], "notes": [], "more": 1}',
     b"\xff", "[" * 100_000],
)  # fmt: skip
def test_anything_else_is_not_a_report_and_the_error_says_what_is(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="not a report: .*course check --json"):
        Report.from_json(text)


def test_a_status_is_one_of_four() -> None:
    with pytest.raises(ValueError, match="status is 'passed'; expected one of pass, fail, error"):
        replace(VERDICT, status="passed")  # type: ignore[arg-type]


@pytest.mark.parametrize("points", [-0.1, 5.1, float("nan"), float("inf")])
def test_points_lie_between_nothing_and_the_maximum(points: float) -> None:
    with pytest.raises(ValueError, match=r"gru.new_state: points are .*; expected 0 to 5"):
        replace(VERDICT, points=points)


def test_only_a_grader_error_needs_a_human() -> None:
    for status in STATUSES:
        assert report(VERDICT, replace(VERDICT, status=status)).needs_human == (status == "error")


def test_a_verdict_is_found_by_its_check() -> None:
    assert report(VERDICT).verdict("gru.new_state") is VERDICT
    with pytest.raises(KeyError, match="no check 'gru.other' in this report of unit 'gru'"):
        report(VERDICT).verdict("gru.other")


@given(st.floats(0, 100), st.floats(0, 100))
def test_reports_that_differ_in_times_only_are_equal_without_times(a: float, b: float) -> None:
    one, other = (report(replace(VERDICT, seconds=seconds)) for seconds in (a, b))
    assert one.without_times() == other.without_times()
    assert replace(VERDICT, points=1.0) != VERDICT
    assert one.without_times() != report(replace(VERDICT, points=1.0)).without_times()


def test_a_text_is_english_unless_chinese_is_asked_for() -> None:
    text = Text("one", "一") + Text(" two", "二")
    assert [text.of(language) for language in ("en", "zh", "fr")] == ["one two", "一二", "one two"]
    assert text + NOTHING == text


def test_a_report_goes_by_the_points_that_a_notebook_gives() -> None:
    checks = (
        Verdict("gru.a", "pass", 5.0, 5.0),
        Verdict("gru.b", "fail", 1.0, 3.0),
        Verdict("gru.c", "skip", 0.0, 2.0),
        Verdict("gru.d", "pass", 0.0, 0.0),
    )
    report = Report("gru", "ada", "0" * 64, 6.0, 10.0, checks)
    same = {"gru-a": 5.0, "gru-b": 3.0, "gru-c": 2.0, "gru-d": 0.0, "gru-written": 6.0}
    assert report.worth(same) is report
    other = report.worth({"gru-a": 0.0, "gru-b": 10.0, "gru-d": 4.0})
    assert [(v.check, v.points, v.max_points) for v in other.checks] == [
        ("gru.a", 0.0, 0.0),
        ("gru.b", 3.333333, 10.0),
        ("gru.d", 4.0, 4.0),
    ]
    assert (other.points, other.max_points) == (7.333333, 14.0)
    assert other.worth({"gru-a": 0.0, "gru-b": 10.0, "gru-d": 4.0}) is other
