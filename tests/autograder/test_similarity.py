"""Pairs that are alike: disguised copies are listed, honest classmates are not."""

from __future__ import annotations

import importlib
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder import alternatives, cli, demo, mistakes, reference, similarity, similarity_page
from autograder.course_folder import CourseFolder
from autograder.submission import Cell, Submission

EXPECTED = similarity.expected("gru")
REFERENCE = tuple(Cell(cell["id"], cell["source"]) for cell in reference.cells("gru"))


@pytest.fixture(scope="module")
def made() -> Any:
    folder = str(Path(__file__).parents[2] / "benchmarks")
    sys.path.insert(0, folder)
    yield importlib.import_module("made_up_class")
    sys.path.remove(folder)


def students(found: list[similarity.Pair]) -> set[frozenset[str]]:
    return {frozenset(pair.students) for pair in found}


@pytest.mark.parametrize("unit", ["bptt", "gru", "lstm", "markov", "rnn"])
def test_correct_alternatives_are_not_alike_even_where_only_the_reference_is_known(
    unit: str,
) -> None:
    given = tuple(Cell(cell["id"], cell["source"]) for cell in reference.cells(unit))
    known = frozenset(run for cell in given for run in similarity.runs(cell.source)[1])
    honest = [
        Submission(unit, one.id, (*given, Cell("own", one.source)))
        for one in alternatives.bank(unit)
    ]
    assert len(honest) > 10
    assert similarity.pairs(honest, known) == []


def test_a_class_that_answers_as_the_reference_and_the_mistakes_do_has_no_pairs() -> None:
    same = [Submission("gru", f"same{n}", REFERENCE) for n in range(3)]
    wrong = [
        Submission("gru", f"{mistake.__name__} {n}", (*REFERENCE, Cell("own", mistake.source())))
        for mistake in mistakes.bank("gru")[:30]
        for n in range(2)
    ]
    assert similarity.pairs([*same, *wrong], EXPECTED) == []


def test_copies_in_disguise_are_listed_and_honest_classmates_are_not(made: Any) -> None:
    submissions, copied = made.made(60, 9, seed=7)
    found = students(similarity.pairs(submissions, EXPECTED))
    assert found <= copied
    assert len(found) >= 8


def test_a_class_without_copies_has_no_pairs(made: Any) -> None:
    submissions, _ = made.made(60, 0, seed=8)
    assert similarity.pairs(submissions, EXPECTED) == []


def test_a_copied_notebook_is_listed_with_the_tasks_side_by_side(made: Any) -> None:
    rng = random.Random(3)
    answers = {name: made.honest(rng) for name in ("ada", "bela", "chen", "dora")}
    copy = made.copied(answers["ada"], rng)
    submissions = [made.submission(name, given) for name, given in answers.items()]
    submissions.append(made.submission("eve", copy))
    (pair,) = similarity.pairs(submissions, EXPECTED)
    assert set(pair.students) == {"ada", "eve"} and len(pair.passages) >= 3
    by_name = {s.student: {c.id: c.source for c in s.cells} for s in submissions}
    for passage in pair.passages:
        for student, cell, source, where in zip(
            pair.students, passage.cells, passage.sources, passage.stretches, strict=True
        ):
            assert by_name[student][cell] == source
            assert where and all(0 <= start < end <= len(source) for start, end in where)
            assert list(where) == sorted(where)


def test_moved_to_another_cell_it_is_found_there(made: Any) -> None:
    rng = random.Random(3)
    answers = {name: made.honest(rng) for name in ("ada", "bela", "chen", "dora")}
    submissions = [made.submission(name, given) for name, given in answers.items()]
    joined = "\n\n".join(made.copied(answers["ada"], rng).values())
    submissions.append(Submission("gru", "eve", (Cell("code cell 9", joined),)))
    (pair,) = similarity.pairs(submissions, EXPECTED)
    assert {cells[pair.students.index("eve")] for cells in (p.cells for p in pair.passages)} == {
        "code cell 9"
    }


@pytest.mark.parametrize(
    "other",
    [
        "def f(x):\n    # why\n    total = x['a'] @ W + 1\n    return total\n",
        'def g(x):\n    """What it does."""\n    y = (x["b"]\n         @ V) + 1.0\n    return y\n',
    ],
    ids=["comments", "layout and docstring"],
)
def test_names_comments_and_layout_do_not_count(other: str) -> None:
    one = "def f(x):\n    y = x['a'] @ W + 1\n    return y\n"
    assert [t.text for t in similarity.tokens(one)] == [t.text for t in similarity.tokens(other)]


def test_what_is_called_and_computed_does_count() -> None:
    one, two = "y = np.tanh(a @ b) + 1", "y = np.exp(a @ b) + 2"
    differ = [
        (a.text, b.text)
        for a, b in zip(similarity.tokens(one), similarity.tokens(two), strict=True)
        if a.text != b.text
    ]
    assert differ == [("tanh", "exp"), ("1.0", "2.0")]


def test_code_that_python_cannot_read_is_compared_too() -> None:
    broken = "def f(x:\n  return 'open\n\x00 %magic \ud83d ???\n"
    assert similarity.tokens(broken) and similarity.tokens("") == ()


def test_a_larger_class_may_share_more_by_chance() -> None:
    assert [similarity.few(size) for size in (3, 16, 60, 100, 500, 1000)] == [2, 2, 3, 5, 11, 15]


def test_what_the_class_has_in_common_is_nobodys_own(made: Any) -> None:
    given = made.honest(random.Random(3))
    crowd = [made.submission(f"s{n}", given) for n in range(similarity.few(25) + 1)]
    rng = random.Random(4)
    rest = [made.submission(f"r{n}", made.honest(rng)) for n in range(20)]
    assert similarity.pairs([*crowd, *rest], EXPECTED) == []
    assert len(similarity.pairs([*crowd[:2], *rest], EXPECTED)) == 1


ACCUSING = ("plagiari", "cheat", "copied from", "suspect", "guilty", "offence", "violation")
ACCUSING += ("作弊", "剽窃", "嫌疑", "违规", "抄了")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_escaped_and_accuses_nobody(language: str, made: Any) -> None:
    rng = random.Random(3)
    answers = {name: made.honest(rng) for name in ("<ada>", "bela", "chen", "dora")}
    answers["eve"] = made.copied(answers["<ada>"], rng)
    submissions = [made.submission(name, given) for name, given in answers.items()]
    found = similarity.pairs(submissions, EXPECTED)
    page = similarity_page.render("gru", found, [("x", "y")], 5, language, {"zoe": "<broken>"})
    assert "<ada>" not in page and "&lt;ada&gt;" in page and "&lt;broken&gt;" in page
    assert "<script" not in page and "://" not in page
    assert page.count("<mark>") > 5 and page.count("<pre") == 2 * len(found[0].passages)
    assert ("Similar does not mean copied" in page) == (language == "en")
    assert ("相似不等于抄袭" in page) == (language == "zh")
    assert [word for word in ACCUSING if word in page.lower()] == []


def test_the_marked_stretches_are_the_text_itself() -> None:
    source = "a < b\nc & d\n"
    shown = str(similarity_page.marked(source, [(0, 5), (8, 9)]))
    assert shown == "<mark>a &lt; b</mark>\nc <mark>&amp;</mark> d\n"


def test_course_similarity_writes_the_page_and_names_what_it_could_not_read(
    made: Any,
    course: CourseFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = random.Random(3)
    answers = {name: made.honest(rng) for name in ("ada", "bela", "王小明", "dora")}
    answers["eve"] = made.copied(answers["王小明"], rng)
    for student, given in answers.items():
        path = demo.hand_in(course, student, demo.answered(demo.released("en"), given))
    path.parent.parent.with_name("zoe").joinpath("gru").mkdir(parents=True)
    course.notebook("submitted", "zoe", "gru").write_text("{")
    command = ["course", "similarity", "gru", "--course", str(course.root), "--json"]

    def run(run: Callable[[], None] = cli.main) -> Any:
        monkeypatch.setenv("COURSE_DEBUG", "1")
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as end:
            run()
        assert not end.value.code
        return json.loads(capsys.readouterr().out)

    found = run()
    assert [set(pair["students"]) for pair in found["pairs"]] == [{"王小明", "eve"}]
    page = (course.root / "reports" / "gru-similarity.html").read_text(encoding="utf-8")
    assert "王小明" in page and "broken JSON" in page
