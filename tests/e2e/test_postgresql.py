"""The gradebook in a real PostgreSQL server on loopback, by URL in nbgrader_config.py."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder import course_folder, demo, gradebook
from autograder.check import registry
from autograder.course_folder import CourseFolder
from autograder.verdict import Report, Verdict

pytestmark = pytest.mark.slow
SETTINGS = """c.CourseDirectory.db_url = {!r}
c.CourseDirectory.course_id = "rnn-2027"
"""
"""PostgreSQL, unlike SQLite, insists that the course of an assignment exists."""
STUDENTS = ("ada", "张伟", 'o\'neill, "q"')


def programs() -> Path:
    """Where Debian, or PATH, has initdb and pg_ctl; skipped aloud where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/createdb"))
    found = found or [Path(path) for path in filter(None, [shutil.which("createdb")])]
    if not found or not (found[-1].parent / "initdb").exists():
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    return found[-1].parent


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of an empty database; the server refuses to run as root, so it runs as `postgres` then."""
    bin, who = programs(), pwd.getpwuid(os.geteuid()).pw_name
    owner = "postgres" if os.geteuid() == 0 else who
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    if os.geteuid() == 0:
        shutil.chown(folder, owner)

    def run(name: str, *words: str) -> None:
        user = owner if os.geteuid() == 0 else None
        done = subprocess.run(
            [bin / name, *words], user=user, cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    data, options = str(folder / "data"), f"-p {port} -k {folder} -c listen_addresses=127.0.0.1"
    try:
        run("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-sync")
        run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "course")
        yield f"postgresql+psycopg://{owner}@127.0.0.1:{port}/course"
        run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def folder(url: str, tmp_path_factory: pytest.TempPathFactory) -> CourseFolder:
    root = tmp_path_factory.mktemp("course")
    course_folder.create(root, [], "en", seed=3)
    config = root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\n{SETTINGS.format(url)}")
    return course_folder.create(root, ["gru"], "en", seed=3)


def report(student: str, points: float) -> Report:
    verdicts = tuple(
        Verdict(c.id, "pass" if points else "fail", c.points * points, c.points, "")
        for c in registry("gru")
    )
    total = sum(v.points for v in verdicts)
    return Report("gru", student, "0" * 64, total, sum(c.points for c in registry("gru")), verdicts)


def test_reports_manual_marks_and_regrades_live_in_postgresql(
    folder: CourseFolder, url: str
) -> None:
    assert folder.database == url
    for student in STUDENTS:
        demo.hand_in(folder, student, demo.solved("en"))
    assert gradebook.record(folder, "gru", {s: report(s, 1.0) for s in STUDENTS}) == {}
    total = sum(c.points for c in registry("gru"))
    assert {s: m.score for s, m in gradebook.marks(folder, "gru").items()} == dict.fromkeys(
        sorted(STUDENTS), total
    )
    with Gradebook(url) as book:
        grade = book.find_grade("gru-half_life", "gru", "gru", "张伟")
        grade.manual_score = 1.5
        book.find_comment(
            "gru-gates_over_time-answer", "gru", "gru", "张伟"
        ).manual_comment = "对，但…"
        book.db.commit()
    assert gradebook.record(folder, "gru", {"张伟": report("张伟", 0.0)}) == {}
    mark = gradebook.marks(folder, "gru")["张伟"]
    assert mark.manual == {"gru-half_life": 1.5}
    assert mark.score == 1.5
    assert mark.comments == {"gru-gates_over_time-answer": "对，但…"}
    assert not (folder.root / "gradebook.db").exists()
