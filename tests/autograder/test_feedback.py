"""The student's page: complete, self-contained, in their language, and free of others' secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from autograder import check, failures, feedback, pictures
from autograder.course_folder import CourseFolder
from autograder.gradebook import Mark
from autograder.verdict import Report, Text

MakeReport = Callable[..., Report]
WRONG = {
    "status": "fail",
    "points": 2.0,
    "message": "h̃_t differs: <script>alert(1)</script>",
    "hint": "Equation (3) scales h first.",
    "mistake": "gru.ResetAfterProduct",
}


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that are left open."""

    EMPTY = ("meta", "img", "br", "link", "path", "use")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def mark(**changes: object) -> Mark:
    points = {"gru-written": 6.0, **{c.grade_id: c.points for c in check.registry("gru")}}
    same = {"student": "ada", "score": 80.0, "max_score": 100.0, "late_penalty": 0.0}
    fields = {**same, "open": (), "manual": {}, "max_points": points, "comments": {}, **changes}
    return Mark(**fields)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_check_is_there_with_sentence_points_and_equation(
    language: str, make_report: MakeReport
) -> None:
    page = Page(feedback.render(make_report(candidate=WRONG, language=language)))
    text = page.text
    for one in check.registry("gru"):
        assert " ".join(one.sentence.of(language).split()) in text
        assert one.id in text
    assert "Equation (3) scales h first." in text
    assert "2 / 7" in text and "5 / 5" in text
    equations = [attributes["alttext"] for tag, attributes in page.tags if tag == "math"]
    assert "h̃_t = tanh(x_t W_xh + (r_t ⊙ h_{t-1}) W_hh + b_h)" in equations


def test_a_page_needs_no_network_and_runs_no_script(
    make_report: MakeReport, png: Callable[..., str]
) -> None:
    plot = pictures.from_output({"data": {"image/png": png(40, 30)}})
    assert plot is not None
    page = Page(feedback.render(make_report(candidate=WRONG), [plot]))
    for tag, attributes in page.tags:
        assert tag not in ("script", "iframe", "object", "link", "base", "form")
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            target = attributes.get(name)
            assert target is None or target.startswith(("data:image/png;base64,", "#"))
    assert "<script>alert(1)</script>" in page.text  # as words
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy is not None and "default-src 'none'" in policy
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [(i["width"], i["height"]) for i in images] == [("40", "30")]


def test_where_to_start_lists_what_costs_most(make_report: MakeReport) -> None:
    nothing = {"status": "fail", "points": 0.0, "message": "wrong"}
    page = feedback.render(
        make_report(
            parameter_count=nothing, step_gradients=nothing, candidate=WRONG, result=nothing
        )
    )
    head = page.split("Where to start")[1].split("Every check")[0]
    order = [head.index(f"#gru.{name}") for name in ("step_gradients", "candidate", "result")]
    assert order == sorted(order) and "parameter_count" not in head


def test_full_marks_have_nothing_to_start_with(make_report: MakeReport) -> None:
    assert "Where to start" not in feedback.render(make_report())


def test_what_is_not_begun_is_not_called_wrong(make_report: MakeReport) -> None:
    todo = failures.not_done(check.find("gru.candidate")).en
    untouched = {"status": "fail", "points": 0.0, "message": todo}
    page = Page(feedback.render(make_report(candidate=untouched)))
    assert "○ 1 Not done yet" in page.text and "Not right yet" not in page.text
    (shown,) = (a for tag, a in page.tags if tag == "li" and a.get("id") == "gru.candidate")
    assert shown["class"] == "check todo"


def test_the_gradebooks_mark_counts_and_written_answers_are_shown(make_report: MakeReport) -> None:
    done = mark(
        score=85.5,
        late_penalty=2.0,
        manual={"gru-written": 4.5},
        comments={"gru-written": "Say <why> it forgets."},
    )
    late = Text("Handed in 5 hours late <.", "迟交 5 小时。")
    text = Page(feedback.render(make_report(), mark=done, late=late)).text
    assert "83.5 of 100 points" in text and "Handed in 5 hours late <." in text
    assert "The written question 4.5 / 6 Your instructor Say <why> it forgets." in text


def test_a_comment_on_an_answer_stands_below_its_check(make_report: MakeReport) -> None:
    said = {"gru-candidate-answer": "Draw it first.", "gru-plot-answer": "A fine plot."}
    text = Page(feedback.render(make_report(candidate=WRONG), mark=mark(comments=said))).text
    assert "scales h first. Your instructor Draw it first." in text
    by_hand = text.split("Marked by hand")[1]
    assert "gru-plot-answer Your instructor A fine plot." in by_hand
    assert "Draw it" not in by_hand


def test_an_unanswered_question_is_zero_and_says_so(make_report: MakeReport) -> None:
    text = Page(feedback.render(make_report(), mark=mark())).text
    assert "The written question 0 / 6 No answer." in text
    assert "未作答" in feedback.render(make_report(language="zh"), mark=mark())


def test_open_points_are_called_open_and_not_zero(make_report: MakeReport) -> None:
    fault = {"status": "error", "points": 0.0, "message": "OSError: /srv/course/seed"}
    page = Page(
        feedback.render(
            make_report(candidate=fault), mark=mark(open=("gru-written", "gru-candidate"))
        )
    )
    assert "open / 7" in page.text and "The written question open / 6" in page.text
    assert "13 still open" in page.text
    assert "/srv/course" not in page.text
    assert "That is not your mistake" in page.text


def test_the_bar_adds_up_to_what_was_earned(make_report: MakeReport) -> None:
    fault = {"status": "error", "points": 0.0}
    report = make_report(candidate=WRONG, half_life=fault)
    parts = feedback.bar(feedback.pages.items(report))
    widths = {part["kind"]: float(part["percent"]) for part in parts}
    assert widths == {"pass": 87.23, "part": 2.13, "error": 5.32}  # 82, 2 and 5 of 94 points


def test_pages_are_written_where_nbgrader_would_put_its_own(
    course: CourseFolder,
    submit: Callable[..., Path],
    make_report: MakeReport,
    png: Callable[..., str],
) -> None:
    def change(notebook: nbformat.NotebookNode) -> None:
        code = next(cell for cell in notebook.cells if cell.cell_type == "code")
        code.outputs = [nbformat.v4.new_output("display_data", data={"image/png": png(9, 8)})]

    submit("ada", change)
    (path,) = feedback.write(course, "gru", {"ada": make_report()})
    assert path == course.root / "feedback" / "ada" / "gru" / "gru.html"
    assert png(9, 8) in path.read_text(encoding="utf-8")
    assert list(path.parent.iterdir()) == [path]


def test_what_release_feedback_asks_for_lies_beside_the_page(
    course: CourseFolder, submit: Callable[..., Path], make_report: MakeReport
) -> None:
    submit("ada")
    graded = course.notebook("autograded", "ada", "gru").parent
    graded.mkdir(parents=True)
    for name in ("timestamp.txt", "submission_secret.txt", "gru.weights.h5"):
        (graded / name).write_text(f"of {name}")
    (graded / "timestamp.txt").chmod(0o444)  # as nbgrader leaves it
    for _ in range(2):
        (path,) = feedback.write(course, "gru", {"ada": make_report()})
    beside = {p.name: p.read_text() for p in path.parent.iterdir() if p != path}
    assert beside == {n: f"of {n}" for n in ("timestamp.txt", "submission_secret.txt")}


def test_a_notebook_that_cannot_be_read_still_gets_a_page(
    course: CourseFolder, submit: Callable[..., Path], make_report: MakeReport
) -> None:
    submit("ada").write_text("[]")
    assert feedback.plots_of(course.notebook("submitted", "nobody", "gru")) == []
    assert len(feedback.write(course, "gru", {"ada": make_report()})) == 1


def test_the_same_report_gives_the_same_page(make_report: MakeReport) -> None:
    report = make_report(candidate=WRONG)
    slower = dataclasses.replace(
        report, checks=tuple(dataclasses.replace(v, seconds=v.seconds + 1) for v in report.checks)
    )
    assert feedback.render(report) == feedback.render(slower)
