"""Late work in the gradebook: nbgrader's timestamps, our rules, the same by every way to grade."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from ready import Ready
from rich.console import Console

from autograder import feedback, gradebook, late_days, terminal
from autograder.course_folder import CourseFolder, nbgrader_at_work
from autograder.grade_class import grade_class
from autograder.verdict import Report

MakeReport = Callable[..., Report]
Submit = Callable[..., Path]
RULES = """free_days = 2
free_days_for = "course"
percent_per_day = 10
most = 50 # per cent
"""


@pytest.fixture
def late_course(course: CourseFolder) -> CourseFolder:
    """A course with 2 free days in all, 10 % a day; gru is due on 1 March, midnight, Beijing."""
    path = course.root / "course.toml"
    text = path.read_text("utf-8").replace('timezone = "UTC"', 'timezone = "Asia/Shanghai"')
    before, after = text.split("[late]\n")[0], text.split("\n[deadlines]\n")[1]
    text = f"{before}[late]\n{RULES}\n[deadlines]\ngru = 2027-03-01T00:00:00\n{after}"
    path.write_text(text, encoding="utf-8")
    assert course.settings.late.percent_per_day == 10
    return course


@pytest.fixture
def hand_in(submit: Submit) -> Callable[[str, str], None]:
    """hand_in(student, when): with the timestamp that nbgrader's exchange writes."""

    def hand_in(student: str, when: str) -> None:
        (submit(student).parent / "timestamp.txt").write_text(when)

    return hand_in


def penalties(course: CourseFolder) -> dict[str, float]:
    return {student: mark.late_penalty for student, mark in gradebook.marks(course, "gru").items()}


WHEN = {
    "early": "2027-02-28 16:00:00.000000 UTC",
    "free": "2027-03-01 00:30:00.123456 +0800",
    "twice": "2027-03-04 10:00:00.000000 UTC",
    "never": "2027-09-01 00:00:00.000000 UTC",
}
EXPECTED = {"early": 0.0, "free": 0.0, "twice": 20.0, "never": 50.0}


def test_course_grade_and_nbgrader_take_the_same_points_off(
    late_course: CourseFolder, hand_in: Callable[[str, str], None], make_report: MakeReport
) -> None:
    for student, when in WHEN.items():
        hand_in(student, when)
    marker: Any = Ready(make_report)
    result = grade_class(late_course, "gru", marker=marker)
    assert penalties(late_course) == EXPECTED
    console = Console(file=io.StringIO(), width=100)
    terminal.show_class(console, result, late_course, "gru")
    said = [line for line in console.file.getvalue().splitlines() if line.startswith("late: ")]
    assert said == ["late: never: 50 points off", "late: twice: 20 points off"]
    with Gradebook(late_course.database) as book:
        assert book.find_assignment("gru").duedate == datetime.datetime(2027, 2, 28, 16)

    from nbgrader.apps import NbGraderAPI

    with nbgrader_at_work(), Gradebook(late_course.database) as book:
        for student in WHEN:
            book.find_submission_notebook("gru", "gru", student).late_submission_penalty = 1
        book.db.commit()
    config = late_course.config()
    config.Grade.grader = lambda notebook, where: make_report(where["nbgrader"]["student"])
    with nbgrader_at_work():
        done = NbGraderAPI(late_course.coursedir(), config=config).autograde("gru", "*")
    assert done["success"], done
    assert penalties(late_course) == EXPECTED


def test_formgrader_has_the_deadline_from_the_release_on(late_course: CourseFolder) -> None:
    late_course.generate_assignment("gru")
    with Gradebook(late_course.database) as book:
        assert book.find_assignment("gru").duedate == datetime.datetime(2027, 2, 28, 16)


def test_free_days_are_shared_in_the_order_of_the_deadlines(
    late_course: CourseFolder, hand_in: Callable[[str, str], None], make_report: MakeReport
) -> None:
    hand_in("ada", "2027-03-02 10:00:00 UTC")  # 2 days begun
    gradebook.record(late_course, "gru", {"ada": make_report()})
    assert penalties(late_course) == {"ada": 0.0}
    with nbgrader_at_work(), Gradebook(late_course.database) as book:
        for unit, due, when in (
            ("rnn", "2027-02-01 00:00:00", "2027-02-01 05:00:00"),  # 1 day, before gru
            ("lstm", "2027-04-01 00:00:00", "2027-04-01 05:00:00"),  # later: leaves gru alone
            ("essay", None, "2027-04-01 05:00:00"),
        ):
            book.update_or_create_assignment(unit, duedate=due and f"{due} UTC")
            book.update_or_create_submission(unit, "ada", timestamp=f"{when} UTC")
        rules = late_course.settings.late
        left = [late_days.free_days(book, rules, u, "ada") for u in ("rnn", "gru", "lstm", "new")]
        assert left == [2, 1, 0, 2]
    marker: Any = Ready(make_report)
    grade_class(late_course, "gru", marker=marker)  # the same files: what changed is the rest
    assert penalties(late_course) == {"ada": 10.0}


def test_an_extension_and_other_rules_count_at_the_next_grading(
    late_course: CourseFolder, hand_in: Callable[[str, str], None], make_report: MakeReport
) -> None:
    hand_in("ada", WHEN["twice"])
    marker: Any = Ready(make_report)
    grade_class(late_course, "gru", marker=marker)
    assert penalties(late_course) == {"ada": 20.0}
    path = late_course.root / "course.toml"
    path.write_text(path.read_text("utf-8").replace("percent_per_day = 10", "percent_per_day = 5"))
    grade_class(late_course, "gru", marker=marker)
    assert penalties(late_course) == {"ada": 10.0}
    with nbgrader_at_work(), Gradebook(late_course.database) as book:
        book.grant_extension("gru", "ada", days=1)
    grade_class(late_course, "gru", marker=marker)
    assert penalties(late_course) == {"ada": 5.0}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_says_it_in_a_sentence(
    language: str,
    late_course: CourseFolder,
    hand_in: Callable[[str, str], None],
    make_report: MakeReport,
) -> None:
    for student in ("twice", "early"):
        hand_in(student, WHEN[student])
    reports = {s: make_report(s, language=language) for s in ("twice", "early")}
    gradebook.record(late_course, "gru", reports)
    marks = gradebook.marks(late_course, "gru")
    feedback.write(late_course, "gru", reports, marks)
    page = feedback.path_of(late_course, "gru", "twice").read_text("utf-8")
    sentence = {
        "en": "Handed in 3 days 18 hours late (deadline 2027-03-01 00:00, Asia/Shanghai). 2 free "
        "days used. 2 further days begun take off 10 % of 100 points each: 20 points.",
        "zh": "迟交 3 天 18 小时（截止时间 2027-03-01 00:00，Asia/Shanghai）。用去 2 个免费迟交日。"
        "另有 2 天（不足一天按一天计），每天扣 100 分的 10%，共 20 分。",
    }
    assert sentence[language] in page
    assert ("late (" if language == "en" else "迟交 ") not in feedback.path_of(
        late_course, "gru", "early"
    ).read_text("utf-8")
