"""`course demo`: the made-up class of sixteen, each with the mark that it deserves."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from autograder import class_report, demo, feedback, gradebook
from autograder.check import registry
from autograder.course_folder import CourseFolder

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

ALL = {check.id for check in registry("gru")}
NOT_PASSED = {
    "ada": set(),
    "bo": set(),
    "chen": set(),
    "dana": {"gru.candidate", "gru.keras_cell", "gru.same_model"},
    "emil": {"gru.new_state", "gru.keras_cell", "gru.same_model"},
    "fatima": {"gru.reset_gate", "gru.update_gate", "gru.candidate", "gru.parameter_count"},
    "goran": {"gru.step_gradients", "gru.gradients_over_time"},
    "hana": {"gru.language_model", "gru.learns", "gru.result", "gru.half_life"},
    "jun": {"gru.candidate"},
    "kim": {"gru.new_state"},
    "lena": {"gru.over_time"},
    "musa": {"gru.half_life"},
    "nadia": set(),
    "otto": ALL,
    "pia": {"gru.over_time", "gru.learns"},
}
MISTAKES = {
    "dana": {"gru.ResetAfterProduct", "gru.CellResetsAfterProduct"},
    "emil": {"gru.UpdateSwapped", "gru.CellUpdateSwapped"},
    "goran": {"gru.NoTanhDerivative", "gru.NothingSentBack"},
    "hana": {"gru.SoftmaxInTheModel", "gru.HalfLifeOfTheMean"},
    "pia": {"gru.StateNotCarried", "gru.ClippedArrayByArray"},
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The course folder after `course demo`, and what the command printed."""
    root = tmp_path_factory.mktemp("demo") / "course"
    environment = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "demo", "--out", str(root)],
        env={**environment, "COLUMNS": "140"},
        cwd=root.parent,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return CourseFolder(root), done.stdout


def test_everybody_gets_the_mark_they_deserve(ran):
    reports = gradebook.reports(ran[0], "gru")
    assert sorted(reports) == sorted(demo.CLASS) and len(reports) == 16
    for student, wrong in NOT_PASSED.items():
        report = reports[student]
        assert {v.check for v in report.checks if v.status != "pass"} == wrong, student
        assert not report.needs_human
    ivan = {v.check for v in reports["ivan"].checks if v.status == "pass"}
    assert set() < ivan < ALL


def test_popular_mistakes_are_recognised(ran):
    reports = gradebook.reports(ran[0], "gru")
    for student, mistakes in MISTAKES.items():
        assert {v.mistake for v in reports[student].checks if v.mistake} == mistakes


def test_limits_are_named_with_their_numbers(ran):
    reports = gradebook.reports(ran[0], "gru")
    assert "within 10 seconds" in reports["kim"].verdict("gru.new_state").message
    assert "1500 MB" in reports["lena"].verdict("gru.over_time").message
    assert "ended the Python process" in reports["musa"].verdict("gru.half_life").message
    assert "SyntaxError" in reports["jun"].verdict("gru.candidate").message


def test_the_gradebook_holds_the_same_marks_as_the_reports_and_the_table(ran):
    folder, printed = ran
    reports, marks = gradebook.reports(folder, "gru"), gradebook.marks(folder, "gru")
    assert {s: m.score for s, m in marks.items()} == {s: r.points for s, r in reports.items()}
    for student, report in reports.items():
        row = next(line for line in printed.splitlines() if line.startswith(student))
        assert f"{report.points:g} / 94" in row
        unanswered = student in ("ivan", "otto")
        assert marks[student].open == (() if unanswered else ("gru-written",)), student


class Links(HTMLParser):
    """Collects what a page would load."""

    def __init__(self):
        super().__init__()
        self.loaded = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag in ("script", "link", "iframe") or str(found.get("src", "")).startswith("http"):
            self.loaded.append((tag, found))


def test_pages_are_self_contained_and_the_reports_are_plain_json(ran):
    folder, _ = ran
    pages = [feedback.path_of(folder, "gru", student) for student in demo.CLASS]
    for page in [*pages, class_report.path_of(folder, "gru")]:
        links = Links()
        links.feed(page.read_text(encoding="utf-8"))
        assert links.loaded == []
    for path in (folder.root / "reports" / "gru").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["unit"] == "gru"
