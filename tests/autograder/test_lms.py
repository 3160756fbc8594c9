"""Marks for Canvas, Moodle and spreadsheets: the right student, every other byte, no formula."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder import cli, gradebook, lms, lms_canvas, lms_moodle
from autograder.course_folder import CourseFolder
from autograder.gradebook import Mark
from autograder.lms import Entry, LmsError
from autograder.mistakes import bank
from autograder.verdict import Report

MakeReport = Callable[..., Report]
ODD = (
    "O'Neil, Ann",
    'Jo "J" Lee',
    "王小明",
    "=1+1",
    "+49 30",
    "-2",
    "@SUM(A1)",
    " =A1",
    "＝A1",
    "a\nb",
)
MISTAKE = next(m for m in bank("gru") if m.caught_by == "gru.candidate")


def mark(student: str, score: float = 83.456, waiting: tuple[str, ...] = ()) -> Mark:
    return Mark(student, score, 100.0, 0.0, waiting, {}, {}, {})


def entry(student: str, score: float = 83.456, waiting: tuple[str, ...] = (), **who: str) -> Entry:
    return Entry(student, mark(student, score, waiting), **who)


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


# --- CSV


def test_csv_keeps_every_name_and_starts_no_formula(make_report: MakeReport) -> None:
    found = [entry(f"s{n}", last_name=name, email=name) for n, name in enumerate(ODD)]
    data = lms.as_csv(found, {"s0": make_report("s0")})
    assert data.startswith(b"\xef\xbb\xbf")
    head, *rows = rows_of(data)
    assert head[:5] == ["student", "first name", "last name", "email", "points"]
    assert [row[2].removeprefix("'") for row in rows] == list(ODD)
    for row in rows:
        for cell in row:
            assert not cell.strip().startswith(("=", "+", "-", "@", "＝")), cell
    assert rows[0][head.index("points")] == "83.46"
    assert rows[0][head.index("gru.candidate")] == "7.00"
    assert rows[1][head.index("gru.candidate")] == ""


def test_what_lateness_takes_off_is_off_wherever_marks_go() -> None:
    late = Entry("ada", Mark("ada", 80.0, 100.0, 20.0, (), {}, {}, {}))
    head, row = rows_of(lms.as_csv([late], {}))
    assert row[head.index("points")] == "60.00"
    assert row[head.index("taken off for lateness")] == "20.00"
    assert rows_of(lms_canvas.without_worksheet([late], "GRU", True))[-1][-1] == "60.00"
    sheet = "Identifier,Full name,ID number,Grade,Last modified (grade),Feedback comments\n"
    sheet += "Participant 1,Ada,ada,-,-,\n"
    filled, missing = lms_moodle.in_worksheet(sheet.encode(), [late], {}, True)
    assert (rows_of(filled)[1][3], missing) == ("60.00", [])
    assert Mark("bo", 8.0, 100.0, 20.0, (), {}, {}, {}).points == 0.0


@given(st.text())
def test_text_that_we_write_comes_back_and_starts_no_formula(text: str) -> None:
    said = lms.safe(text)
    assert said in (text, "'" + text)
    assert not said.strip().startswith(lms.FORMULA) and not said.startswith(lms.FORMULA)


# --- Canvas


def test_canvas_gets_its_headers_its_points_row_and_two_decimals() -> None:
    found = [
        entry("ada", last_name="Lovelace, Countess", first_name="Ada", lms_id="17"),
        entry("王小明", 100.0),
        entry("open", 12.0, ("gru-written",)),
    ]
    head, points, *rows = rows_of(lms_canvas.without_worksheet(found, "GRU (1234)"))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "GRU (1234)"]
    assert "Points Possible" in points[0] and points[1:] == ["", "", "", "", "100.00"]
    assert rows == [
        ["Lovelace, Countess, Ada", "17", "", "ada", "", "83.46"],
        ["王小明", "", "", "王小明", "", "100.00"],
    ]
    everybody = rows_of(lms_canvas.without_worksheet(found, "GRU", with_open=True))
    assert everybody[-1] == ["open", "", "", "open", "", "12.00"]


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_canvas_names_start_no_formula(name: str) -> None:
    found = [entry("ada", last_name=name)]
    (row,) = rows_of(lms_canvas.without_worksheet(found, "GRU"))[2:]
    assert row[0].removeprefix("'") == name
    assert not row[0].strip().startswith(("=", "+", "-", "@", "＝"))


EXPORTED = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,RNN (7),GRU (1234),Final Score\n"
    ",,,,,,Manual Posting,\n"
    "    Points Possible,,,,,100.00,100.00,(read only)\n"
    '"Lovelace, Ada",17,,ADA,"RNN, 2027",1.00,2.00,3.00\n'
    "王小明,18,,=wang,RNN,4.00,,5.00\n"
    '"Open, Olga",19,,olga,RNN,,7.00,\n'
    '"Student, Test",20,,,RNN,,,\n'
)


def test_a_canvas_worksheet_keeps_its_students_and_changes_one_column() -> None:
    found = [
        entry("ada", 90.0),
        entry("wang", 80.0, email="=WANG"),
        entry("olga", 70.0, ("gru-written",)),
        entry("nemo", 60.0),
    ]
    data, missing = lms_canvas.in_worksheet(EXPORTED.encode(), found, "GRU")
    assert missing == ["nemo"]
    assert rows_of(data) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "GRU (1234)"],
        ["    Points Possible", "", "", "", "", "100.00"],
        ["Lovelace, Ada", "17", "", "ADA", "RNN, 2027", "90.00"],
        ["王小明", "18", "", "=wang", "RNN", "80.00"],
        ["Open, Olga", "19", "", "olga", "RNN", "7.00"],  # waits for a human: as Canvas has it
        ["Student, Test", "20", "", "", "RNN", ""],
    ]
    assert lms_canvas.in_worksheet(EXPORTED.encode(), found, "GRU (1234)")[0] == data


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Student,ID", "Name,ID"), "first line"),
        (("GRU (1234)", "LSTM (9)"), "--assignment"),
        (("100.00,100.00,", "100.00,50.00,"), "has 50.00 points in Canvas, and 100.00 here"),
        (("Points Possible", "Possible"), "no row"),
    ],
    ids=["header", "assignment", "points", "no points"],
)
def test_another_file_than_canvas_exports_is_refused(change: tuple[str, str], said: str) -> None:
    with pytest.raises(LmsError, match=re.escape(said)):
        lms_canvas.in_worksheet(EXPORTED.replace(*change).encode(), [entry("ada")], "GRU")


# --- Moodle

HEAD = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)


def moodle_row(number: int, name: str, login: str = "", grade: str = "", email: str = "") -> str:
    return (
        f'"Participant {number}",{name},{login},{email},"Submitted for grading - ",{grade},100.00,'
        'Yes,"Monday, 2 November 2026, 9:00 AM",-,'
    )


def test_moodle_changes_grade_and_feedback_and_no_other_byte(make_report: MakeReport) -> None:
    wrong = {"status": "fail", "points": 0.0, "hint": MISTAKE.hint().en}
    lines = [
        HEAD,
        moodle_row(11, '"Lovelace, Ada"', "ada", "1.00"),
        moodle_row(12, '王小明 "Ming"', "", "", "MING@example.org"),
        moodle_row(13, "=cmd|' /C calc'!A0", "eve"),
        moodle_row(14, "Nobody Known", "n0", '"7,50"'),
    ]
    found = [entry("ada", 90.0), entry("wang", 80.0, email="ming@example.org"), entry("eve", 70.0)]
    before = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
    reports = {"ada": make_report("ada", candidate=wrong), "eve": make_report("eve")}
    data, missing = lms_moodle.in_worksheet(before, [*found, entry("nemo")], reports)
    assert missing == ["nemo"]

    said = rows_of(data)[1][-1]
    assert MISTAKE.hint().en.split(".")[0] in said and "0 / 7" in said
    said = f'"{said}"' if set(said) & set(',"') else said
    expected = list(lines)
    expected[1] = lines[1].replace(",1.00,100.00", ",90.00,100.00") + said
    expected[2] = lines[2].replace(",,100.00", ",80.00,100.00")
    expected[3] = lines[3].replace(",,100.00", ",70.00,100.00")
    assert data == ("\ufeff" + "\r\n".join(expected) + "\r\n").encode()


def test_a_mark_that_waits_for_a_human_leaves_its_row_as_it_was() -> None:
    before = f"{HEAD}\n{moodle_row(1, 'Ada', 'ada')}\n".encode()
    found = [entry("ada", 50.0, ("gru-written",))]
    assert lms_moodle.in_worksheet(before, found, {})[0] == before
    assert b",50.00,100.00" in lms_moodle.in_worksheet(before, found, {}, with_open=True)[0]


def test_a_worksheet_in_chinese_and_one_in_another_language() -> None:
    for head, options in (
        ("编号,全名,状态,成绩,最高分,最后修改时间", {}),
        ("ID;Name;Status;Bewertung;Max;Geändert", {"grade_column": "Bewertung"}),
    ):
        comma = ";" if ";" in head else ","
        before = f"{head}\n1{comma}ada{comma}x{comma}{comma}100{comma}-\n".encode()
        after, _ = lms_moodle.in_worksheet(before, [entry("ada", 5.0)], {}, **options)
        assert after == before.replace(f"x{comma}{comma}".encode(), f"x{comma}5.00{comma}".encode())


NOT_A_WORKSHEET = {
    "no grade column": ("ID,Name\n1,ada\n", "no column 'Grade'"),
    "an open quote": ('Identifier,Grade\n"1,\n', "a quote that nothing closes"),
    "another maximum": ("Identifier,Grade,Maximum grade\nada,,10.00\n", "10.00, and 100.00 here"),
    "one student twice": ("Identifier,Grade\nada,\nADA,\n", "both fit ada"),
    "two students in a row": ("Identifier,Full name,Grade\nada,bela,\n", "fits ada, bela"),
    "Latin-1": ("Identifier,Grade\nJos\u00e9,\n".encode("latin-1"), "not UTF-8"),
    "nothing": ("", "no column"),
}


@pytest.mark.parametrize("name", NOT_A_WORKSHEET)
def test_another_file_than_moodles_is_refused(name: str) -> None:
    data, said = NOT_A_WORKSHEET[name]
    data = data.encode() if isinstance(data, str) else data
    with pytest.raises(LmsError, match=re.escape(said)):
        lms_moodle.in_worksheet(data, [entry("ada"), entry("bela")], {})


def test_an_id_decides_between_two_students_of_one_name() -> None:
    found = [
        entry("w1", 1.0, first_name="伟", last_name="王"),
        entry("w2", 2.0, first_name="伟", last_name="王"),
    ]
    head = "Identifier,Full name,ID number,Grade"
    after, _ = lms_moodle.in_worksheet(f"{head}\n1,王伟,w2,\n2,王伟,w1,\n".encode(), found, {})
    assert after.decode() == f"{head}\n1,王伟,w2,2.00\n2,王伟,w1,1.00\n"
    with pytest.raises(LmsError, match="fits w1, w2"):
        lms_moodle.in_worksheet(f"{head}\n1,王伟,,\n".encode(), found, {})


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=4), st.sampled_from(["\n", "\r\n"]))
def test_cells_are_read_as_pythons_csv_reads_them(
    table: list[tuple[str, str]], line_end: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_MINIMAL)
    writer.writerows([("Identifier", "Name", "Grade"), *((a, b, "") for a, b in table)])
    data = text.getvalue().encode()
    found = [[field.text for field in row] for row in lms_moodle.fields(data)]
    known = csv.reader(io.StringIO(text.getvalue(), newline=""))
    assert found == [row for row in known if any(row) or len(row) > 1]
    after, _ = lms_moodle.in_worksheet(data, [entry("nobody-at-all")], {})
    assert after == data


# --- the command, on a real gradebook


@pytest.fixture
def people(course: CourseFolder, submit: Callable[..., Path], make_report: MakeReport) -> None:
    names = {"ada": ("Ada", "Lovelace, Countess"), "王小明": ("小明", "王"), "olga": ("Olga", "=O")}
    for student in names:
        submit(student)
    gradebook.record(course, "gru", {student: make_report(student) for student in names})
    with Gradebook(course.database) as book:
        for student, (first, last) in names.items():
            book.update_or_create_student(student, first_name=first, last_name=last)
        for student in ("ada", "王小明"):
            grade = book.find_grade("gru-written", "gru", "gru", student)
            grade.manual_score, grade.needs_manual_grade = 6.0, False
        book.find_grade("gru-candidate", "gru", "gru", "olga").needs_manual_grade = True
        book.db.commit()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, course: CourseFolder) -> Callable[..., int]:
    def run(*words: str) -> int:
        monkeypatch.setenv("COURSE_DEBUG", "1")
        words = ("course", "export", "gru", "--course", str(course.root), *words)
        monkeypatch.setattr(sys, "argv", list(words))
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0)

    return run


@pytest.mark.usefixtures("people")
def test_course_export_writes_all_three(
    course: CourseFolder, run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run("--to", "csv") == 0
    head, *rows = rows_of((course.root / "exports" / "gru-csv.csv").read_bytes())
    assert [row[0] for row in rows] == ["ada", "olga", "王小明"]
    assert rows[1][head.index("last name")] == "'=O"
    assert rows[0][head.index("points")] == "100.00" and "gru-candidate" in rows[1][7]

    assert run("--to", "canvas", "--assignment", "GRU (9)") == 0
    assert "1 marks still wait for a human (gru-candidate) and were left out: olga" in " ".join(
        capsys.readouterr().err.split()
    )
    rows = rows_of((course.root / "exports" / "gru-canvas.csv").read_bytes())
    assert rows[2:] == [
        ["Lovelace, Countess, Ada", "", "", "ada", "", "100.00"],
        ["王, 小明", "", "", "王小明", "", "100.00"],
    ]

    worksheet = tmp_path / "Grades.csv"
    worksheet.write_text(f"{HEAD}\n{moodle_row(1, '王小明')}\n", encoding="utf-8")
    assert run("--to", "moodle", "--worksheet", str(worksheet)) == 0
    row = rows_of((course.root / "exports" / "gru-moodle.csv").read_bytes())[1]
    assert (row[1], row[5]) == ("王小明", "100.00")


def test_moodle_without_a_worksheet_and_a_unit_without_marks_are_refused(
    run: Callable[..., int], capsys: pytest.CaptureFixture
) -> None:
    assert run("--to", "moodle") == 2
    assert "--worksheet FILE" in capsys.readouterr().err
    assert run("--to", "csv") == 2
    assert "run `course grade gru` first" in capsys.readouterr().err
