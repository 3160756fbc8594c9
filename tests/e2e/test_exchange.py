"""An instructor's and a student's account, nbgrader's own commands, the exchange between them.

The course is an installed package here: neither account sees a checkout.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from accounts import Account, account, installed, require_accounts
from killed import FIRST, WRONG_CANDIDATE

from autograder import check, demo

pytestmark = [pytest.mark.sandbox, pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class School:
    """Two people, and the folder through which they exchange files."""

    instructor: Account
    student: Account
    exchange: Path

    @property
    def course(self) -> Path:
        return self.instructor.home / "rnn-2027"

    def teach(self, *command: str) -> str:
        return self.instructor.run("nbgrader", *command, cwd=self.course)

    def learn(self, *command: str) -> str:
        return self.student.run("nbgrader", *command)


@pytest.fixture(scope="module")
def school(root: Path) -> Iterator[School]:
    """A course that was made by the instructor with `course new`."""
    require_accounts()
    place = Path(tempfile.mkdtemp(prefix="exchange-"))
    place.chmod(0o755)
    exchange = place / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    names = [f"course-{who}-{os.getpid()}" for who in ("teacher", "ada")]
    try:
        packages = installed(root, place)
        with (
            account(names[0], place / "teacher", packages) as instructor,
            account(names[1], place / "ada", packages) as student,
        ):
            made = instructor.run(
                *("autograder.cli", "new", str(place / "teacher" / "rnn-2027")),
                *("--units", "gru,lstm", "--exchange", str(exchange)),
            )
            assert "released in it: gru, lstm" in made
            jupyter = student.home / ".jupyter"
            jupyter.mkdir()
            (jupyter / "nbgrader_config.py").write_text(
                "c = get_config()\n"
                'c.CourseDirectory.course_id = "rnn-2027"\n'
                f"c.Exchange.root = {str(exchange)!r}\n"
            )
            for path in (jupyter, jupyter / "nbgrader_config.py"):
                shutil.chown(path, student.name, student.name)
            yield School(instructor, student, exchange)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def set_rules(school: School, due: datetime.datetime) -> None:
    """A free day, 10 % for each other; gru was due then."""
    path = school.course / "course.toml"
    text = path.read_text("utf-8")
    for old, new in (
        ("free_days = 0", "free_days = 1"),
        ("percent_per_day = 0", "percent_per_day = 10"),
        ("[deadlines]", f"[deadlines]\ngru = {due:%Y-%m-%dT%H:%M:%S}Z"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def fill_in(notebook: Path, **changed: str) -> None:
    """Answer tasks 1 to 4 in a fetched notebook, as its owner."""
    owner = notebook.stat()
    answers = demo.reference_answers()
    done = {f"gru-{name}-answer": answers[f"gru-{name}-answer"] for name in FIRST}
    done |= {f"gru-{name}-answer": source for name, source in changed.items()}
    done["gru-written"] = "The gate decides how much of the old state stays."
    filled = demo.answered(json.loads(notebook.read_text("utf-8")), done)
    notebook.write_text(json.dumps(filled), encoding="utf-8")
    os.chown(notebook, owner.st_uid, owner.st_gid)


def test_a_unit_goes_to_the_student_and_comes_back_as_feedback(school: School) -> None:
    due = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=30)
    set_rules(school, due)
    school.teach("generate_assignment", "gru", "--force")
    school.teach("release_assignment", "gru")
    assert "rnn-2027 gru" in school.learn("list")

    school.learn("fetch_assignment", "gru")
    fetched = school.student.home / "gru" / "gru.ipynb"
    assert "np.tanh(x @ W_xh" not in fetched.read_text("utf-8")
    fill_in(fetched, candidate=WRONG_CANDIDATE)
    school.learn("submit", "gru")
    assert f"rnn-2027 {school.student.name} gru" in school.teach("list", "--inbound")

    school.teach("collect", "gru")
    school.teach("autograde", "gru")
    school.teach("export", "--to", "marks.csv")
    points = {one.name: one.points for one in check.registry("gru")}
    lines = (school.course / "marks.csv").read_text().splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    (mine,) = (row for row in rows if row["assignment"] == "gru")
    assert mine["student_id"] == school.student.name and float(mine["max_score"]) == 100
    assert float(mine["late_submission_penalty"]) == 10  # 2 days begun, 1 of them free
    assert float(mine["score"]) >= sum(points[n] for n in ("reset_gate", "new_state")) - 10
    assert float(mine["score"]) < 90 - points["candidate"]

    school.teach("generate_feedback", "gru")
    school.teach("release_feedback", "gru")
    school.learn("fetch_feedback", "gru")
    (fetched,) = (school.student.home / "gru" / "feedback").rglob("*.html")
    page = fetched.read_text("utf-8")
    assert "Equation (3) scales h first" in page and "<script" not in page
    assert f"(deadline {due:%Y-%m-%d %H:%M}, UTC). 1 free day used. 1 further day begun" in page

    command = ("grade", "gru", "--course", str(school.course), "--regrade", "--jobs", "1")
    school.instructor.run("autograder.cli", *command)
    ours = school.course / "feedback" / school.student.name / "gru"
    assert (ours / "gru.html").read_text("utf-8") == page
    assert (ours / "submission_secret.txt").is_file()


def test_the_secret_seed_and_the_answers_stay_the_instructors(school: School) -> None:
    secret = school.course / "course.toml"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    reading = f"import sys; sys.exit(not open({str(secret)!r}).read())"
    (school.student.home / "reading.py").write_text(reading)
    assert "Permission denied" in school.student.run("reading", fails=1)
    everything = "".join(p.read_text("utf-8") for p in school.exchange.rglob("*.ipynb"))
    assert everything and "BEGIN SOLUTION" not in everything
