"""The instructor's page: what the class got wrong, and what needs a human."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import class_figures, class_report, feedback
from autograder.course_folder import CourseFolder
from autograder.gradebook import Mark
from autograder.mistakes import bank
from autograder.sandbox.limits import Limits
from autograder.verdict import Report

MakeReport = Callable[..., Report]
MISTAKE = next(m for m in bank("gru") if m.caught_by == "gru.candidate")
WRONG = {
    "status": "fail",
    "points": 0.0,
    "message": "h̃_t differs",
    "hint": MISTAKE.hint().en,
    "mistake": MISTAKE.id(),
}
LOST = {"status": "fail", "points": 1.0, "message": "dh differs"}


@pytest.fixture(scope="module")
def reports(make_report: MakeReport) -> dict[str, Report]:
    return {
        "ada": make_report("ada"),
        "bela": make_report("bela", candidate=WRONG),
        "chen": make_report("chen", candidate=WRONG, step_gradients=LOST),
        "<dmitri>": make_report("<dmitri>", notes=["two copies of one cell"]),
    }


def test_pass_rates_count_students(reports: dict[str, Report]) -> None:
    rows = {row["check"]: row for row in class_report.check_rows(reports, "en")}
    assert rows["gru.candidate"]["rate"] == 50 and rows["gru.reset_gate"]["rate"] == 100
    parts = {p["kind"]: p["number"] for p in rows["gru.step_gradients"]["parts"]}
    assert parts == {"pass": 3, "part": 1}
    assert all(
        sum(float(part["percent"]) for part in row["parts"]) == pytest.approx(100)
        for row in rows.values()
    )


def test_mistakes_name_who_made_them_and_the_hint(reports: dict[str, Report]) -> None:
    (row,) = class_report.mistake_rows(reports, "en")
    assert row["students"] == ["bela", "chen"] and row["checks"] == ["gru.candidate"]
    assert row["hint"] == MISTAKE.hint().en
    assert class_report.unexplained(reports) == [("gru.step_gradients", 1)]


def test_what_needs_a_human_is_all_there_once(make_report: MakeReport) -> None:
    fault = {"status": "error", "points": 0.0, "message": "the sandbox did not answer"}
    slow = {"status": "fail", "points": 0.0, "message": "did not finish", "seconds": 10.0}
    quick = {"status": "fail", "points": 0.0, "message": "differs", "seconds": 0.2}
    training = {"status": "fail", "points": 0.0, "message": "differs", "seconds": 30.0}
    reports = {
        "ada": make_report("ada", candidate=fault, new_state=fault, notes=["a note"]),
        "bela": make_report("bela", over_time=slow, one_step=quick, learns=training),
    }
    rows = class_report.humans(reports, {"zoe": "broken JSON"}, Limits(), "en")
    assert rows == [
        {"student": "zoe", "what": "not graded", "why": "broken JSON"},
        {
            "student": "ada",
            "what": "gru.candidate, gru.new_state",
            "why": "the sandbox did not answer",
        },
        {"student": "ada", "what": "note", "why": "a note"},
        {"student": "bela", "what": "gru.over_time", "why": "did not finish"},
    ]


def test_written_answers_that_wait_are_counted(make_report: MakeReport) -> None:
    marks = {
        name: Mark(name, 90.0, 100.0, 0.0, waiting, {}, {}, {})
        for name, waiting in (
            ("ada", ("gru-written",)),
            ("bela", ("gru-candidate", "gru-written")),
            ("chen", ()),
        )
    }
    reports = {name: make_report(name) for name in marks}
    assert class_report.unmarked(reports, marks) == [("gru-written", 2)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_escaped_and_needs_no_network(
    language: str, reports: dict[str, Report]
) -> None:
    page = class_report.render("gru", reports, language, links={"ada": "../feedback/ada.html"})
    assert "<dmitri>" not in page and "&lt;dmitri&gt;" in page
    assert '<a href="../feedback/ada.html">ada</a>' in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page and "<script" not in page
    assert ("全班报告" in page) == (language == "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_histogram_follows_the_pages_colours_and_language(
    language: str, reports: dict[str, Report]
) -> None:
    rows = [class_report.student_row(s, r, None) for s, r in reports.items()]
    svg = str(class_figures.histogram(rows, language))
    ElementTree.fromstring(svg)
    assert "var(--fill)" in svg and "var(--soft)" in svg and "#01010" not in svg
    assert (">得分<" in svg) == (language == "zh")
    assert svg == str(class_figures.histogram(rows, language))


def test_an_empty_class_has_a_page_too() -> None:
    page = class_report.render("gru", {}, problems={"zoe": "gru.ipynb is empty"})
    assert "gru.ipynb is empty" in page and "Median" not in page


def test_the_mark_is_the_gradebooks_where_there_is_one(make_report: MakeReport) -> None:
    report = make_report("ada", candidate=WRONG, step_gradients=LOST)
    assert class_report.student_row("ada", report, None)["score"] == report.points
    row = class_report.student_row(
        "ada", report, Mark("ada", 99.0, 100.0, 0.0, ("gru-written",), {}, {}, {})
    )
    assert (row["score"], row["max_score"], row["open"]) == (99.0, 100.0, True)
    assert row["worst"] == "gru.candidate" and (row["passed"], row["total"]) == (18, 20)


def test_links_lead_to_the_feedback_pages_that_are_there(
    course: CourseFolder, submit: Callable[..., Path], make_report: MakeReport
) -> None:
    reports = {name: make_report(name) for name in ("王小明", "bela")}
    submit("王小明")
    feedback.write(course, "gru", {"王小明": reports["王小明"]})
    path = class_report.write(course, "gru", reports, language="zh")
    assert path == course.root / "reports" / "gru.html"
    page = path.read_text(encoding="utf-8")
    assert 'href="../feedback/%E7%8E%8B%E5%B0%8F%E6%98%8E/gru/gru.html"' in page
    assert "bela/gru" not in page


def measured(make_report: MakeReport) -> dict[str, Report]:
    """Three students with perplexities; the last one's is beyond the scale."""
    reached = {"ada": 5.0, "bela": 7.5, "<chen>": 1e6}
    return {
        student: make_report(
            student,
            result={"perplexity": value, "seconds": value / 10, **(LOST if value > 9 else {})},
        )
        for student, value in reached.items()
    }


def test_the_ladder_has_the_class_between_the_rungs(make_report: MakeReport) -> None:
    (row,) = class_report.ladders(measured(make_report), "en")
    assert row["check"] == "gru.result" and (row["within"], row["count"]) == (2, 3)
    assert row["best"] == ("ada", 5.0) and row["worst"] == ("<chen>", 1e6)
    assert row["rungs"][0][0] == "uniform" and row["median"] == "7.50"
    assert row["thresholds"] == ["6.86", "8.51"]
    assert class_report.ladders({"ada": make_report("ada")}, "en") == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_ladders_figure_names_every_rung_once(language: str, make_report: MakeReport) -> None:
    (row,) = class_report.ladders(measured(make_report), language)
    svg = str(row["figure"])
    ElementTree.fromstring(svg)
    words = [text for text in "".join(ElementTree.fromstring(svg).itertext()).split("\n") if text]
    shown = [word.strip() for word in words]
    for name, value in row["rungs"]:
        assert shown.count(f"{name} {value:.2f}") == 1
    threshold = "阈值" if language == "zh" else "threshold"
    for value in row["thresholds"]:
        assert shown.count(f"{threshold} {value}") == 1
    assert 'role="img" aria-label="' in svg


def test_the_time_used_is_told_with_the_slowest(make_report: MakeReport) -> None:
    page = class_report.render("gru", measured(make_report), links={"bela": "b.html"})
    assert "&lt;chen&gt; 100000.0" in page and '<a href="b.html">bela</a> 0.8' in page
    assert [class_report.duration(s) for s in (4, 100, 5399, 12_000)] == [
        "4 s",
        "2 min",
        "1 h 30 min",
        "3 h 20 min",
    ]


def test_a_reason_that_many_share_is_said_once(make_report: MakeReport) -> None:
    fault = {"status": "error", "points": 0.0, "message": "the sandbox did not answer"}
    reports = {f"s{n}": make_report(f"s{n}", candidate=fault) for n in range(30)}
    page = class_report.render("gru", reports)
    assert page.count("the sandbox did not answer") == 1
    assert all(f"s{n} (gru.candidate)" in page for n in range(30))


@pytest.mark.browser
def test_the_page_fits_every_width_prints_and_needs_no_script(
    make_report: MakeReport, tmp_path: Path, chromium_path: str
) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        for language in ("en", "zh"):
            path = tmp_path / f"{language}.html"
            text = class_report.render("gru", measured(make_report), language)
            path.write_text(text, encoding="utf-8")
            page = browser.new_context(java_script_enabled=False).new_page()
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(path.as_uri())
            for width in (390, 1366):
                page.set_viewport_size({"width": width, "height": 900})
                inside = page.locator("main").bounding_box()
                assert inside and inside["x"] >= 0 and inside["x"] + inside["width"] <= width
            assert page.locator("svg").count() == 2 and asked == [path.as_uri()]
            assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
        browser.close()
