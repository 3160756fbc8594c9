"""Same submission and seed: the same marks alone, in a batch, in another order, by every front."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import demo, gradebook
from autograder.course_folder import create
from autograder.marking import Marker
from autograder.submission import read

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

STUDENTS = ("emil", "jun", "nadia", "chen")
UNTRAINED = ("gru.learns", "gru.result")


@pytest.fixture(scope="module")
def course_folder(tmp_path_factory):
    folder = create(tmp_path_factory.mktemp("course") / "course", ["gru"], seed=demo.SEED)
    for student in STUDENTS:
        path = demo.hand_in(folder, student, demo.CLASS[student]("en"))
        if student in demo.WITH_WEIGHTS:
            path.with_name("gru.npz").write_bytes(demo.weights())
    return folder


@pytest.fixture(scope="module")
def submissions(course_folder):
    paths = course_folder.submissions("gru")
    return [read(path, "gru", student) for student, path in paths.items()]


@pytest.fixture(scope="module")
def in_a_batch(course_folder, submissions):
    """Student -> report without times, graded two at once in the order of their names."""
    with Marker(seed=demo.SEED) as marker:
        done = {report.student: report for report in marker.mark_all(submissions, jobs=2)}
    return {student: report.without_times() for student, report in done.items()}


def command(*words, cwd):
    environment = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=environment, capture_output=True, text=True
    )


def test_alone_and_in_another_order_the_report_is_the_same_byte_for_byte(submissions, in_a_batch):
    with Marker(seed=demo.SEED) as marker:
        for submission in reversed(submissions):
            report = marker.mark(submission).without_times()
            assert report.to_json() == in_a_batch[submission.student].to_json()


def test_marks_are_what_the_mistakes_deserve(in_a_batch):
    wrong = {
        student: {v.check for v in report.checks if v.status != "pass"}
        for student, report in in_a_batch.items()
    }
    assert wrong["chen"] == set()
    assert wrong["nadia"] == set()
    assert wrong["jun"] == {"gru.candidate"}
    assert wrong["emil"] == {"gru.new_state", "gru.keras_cell", "gru.same_model"}
    assert in_a_batch["emil"].verdict("gru.new_state").mistake == "gru.UpdateSwapped"


def test_the_command_gives_the_same_verdicts(course_folder, in_a_batch):
    path = course_folder.notebook("submitted", "emil", "gru")
    done = command("-m", "autograder.cli", "check", str(path), "--hidden", "--json", cwd="/")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["points"] == in_a_batch["emil"].points
    for shown, verdict in zip(report["checks"], in_a_batch["emil"].checks, strict=True):
        assert (shown["status"], shown["points"]) == (verdict.status, verdict.points)
        assert shown["message"] == verdict.message


def test_pytest_gives_the_same_verdicts(course_folder, in_a_batch, tmp_path):
    path = course_folder.notebook("submitted", "emil", "gru")
    xml = tmp_path / "out.xml"
    done = command(
        "-m", "pytest", "--submission", str(path), "--hidden", f"--junitxml={xml}",
        "-p", "no:cacheprovider", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    cases = ElementTree.parse(xml).getroot().iter("testcase")
    outcome = {
        case.get("name"): "fail" if case.find("failure") is not None
        else "skip" if case.find("skipped") is not None else "pass"
        for case in cases
    }  # fmt: skip
    assert outcome == {v.check: v.status for v in in_a_batch["emil"].checks}
    points = {
        case.get("name"): float(p.get("value"))
        for case in ElementTree.parse(xml).getroot().iter("testcase")
        for p in case.iter("property")
        if p.get("name") == "points"
    }
    assert points == {v.check: v.points for v in in_a_batch["emil"].checks}


def test_nbgrader_autograde_gives_the_same_marks(course_folder, in_a_batch):
    done = command("-m", "nbgrader", "autograde", "gru", "--force", cwd=course_folder.root)
    assert done.returncode == 0, done.stderr[-3000:]
    marks = gradebook.marks(course_folder, "gru")
    assert {s: m.score for s, m in marks.items()} == {
        student: report.points for student, report in in_a_batch.items()
    }


def test_the_notebook_front_agrees_with_the_sandbox_on_public_cases(tmp_path):
    notebook = nbformat.from_dict(demo.CLASS["emil"]("zh"))
    checks = [c for c in notebook.cells if c.source.startswith("check(")]
    assert len(checks) == 20
    client = NotebookClient(
        notebook, timeout=300, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )
    path = tmp_path / "gru.ipynb"
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    client.execute()
    emil = read(path)
    assert list(emil.files) == ["gru.weights.h5"]  # trained in the notebook, with the wrong cell
    with Marker(seed=demo.SEED, hidden=False) as marker:
        report = marker.mark(emil)
    assert report.language == "zh"
    assert report.verdict("gru.result").status == "pass"
    for cell in checks:
        verdict = report.verdict(cell.source.split('"')[1])
        plain = next(o for o in cell.outputs if o.output_type == "display_data").data["text/plain"]
        assert f"{verdict.points:g} / {verdict.max_points:g}" in plain
        raised = [o for o in cell.outputs if o.output_type == "error"]
        assert bool(raised) == (verdict.status != "pass")
        for output in raised:  # no traceback, but the card's words: Validate shows no more
            assert "".join("".join(output.traceback).split()) == "".join(plain.split())
        if verdict.status == "fail":
            assert verdict.message.splitlines()[0] in plain
        if verdict.hint:
            assert verdict.hint in plain
