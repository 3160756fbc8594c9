"""The real nbgrader: its command line, its Python API, and formgrader in a real browser."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from killed import WRONG_CANDIDATE, first_tasks
from servers import BROWSER, server, surroundings

from autograder import check, course_folder, demo, gradebook, submission
from autograder.course_folder import CourseFolder

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

ATTACK = (
    "<script>window.stolen = 1</script> <img src=x onerror='window.stolen = 2'>\n\n"
    "[click](javascript:window.stolen=3) <svg onload='window.stolen = 4'></svg>"
)


def nbgrader(folder: CourseFolder, *arguments: str) -> str:
    """Run the nbgrader command in a course folder, as an instructor does; its log."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder.root,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    """A course whose two submissions the `nbgrader` command has graded."""
    folder = course_folder.create(tmp_path_factory.mktemp("course"), ["gru"], "en", seed=5)
    attacked = first_tasks(candidate=WRONG_CANDIDATE)
    attacked["cells"][0]["source"] = ATTACK
    attacked["cells"][-1]["source"] = ATTACK
    demo.hand_in(folder, "ada", first_tasks())
    demo.hand_in(folder, "dana", attacked)
    nbgrader(folder, "generate_assignment", "gru", "--force")
    nbgrader(folder, "autograde", "gru")
    return folder


def test_the_autograde_command_gives_the_marks_of_every_other_front(graded: CourseFolder) -> None:
    marks = gradebook.marks(graded, "gru")
    with graded.settings.marker(graded.root) as marker:
        for student, path in graded.submissions("gru").items():
            report = marker.mark(submission.read(path, "gru", student), regrade=True)
            assert marks[student].score == report.points
            found = {v.check for v in report.checks if v.mistake == "gru.ResetAfterProduct"}
            assert found == ({"gru.candidate"} if student == "dana" else set())
    points = {one.name: one.points for one in check.registry("gru")}
    assert marks["ada"].score >= sum(points[n] for n in ("reset_gate", "candidate", "new_state"))
    assert marks["dana"].score == marks["ada"].score - points["candidate"]


def test_the_api_behind_formgraders_button_grades_the_same(graded: CourseFolder) -> None:
    from nbgrader.apps import NbGraderAPI

    before = gradebook.marks(graded, "gru")["dana"]
    with course_folder.nbgrader_at_work():
        api = NbGraderAPI(graded.coursedir(), config=graded.config())
        result = api.autograde("gru", "dana")
    assert result["success"], result
    assert gradebook.marks(graded, "gru")["dana"] == before


def test_grading_twice_skips_and_a_new_submission_is_graded(graded: CourseFolder) -> None:
    demo.hand_in(graded, "late", first_tasks())
    log = nbgrader(graded, "autograde", "gru")
    assert "Skipping existing assignment" in log
    marks = gradebook.marks(graded, "gru")
    assert marks["late"].score == marks["ada"].score


def test_nbgraders_own_feedback_carries_our_explanations_and_nothing_that_runs(
    graded: CourseFolder,
) -> None:
    nbgrader(graded, "generate_feedback", "gru", "--student", "dana")
    page = (graded.root / "feedback" / "dana" / "gru" / "gru.html").read_text(encoding="utf-8")
    assert "Equation (3) scales h first" in page
    assert "window.stolen = 1</script>" not in page


def formgrader(folder: CourseFolder) -> AbstractContextManager[str]:
    """A Jupyter server with formgrader on a free port of this machine; gives its address."""
    return server(
        *("jupyter", "server"),
        "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
        cwd=folder.root,
        environment=surroundings(),
    )


@pytest.mark.browser
def test_formgrader_shows_the_same_marks_and_runs_nothing_of_a_students(
    graded: CourseFolder, chromium_path: str
) -> None:
    from playwright.sync_api import sync_playwright

    marks = gradebook.marks(graded, "gru")
    with formgrader(graded) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        context = browser.new_context()
        context.route(lambda url: not url.startswith(address), lambda route: route.abort())
        page = context.new_page()
        page.goto(f"{address}/formgrader/gradebook/gru/gru")
        page.wait_for_selector("table tbody a")
        rows = page.inner_text("table tbody")
        for mark in marks.values():
            assert f"{mark.score:g} / 100" in rows

        with urllib.request.urlopen(f"{address}/formgrader/api/submitted_notebooks/gru/gru") as got:
            shown = {entry["student"]: entry for entry in json.load(got)}
        assert {s: e["score"] for s, e in shown.items()} == {s: m.score for s, m in marks.items()}

        page.goto(f"{address}/formgrader/submissions/{shown['dana']['id']}/")
        page.wait_for_selector("text=Equation (3) scales h first")
        card = page.locator("text=Not right yet").first
        assert card.is_visible()
        box = page.locator("#gru-candidate")
        box.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('#gru-candidate').placeholder === '0'")
        assert page.evaluate("window.stolen") is None
        assert page.locator("a[href*='stolen']").count() == 0

        written = page.locator("#gru-written")
        written.fill("4")
        written.press("Tab")
        page.wait_for_timeout(1500)
        browser.close()
    assert gradebook.marks(graded, "gru")["dana"].manual == {"gru-written": 4.0}
    nbgrader(graded, "autograde", "gru", "--student", "dana", "--force")
    mark = gradebook.marks(graded, "gru")["dana"]
    assert mark.manual == {"gru-written": 4.0} and mark.score == marks["dana"].score + 4.0


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 820, 1400])
def test_our_pages_fit_every_width_without_scrolling_sideways(
    language: str, width: int, chromium_path: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    from autograder import class_report, feedback
    from autograder.verdict import Report, Verdict

    verdicts = tuple(
        Verdict(
            one.id,
            "pass" if index % 3 else "fail",
            one.points if index % 3 else 0.0,
            one.points,
            "" if index % 3 else "largest difference 0.531 at [batch 3, unit 1]\n    h = x @ W",
            "" if index % 3 else "(r ⊙ h_{t-1}) W_hh",
            "" if index % 3 else "gru.ResetAfterProduct",
        )
        for index, one in enumerate(check.registry("gru"))
    )
    total = sum(v.max_points for v in verdicts)
    report = Report("gru", "ada", "0" * 64, 60.0, total, verdicts, (), language)
    (tmp_path / "a.html").write_text(feedback.render(report), encoding="utf-8")
    (tmp_path / "b.html").write_text(
        class_report.render("gru", {"ada": report, "王小明": report}, language), encoding="utf-8"
    )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            for name in ("a.html", "b.html"):
                page = context.new_page()
                complaints: list[str] = []
                page.on("console", lambda message, said=complaints: said.append(message.text))
                page.goto((tmp_path / name).as_uri())
                assert page.evaluate("document.documentElement.scrollWidth") == width
                assert complaints == []
                assert page.evaluate(CONTRAST) >= 4.5
            context.close()
        browser.close()


CONTRAST = """() => {
  // The lowest contrast (WCAG 2) between any words on the page and what lies behind them.
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let least = 21;
  const words = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || node.closest('svg')) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
}"""
