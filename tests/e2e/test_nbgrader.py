"""The real nbgrader: its command line, its Python API, and formgrader in a real browser."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from killed import WRONG_CANDIDATE, first_tasks
from servers import BROWSER, server, surroundings

from autograder import check, course_folder, demo, feedback, gradebook, submission
from autograder.course_folder import CourseFolder

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

ATTACK = (
    "<script>window.stolen = 1</script> <img src=x onerror='window.stolen = 2'>\n\n"
    "[click](javascript:window.stolen=3) <svg onload='window.stolen = 4'></svg>\n\n"
    "<a href='jav&#x09;ascript:window.stolen=5' onclick='window.stolen = 6'>click</a>\n\n"
    "<iframe srcdoc='<script>parent.stolen = 7</script>'></iframe> ![](attachment:a.svg)\n\n"
    "$\\href{javascript:window.stolen=8}{x}$ <form action='javascript:window.stolen=9'>"
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'><script>window.stolen = 10</script></svg>"
OUTPUTS = (
    {"text/html": "<script>window.stolen = 11</script><b onclick='window.stolen = 12'>x</b>"},
    {"image/svg+xml": SVG},
    {"application/javascript": "window.stolen = 13"},
    {"text/markdown": ATTACK},
    {"text/latex": "$\\href{javascript:window.stolen=14}{x}$"},
    {"image/png": "'><script>window.stolen = 15</script>"},
)


def nbgrader(folder: CourseFolder, *arguments: str, **environment: str) -> str:
    """Run the nbgrader command in a course folder, as an instructor does; its log."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder.root,
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def shown(data: dict[str, str]) -> dict[str, Any]:
    """An output of a cell."""
    return {"output_type": "display_data", "data": data, "metadata": {}}


def plot() -> bytes:
    """A student's plot."""
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(4, 3)), io.BytesIO()
    figure.subplots().plot([3.0, 2.0, 1.5])
    figure.savefig(file, format="png")
    return file.getvalue()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    """A course whose two submissions the `nbgrader` command has graded."""
    folder = course_folder.create(tmp_path_factory.mktemp("course"), ["gru"], "en", seed=5)
    attacked = first_tasks(candidate=WRONG_CANDIDATE)
    attacked["cells"][0]["source"] = ATTACK
    attacked["cells"][-1]["source"] = ATTACK
    attacked["cells"][0]["attachments"] = {"a.svg": {"image/svg+xml": SVG}}
    attacked["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    code = [cell for cell in attacked["cells"] if cell["cell_type"] == "code"]
    code[0]["outputs"] = [shown(data) for data in OUTPUTS]
    code[1]["outputs"] = [shown({"image/png": base64.b64encode(plot()).decode()})]
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


def formgrader(folder: CourseFolder, **environment: str) -> AbstractContextManager[str]:
    """A Jupyter server with formgrader on a free port of this machine; gives its address."""
    return server(
        *("jupyter", "server"),
        "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
        cwd=folder.root,
        environment=surroundings(**environment),
    )


RUNS = """() => [...document.querySelectorAll('#notebook-container *')].filter(node =>
    ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE', 'svg', 'LINK'].includes(node.tagName)
    || [...node.attributes].some(one => one.name.startsWith('on') || one.name === 'srcdoc'
        || /^\\s*(javascript|data:(?!image.png;base64,)|vbscript)/i.test(one.value)))
    .map(node => node.outerHTML)"""
"""Whatever in the shown notebook could run."""


@pytest.mark.browser
def test_formgrader_shows_the_same_marks_and_runs_nothing_of_a_students(
    graded: CourseFolder, chromium_path: str
) -> None:
    from playwright.sync_api import sync_playwright

    marks = gradebook.marks(graded, "gru")
    with formgrader(graded) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        context = browser.new_context()
        elsewhere: list[str] = []
        context.route(
            lambda url: not url.startswith(address),
            lambda route: (elsewhere.append(route.request.url), route.abort()),
        )
        page = context.new_page()
        page.goto(f"{address}/formgrader/gradebook/gru/gru")
        page.wait_for_selector("table tbody a")
        rows = page.inner_text("table tbody")
        for mark in marks.values():
            assert f"{mark.score:g} / 100" in rows

        with urllib.request.urlopen(f"{address}/formgrader/api/submitted_notebooks/gru/gru") as got:
            listed = {entry["student"]: entry for entry in json.load(got)}
        assert {s: e["score"] for s, e in listed.items()} == {s: m.score for s, m in marks.items()}

        page.goto(f"{address}/formgrader/submissions/{listed['dana']['id']}/")
        page.wait_for_selector("text=Equation (3) scales h first")
        card = page.locator("text=Not right yet").first
        assert card.is_visible()
        assert page.locator(".course-card math").first.is_visible()
        box = page.locator("#gru-candidate")
        box.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('#gru-candidate').placeholder === '0'")
        assert page.evaluate("window.stolen") is None
        assert page.evaluate(RUNS) == []
        assert {urlsplit(url).hostname for url in elsewhere} <= {"cdnjs.cloudflare.com"}  # MathJax
        pictures = page.locator("#notebook-container img")
        assert pictures.count() == 1 and pictures.first.bounding_box()["width"] > 100
        assert not page.locator(".output_execute_result").first.is_visible()  # the card says it

        for place, text in (("#gru-written", "4"), ("#gru-candidate-answer-comment", "Draw it.")):
            page.locator(place).fill(text)
            page.locator(place).press("Tab")
            page.wait_for_timeout(1500)

        for button in ("autograde", "generate-feedback"):
            page.goto(f"{address}/formgrader/manage_submissions/gru/")
            row = page.locator("table tbody tr", has=page.locator("td", has_text="dana"))
            row.locator(f".{button} a").click()
            page.wait_for_selector("#success-modal", timeout=120_000)
        browser.close()
    mark = gradebook.marks(graded, "gru")["dana"]
    assert mark.manual == {"gru-written": 4.0} and mark.score == marks["dana"].score + 4.0
    assert mark.comments == {"gru-candidate-answer": "Draw it."}
    path = feedback.path_of(graded, "gru", "dana")
    pressed = path.read_text("utf-8")
    assert "Draw it." in pressed and "4 / 6" in pressed and "window.stolen" not in pressed

    rules = r"<style>.*?</style>|data:image/png;base64,[\w+/=]+|largest difference [\d.e+-]+"
    words = re.sub(rules, "", pressed, flags=re.DOTALL)
    assert re.findall(r"\d\.\d{3,}", words) == []  # no value of a hidden case

    run = ["autograder.cli", "grade", "gru", "--student", "dana", "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, "-m", *run], cwd=graded.root, env=surroundings(), capture_output=True
    )
    assert done.returncode == 0, done.stderr
    assert gradebook.marks(graded, "gru")["dana"] == mark
    assert path.read_text("utf-8") == pressed


def test_a_download_from_moodle_is_collected_by_the_command(
    graded: CourseFolder, tmp_path: Path
) -> None:
    folder = CourseFolder(shutil.copytree(graded.root, tmp_path / "course"))
    place = folder.root / "downloaded" / "gru" / "archive"
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / "RNN 2027-gru-7.zip", "w") as download:
        name = "Grace Hopper_123456_assignsubmission_file_gru.ipynb"
        download.writestr(name, json.dumps(first_tasks()))
    assert "1 files collected" in nbgrader(folder, "zip_collect", "gru")
    assert list(folder.submissions("gru"))[0] == "Grace-Hopper-123456"


def test_the_course_stays_when_the_toolkit_goes(graded: CourseFolder, tmp_path: Path) -> None:
    marks = gradebook.marks(graded, "gru")
    folder = CourseFolder(shutil.copytree(graded.root, tmp_path / "course"))
    for name in ("reports", ".cache", "logs", "feedback"):
        shutil.rmtree(folder.root / name, ignore_errors=True)
    (folder.root / "course.toml").unlink()
    course_id = graded.coursedir().course_id
    (folder.root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = {course_id!r}\n"
    )
    gone = tmp_path / "gone"
    gone.mkdir()
    for name in ("autograder", "course_lib"):
        (gone / f"{name}.py").write_text("raise ImportError('the toolkit is gone')")

    def stock(*arguments: str) -> str:
        return nbgrader(folder, *arguments, PYTHONPATH=str(gone))

    assert "gru" in stock("db", "assignment", "list")
    stock("export", "--to", "marks.csv")
    lines = (folder.root / "marks.csv").read_text("utf-8").splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    assert {row["student_id"]: float(row["score"]) for row in rows} == {
        student: mark.points for student, mark in marks.items()
    }
    stock("generate_feedback", "gru", "--student", "dana")
    page = feedback.path_of(folder, "gru", "dana").read_text("utf-8")
    assert "Equation (3) scales h first" in page

    with formgrader(folder, PYTHONPATH=str(gone)) as address:
        with urllib.request.urlopen(f"{address}/formgrader/api/submitted_notebooks/gru/gru") as got:
            listed = {entry["student"]: entry for entry in json.load(got)}
        assert {s: e["score"] for s, e in listed.items()} == {s: m.score for s, m in marks.items()}
        shown = f"{address}/formgrader/submissions/{listed['dana']['id']}/"
        with urllib.request.urlopen(shown) as got:
            assert "Equation (3) scales h first" in got.read().decode("utf-8")
