"""kill -9 at random moments: the next run ends where an unbroken one would have ended."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from killed import Unbroken, again, finish, kill_one, small_class, state_of, unbroken

from autograder.course_folder import CourseFolder

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

Known = tuple[CourseFolder, Unbroken]


@pytest.fixture(scope="module", params=["course", "nbgrader"])
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Known:
    place = tmp_path_factory.mktemp(request.param)
    folder = small_class(place / "course")
    return folder, unbroken(folder, request.param, place / "before")


def command_of(folder: CourseFolder) -> str:
    """The command that this course is graded with."""
    return folder.root.parent.name.rstrip("0123456789")


def killed(known: Known, kills: int, chance: random.Random, *, cache: bool) -> int:
    """Kill that many runs one after another, then let one end; how many were killed."""
    folder, before = known
    command = command_of(folder)
    again(folder, before, cache=cache)
    hit = sum(kill_one(folder, command, before, chance) for _ in range(kills))
    code, said = finish(folder, command)
    assert code == (2 if command == "course" else 0), said  # 2: two files need a human
    assert "Traceback" not in said
    after = state_of(folder)
    for part, expected in before.state.items():
        assert after[part] == expected, part
    return hit


def test_an_unbroken_run_records_everybody(known: Known) -> None:
    _, before = known
    everybody = {"ada", "dana", "王小明 🙂", "broken", "renamed"}
    assert set(before.state["marks"]) == set(before.state["reports"]) == everybody
    assert before.state["marks"]["ada"].score > before.state["marks"]["dana"].score > 0
    for student in ("broken", "renamed"):
        mark = before.state["marks"][student]
        assert mark.score == 0 and set(mark.open) == set(mark.max_points)
        assert set(mark.automatic.values()) == {None}


@pytest.mark.timeout(600)
def test_a_killed_run_is_finished_by_the_next_one(known: Known) -> None:
    kills = 4 if command_of(known[0]) == "course" else 2
    chance = random.Random(1)
    rounds = (killed(known, kills, chance, cache=True) for _ in range(5))
    assert any(rounds), "every run ended before it was killed"


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_fifty_kills_lose_nothing(known: Known) -> None:
    chance, done, rounds = random.Random(50), 0, 0
    while done < 50:
        done += killed(known, 2, chance, cache=rounds % 3 != 0)
        rounds += 1
        assert rounds < 100, f"only {done} runs were killed before they ended"


def test_a_second_run_writes_nothing(known: Known, tmp_path: Path) -> None:
    folder, _ = known
    paths = [folder.root / "gradebook.db", *folder.root.glob("reports/gru/**/*")]
    paths += folder.root.glob("autograded/**/*")
    written = {path: path.stat().st_mtime_ns for path in paths if path.is_file()}
    code, said = finish(folder, command_of(folder))
    assert code in (0, 2) and "Traceback" not in said
    assert {path: path.stat().st_mtime_ns for path in written} == written
