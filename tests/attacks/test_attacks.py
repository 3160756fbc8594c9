"""Every attack gets the mark that it deserves, is told of, and harms nobody."""

from __future__ import annotations

import io
import os
import re
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from attack import FOLDER, HONEST, Attack, attack, attacks, descriptors, processes, tree

from autograder.check import registry
from autograder.grade import grade
from autograder.noticed import WORDS
from autograder.sandbox import notice
from autograder.sandbox.limits import Limits
from autograder.sandbox.parent import Server
from autograder.submission import Submission, SubmissionError, read
from autograder.units import UNITS
from autograder.verdict import Report

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

SEED = 77
ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 5.0
HONEST_POINTS = 5 + 5 + 7 + 5 + 4 + 5


@dataclass
class Place:
    """A machine with something to lose: a server, a course, ears on every kind of socket."""

    server: Server
    course: Path
    ears: list[socket.socket]
    honest: Submission
    expected: str = ""
    quiet: int = 0
    """Processes of the server while nobody sits."""

    def grade(self, submission: Submission, limits: Limits) -> Report:
        return grade(submission, lambda: self.server.sit(limits), seed=SEED, limits=limits)

    def honest_report(self) -> str:
        return self.grade(self.honest, Limits()).without_times().to_json()

    def fingerprint(self) -> tuple[str, int, list[str]]:
        """Files, processes below the server, and open files of this process."""
        assert self.server._process is not None and self.server._stage is not None
        files = tree(self.course, self.server._stage, FOLDER)
        first = self.server._process.pid
        deadline = time.monotonic() + WAIT_SECONDS
        while len(processes(first)) > (self.quiet or 9) and time.monotonic() < deadline:
            time.sleep(0.02)
        return files, len(processes(first)), descriptors()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    course = tmp_path_factory.mktemp("course")
    for name in ("gradebook.db", "course.toml", "submitted/ada/gru/gru.ipynb", "solutions/gru.py"):
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text("secret of the grader")
    ears = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)]
    ears[1].bind("\0attacked-by-a-submission")
    ears[1].listen()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SECRET", "secret of the grader")
        patch.chdir(course)
        with Server() as server:
            here = Place(server, course, ears, read(HONEST, "gru", "ada"))
            here.expected = here.honest_report()
            time.sleep(0.5)
            here.quiet = here.fingerprint()[1]
            yield here
    for ear in ears:
        ear.setblocking(False)
        with pytest.raises(BlockingIOError):
            ear.accept()  # nobody has called
        ear.close()


@pytest.mark.parametrize("one", attacks(), ids=lambda one: one.name)
def test_an_attack_gets_what_it_deserves_and_harms_nobody(one: Attack, place: Place) -> None:
    before = place.fingerprint()
    started = threading.Event()

    def attacked() -> list[Report]:
        started.set()
        times = 2 if one.path.parent.name == "leaking" else 1  # the second finds what is left
        return [place.grade(one.submission, one.limits) for _ in range(times)]

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(attacked)
        started.wait()
        beside = place.honest_report()
        reports = running.result()
    assert beside == place.expected
    for report in reports:
        passed = {verdict.check for verdict in report.checks if verdict.status == "pass"}
        shown = [f"{v.check} {v.points:g} {v.message}" for v in report.checks if v.points]
        assert (passed, report.points) == (one.passes, one.points), (shown, report.notes)
        assert not report.needs_human
        told = "\n".join(report.notes)
        assert all(note in told for note in one.notes), (one.notes, told)
        assert printable(report.to_json())
    assert place.honest_report() == place.expected
    assert place.fingerprint() == before


def printable(text: str) -> bool:
    """Whether nothing in a report is obeyed by a terminal or turns the direction of writing."""
    obeyed = {*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F)}
    return not obeyed & set(map(ord, text)) and "\u2066" not in text


def test_the_honest_neighbour_has_the_marks_that_it_deserves(place: Place) -> None:
    report = Report.from_json(place.expected)
    assert report.points == HONEST_POINTS + 0.0
    assert report.notes == ()


def test_there_are_attacks_of_every_kind() -> None:
    groups = {group: len(attacks(group)) for group in os.listdir(FOLDER)}
    assert set(groups) == {"forging", "spying", "hurting", "leaking"}
    assert sum(groups.values()) >= 80
    assert min(groups.values()) >= 15
    text = "".join(one.path.read_text(encoding="utf-8") for one in attacks())
    told = [WORDS[kind].en for kind in notice.KINDS]
    assert [words for words in told if not any(note in words for note in notes(text))] == []


def notes(text: str) -> set[str]:
    """All notes that the headers in this text expect."""
    lines = re.findall(r"^# notes: (.*)$", text, re.MULTILINE)
    return {note for line in lines for note in line.split("; ")}


@pytest.mark.parametrize("unit", UNITS)
def test_nothing_is_told_of_a_model_answer(unit: str, place: Place) -> None:
    answer = read(ROOT / "solutions" / f"{unit}.py")
    quick = [check.id for check in registry(unit) if not check.trains]
    report = grade(answer, place.server.sit, seed=SEED, only=quick)
    assert report.points == report.max_points
    assert report.notes == ()


def test_no_hidden_case_is_spelt_into_a_report(place: Place) -> None:
    one = attack(FOLDER / "spying" / "spell_the_hidden_case.py")
    report = place.grade(one.submission, one.limits)
    said = report.checks[0].message
    assert said.startswith("On a hidden case: Your code raised")
    assert 'names["fail"](failure(spelt))' in said  # the student's line, as the notebook has it
    assert "spelt[" not in report.to_json()


BOMBS = {
    "wide": b'{"nbformat": 4, "metadata": {}, "cells": [' + b"{}," * 6_000_000 + b"{}]}",
    "deep": b'{"nbformat": 4, "metadata": {}, "cells": ' + b"[" * 4_000_000,
    "of numbers": b'{"nbformat": 4, "cells": [], "metadata": [' + b"0," * 6_000_000 + b"0]}",
    "of one number": b'{"nbformat": 4, "metadata": {}, "cells": [' + b"9" * 6_000_000 + b"]}",
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_notebook_bomb_is_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "gru.ipynb"
    path.write_bytes(BOMBS[kind])
    with pytest.raises(SubmissionError) as refused:
        read(path, "gru")
    assert len(str(refused.value)) < 500


def test_a_zip_bomb_of_weights_costs_its_own_check(place: Place, tmp_path: Path) -> None:
    kept = FOLDER / "forging" / "keep_the_trained_weights.py"
    (tmp_path / "gru.py").write_text(kept.read_text(encoding="utf-8"), encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "gru.npz", "w", zipfile.ZIP_DEFLATED) as bomb:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f8", "fortran_order": False, "shape": (2**27,)}
        )
        with bomb.open("a.npy", "w", force_zip64=True) as member:
            member.write(header.getvalue())
            for _ in range(2**30 // 2**24):
                member.write(bytes(2**24))
    assert (tmp_path / "gru.npz").stat().st_size < 2 << 20
    one = attack(kept)
    report = grade(
        read(tmp_path / "gru.py", "gru"),
        lambda: place.server.sit(one.limits),
        seed=SEED,
        limits=one.limits,
        only=["gru.keras_cell", "gru.language_model", "gru.result", "gru.half_life"],
    )
    status = {verdict.check: verdict.status for verdict in report.checks}
    assert status.pop("gru.result") == "fail"
    assert set(status.values()) == {"pass"}
    assert "400 MB of memory" in report.notes[-1]
    assert place.honest_report() == place.expected
