"""What late work costs: read from course.toml, computed, and said to the student."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course_folder import CourseError, Settings
from autograder.late_rules import LateRules

HOUR = 3600.0
DUE = datetime.datetime(2027, 3, 1, 15, 59)  # UTC, as nbgrader keeps it


def rules(tmp_path: Path, text: str) -> LateRules:
    """The rules of a course.toml with this text after [course]."""
    path = tmp_path / "course.toml"
    path.write_text(f"[course]\nseed = 1\n{text}\n", encoding="utf-8")
    return Settings.read(path).late


@pytest.mark.parametrize(
    ("hours", "days", "free", "percent"),
    [(0.01, 1, 1, 0), (24, 1, 1, 0), (24.01, 2, 2, 0), (48.5, 3, 2, 10), (100, 5, 2, 30)]
    + [(24 * 7, 7, 2, 50), (24 * 365, 365, 2, 50)],
)
def test_each_day_begun_costs_after_the_free_ones_up_to_the_most(
    hours: float, days: int, free: int, percent: float
) -> None:
    late = LateRules(2, "course", 10, 50).lateness(hours * HOUR, DUE, 2)
    assert (late.days, late.free, late.percent) == (days, free, percent)


@given(st.floats(1, 1e7), st.floats(1, 1e7), st.integers(0, 9), st.floats(0, 100))
def test_later_never_costs_less_and_a_free_day_never_costs_more(
    one: float, other: float, free: int, most: float
) -> None:
    some = LateRules(free, "unit", 7.5, most)
    early, late = (some.lateness(seconds, DUE, free) for seconds in sorted((one, other)))
    assert 0 <= early.percent <= late.percent <= most
    assert some.lateness(one, DUE, free + 1).percent <= some.lateness(one, DUE, free).percent


def test_a_deadline_without_an_offset_is_meant_in_the_courses_zone(tmp_path: Path) -> None:
    found = rules(
        tmp_path,
        'timezone = "Asia/Shanghai"\n[deadlines]\n'
        "gru = 2027-03-01T23:59:00\nrnn = 2027-03-01T23:59:00-05:00",
    ).deadlines
    utc = {unit: when.astimezone(datetime.UTC).isoformat() for unit, when in found.items()}
    assert utc == {"gru": "2027-03-01T15:59:00+00:00", "rnn": "2027-03-02T04:59:00+00:00"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[late]\nfree = 1", "a name under .late. must be one of free_days, .*; got 'free'"),
        ("[late]\nfree_days = 1.5", "late.free_days must be a whole number, 0 or more; got 1.5"),
        ('[late]\nfree_days_for = "all"', "late.free_days_for must be one of course, unit"),
        ("[late]\npercent_per_day = -1", "percent_per_day must be a number from 0 to 100; got -1"),
        ("[late]\nmost = true", "late.most must be a number from 0 to 100; got True"),
        ("[deadlines]\ngruu = 2027-03-01T10:00:00", "must be one of markov, rnn, .*; got 'gruu'"),
        ("[deadlines]\ngru = 2027-03-01", "deadlines.gru must be a date with a time, as 2027-"),
        ('timezone = "Mars/Base"', "course.timezone must be a zone's name, .*; got 'Mars/Base'"),
    ],
)
def test_a_wrong_line_is_named_with_what_was_expected(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CourseError, match=message):
        rules(tmp_path, text)


SHANGHAI = LateRules(2, "course", 10, 50, timezone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("hours", "left", "penalty", "en", "zh"),
    [
        (5.5, 2, 0, "1 free day used. No points off.", "用去 1 个免费迟交日。不扣分。"),
        (
            74.2,
            2,
            20,
            "2 free days used. 2 further days begun take off 10 % of 100 points each: 20 points.",
            "用去 2 个免费迟交日。另有 2 天（不足一天按一天计），每天扣 100 分的 10%，共 20 分。",
        ),
        (
            3,
            0,
            10,
            "1 day begun takes off 10 % of 100 points: 10 points.",
            "计 1 天（不足一天按一天计），每天扣 100 分的 10%，共 10 分。",
        ),
        (
            24 * 9,
            0,
            50,
            "9 days begun take off 10 % of 100 points each, 50 % at most: 50 points.",
            "计 9 天（不足一天按一天计），每天扣 100 分的 10%，最多扣 50%，共 50 分。",
        ),
        (3, 0, 8, "8 points off.", "扣 8 分。"),  # all that there were
    ],
)
def test_the_student_reads_what_was_taken_off_and_why(
    hours: float, left: int, penalty: float, en: str, zh: str
) -> None:
    words = SHANGHAI.words(SHANGHAI.lateness(hours * HOUR, DUE, left), penalty, 100)
    first, _, rest = words.en.partition("). ")
    assert first.endswith("late (deadline 2027-03-01 23:59, Asia/Shanghai") and rest == en
    assert words.zh.endswith(f"（截止时间 2027-03-01 23:59，Asia/Shanghai）。{zh}")


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (4, "1 minute", "1 分钟"),
        (7260, "2 hours 1 minute", "2 小时 1 分钟"),
        (90000, "1 day 1 hour", "1 天 1 小时"),
        (2 * 86400 + 61, "2 days 1 minute", "2 天 1 分钟"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_parts(seconds: float, en: str, zh: str) -> None:
    words = SHANGHAI.words(SHANGHAI.lateness(seconds, DUE, 0), 0.5, 100)
    assert words.en.startswith(f"Handed in {en} late ") and words.zh.startswith(f"迟交 {zh}（")
