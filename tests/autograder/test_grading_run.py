"""What a person is told while a class is graded, before, and when it is stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import cli, demo, dry_run, gradebook, grading_run, interrupt
from autograder.course_folder import CourseFolder
from autograder.grading_run import GradingRun
from autograder.recorded import Place
from autograder.verdict import Report

MakeReport = Callable[..., Report]
FAULT = {"status": "error", "points": 0.0}
LOST = {"status": "fail", "points": 0.0}


def followed(tmp_path: Path, reports: list[Report], total: int) -> str:
    log = grading_run.log_path(tmp_path, "gru")
    with GradingRun(log, "gru", {"jobs": 2}) as run:
        for done, report in enumerate(reports, start=1):
            run.graded(report)
            run.progress(report.student, done, total)
        line = run.line()
    assert "finished: " in log.read_text(encoding="utf-8").splitlines()[-1]
    return line


def test_each_outcome_is_counted(tmp_path: Path, make_report: MakeReport) -> None:
    nothing = Report("gru", "d", "", 0.0, 94.0, ())
    reports = [
        make_report("a"),
        make_report("b", candidate=LOST),
        make_report("c", candidate=FAULT),
    ]
    line = followed(tmp_path, [*reports, nothing], total=9)
    assert line.startswith(
        "4 of 9 recorded, 1 all points, 1 some points, 1 no points, 1 for a human, "
    )
    assert " a minute, about " in line and line.endswith(" so far")


def test_the_log_has_a_line_for_each_submission_and_no_secret(
    tmp_path: Path, make_report: MakeReport
) -> None:
    odd = make_report("evil\n2027-01-01\tada\t94/94\x1b[2J", notes=["two\nlines"])
    log = tmp_path / "logs" / "gru.log"
    with GradingRun(log, "gru", {"jobs": 2, "isolation": "bubblewrap"}) as run:
        run.graded(make_report("王小明", candidate=LOST))
        run.graded(odd)
    lines = log.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 6 and "course grade gru jobs=2 isolation=bubblewrap" in lines[0]
    assert "王小明\t87/94\tfail=1 pass=19" in lines[2]
    assert "evil?2027-01-01?ada" in lines[3] and "note: two?lines" in lines[4]
    assert "finished: 2 of ? recorded" in lines[5]
    assert all(re.match(r"\d{4}-\d\d-\d\dT", line) for line in lines)


def test_runs_of_one_second_have_logs_of_their_own(tmp_path: Path) -> None:
    first = grading_run.log_path(tmp_path, "gru")
    first.parent.mkdir()
    first.touch()
    again = grading_run.log_path(tmp_path, "gru")
    assert again != first and not again.exists()


def test_an_error_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "gru.log"
    with pytest.raises(ZeroDivisionError), GradingRun(log, "gru", {}):
        raise ZeroDivisionError("oh")
    assert "ended by ZeroDivisionError: oh" in log.read_text()


def test_without_a_terminal_a_line_now_and_then_says_how_far_it_is(
    tmp_path: Path,
    make_report: MakeReport,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(grading_run, "SAID_EVERY", 0.0)
    followed(tmp_path, [make_report(name) for name in "abc"], total=3)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and said[2].startswith("3 of 3 recorded, 3 all points")


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C as Python has it, though a script may have started the tests with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def not_ignored() -> None:
    """In a process that is started: the same."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_waits_until_the_block_has_ended() -> None:
    seen = []
    with pytest.raises(KeyboardInterrupt), interrupt.held_back():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        seen.append("whole")
    assert seen == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_thread_needs_no_signals() -> None:
    done = []

    def work() -> None:
        with interrupt.held_back():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_the_order_to_end_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), interrupt.told_to_end():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_an_order_to_end_waits_too_and_counts_where_ctrl_c_is_ignored() -> None:
    seen = []
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), interrupt.told_to_end(), interrupt.held_back():
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)
            seen.append("whole")
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["whole"]


class KnownMarker:
    """A marker with reports that hold for some; grading takes no time."""

    def __init__(self, known: set[str]) -> None:
        self.known, self.marked = known, []

    def knows(self, submission: Any) -> bool:
        return submission.student in self.known

    def start(self) -> None: ...

    def mark_all(self, submissions: Any, jobs: int) -> Any:
        self.marked = [submission.student for submission in submissions]
        yield from self.marked

    def __enter__(self) -> KnownMarker:
        return self

    def __exit__(self, *args: object) -> None: ...


def test_a_dry_run_counts_what_is_left_and_records_nothing(
    course: CourseFolder, submit: Callable[..., Path], make_report: MakeReport
) -> None:
    for n in range(10):
        submit(f"s{n}")
    submit("zoe").write_text("{")
    marker = KnownMarker({"s0", "s1", "s2", "s3"})
    found = dry_run.estimate(course, "gru", marker, jobs=2)  # type: ignore[arg-type]
    assert (found.submitted, found.finished, found.to_grade) == (11, 4, 6)
    assert list(found.unreadable) == ["zoe"] and "broken JSON" in found.unreadable["zoe"]
    assert len(marker.marked) == found.measured_on == dry_run.SAMPLE
    assert gradebook.reports(course, "gru") == {} and gradebook.marks(course, "gru") == {}


def test_a_dry_run_goes_by_the_reports_that_are_there(
    course: CourseFolder, submit: Callable[..., Path], make_report: MakeReport
) -> None:
    for n in range(8):
        submit(f"s{n}")
    slow = make_report("s0", candidate={"seconds": 30.0}, reset_gate={"seconds": 10.0})
    Place(course.root, "gru").save(slow)
    marker = KnownMarker({"s0"})
    found = dry_run.estimate(course, "gru", marker, jobs=2)  # type: ignore[arg-type]
    assert (found.seconds_each, found.measured_on, marker.marked) == (40.0, 1, [])
    assert found.seconds == pytest.approx(7 * 40.0 / 2, abs=1.0)


@pytest.mark.sandbox
def test_ctrl_c_in_a_real_run_leaves_what_is_recorded_and_the_next_run_goes_on(
    course: CourseFolder,
) -> None:
    endless = demo.CLASS["kim"]("en")
    for name, notebook in (("a", demo.released("en")), ("b", endless), ("c", endless)):
        demo.hand_in(course, name, notebook)
    config = course.root / "course.toml"
    config.write_text(config.read_text().replace("check_seconds = 10.0", "check_seconds = 120.0"))
    command = [sys.executable, "-m", "autograder.cli", "grade", "gru", "--jobs", "1"]
    command += ["--course", str(course.root)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, preexec_fn=not_ignored
    ) as run:
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline and not (course.root / "reports/gru/a.json").exists():
            time.sleep(0.2)
        time.sleep(1.0)  # b is in its endless loop
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=100)
    assert run.returncode == 2 and "Traceback" not in said
    assert "interrupted: 1 of 3 submissions are recorded" in said
    assert "run the same command again" in said
    assert set(gradebook.reports(course, "gru")) == {"a"}
    (log,) = (course.root / "logs").iterdir()
    assert "interrupted: 1 of 3 recorded" in log.read_text(encoding="utf-8").splitlines()[-1]
    config.write_text(config.read_text().replace("check_seconds = 120.0", "check_seconds = 1.0"))
    again = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert set(gradebook.reports(course, "gru")) == {"a", "b", "c"}, again.stderr


@pytest.fixture
def grade(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    def grade(*words: str) -> tuple[int, str]:
        monkeypatch.setenv("COURSE_DEBUG", "1")
        command = ["course", "grade", "gru", "--course", str(course.root), *words]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), capsys.readouterr().out

    return grade


@pytest.mark.sandbox
def test_the_end_of_a_run_says_what_needs_a_human_and_where_to_look(
    course: CourseFolder, submit: Callable[..., Path], grade: Callable[..., tuple[int, str]]
) -> None:
    submit("ada")
    submit("zoe").write_text("{")
    code, said = grade()
    assert code == 2 and "needs a human: zoe" in said
    assert "class report" in said and "logs/gru-" in "".join(said.split())
    code, said = grade("--dry-run")
    assert code == 0 and "finished already  1" in said and "nothing was recorded" in said
