"""Zips from Moodle and Canvas, through nbgrader's zip_collect, and back into their worksheets."""

from __future__ import annotations

import io
import logging
import zipfile
from typing import Any

import pytest
from nbgrader.apps.zipcollectapp import ZipCollectApp

from autograder import lms_canvas, lms_moodle
from autograder.course_folder import CourseFolder
from autograder.gradebook import Mark
from autograder.lms import Entry
from autograder.lms_downloads import LmsDownloads

MOODLE = "_assignsubmission_file"
DOWNLOADS = {
    f"Ada Lovelace_123456{MOODLE}_gru.ipynb": "Ada-Lovelace-123456/gru/gru.ipynb",
    f"Ada Lovelace_123456{MOODLE}_gru.weights.h5": "Ada-Lovelace-123456/gru/gru.weights.h5",
    f"王小明_123457{MOODLE}/gru (1).ipynb": "王小明-123457/gru/gru.ipynb",
    f"O'Neil_Smith, J._123458{MOODLE}_/work/gru.ipynb": "O-Neil_Smith-J.-123458/gru/gru.ipynb",
    "lovelaceada_LATE_12345_67890_gru-1.ipynb": "lovelaceada-12345/gru/gru.ipynb",
    "王小明_12346_67891_gru.ipynb": "王小明-12346/gru/gru.ipynb",
    f"mallory_666{MOODLE}_my.zip/gru.ipynb": "mallory-666/gru/gru.ipynb",
    f"mallory_666{MOODLE}_my.zip/bo_6{MOODLE}_gru.ipynb": f"mallory-666/gru/bo_6{MOODLE}_gru.ipynb",
    f"mallory_666{MOODLE}_my.zip/more/gru.ipynb": "",
    f"mallory_66_1_my.zip/bo_667{MOODLE}_gru.ipynb": f"mallory-66/gru/bo_667{MOODLE}_gru.ipynb",
    "mallory_66_1_my.zip/bo_67_2_rnn.ipynb": "mallory-66/gru/bo_67_2_rnn.ipynb",
    f"mallory_7{MOODLE}_bo_8{MOODLE}_gru.ipynb": f"mallory-7/gru/bo_8{MOODLE}_gru.ipynb",
    f"Ada Lovelace_123456{MOODLE}_notes.pdf": "",
    "gru.ipynb": "",
}


@pytest.fixture
def collect(course: CourseFolder, caplog: pytest.LogCaptureFixture) -> Any:
    """collect(names): nbgrader's zip_collect of a download; the paths in submitted/."""

    def collect(*names: str) -> list[str]:
        place = course.root / "downloaded" / "gru" / "archive"
        place.mkdir(parents=True)
        zips: dict[str, io.BytesIO] = {}
        with zipfile.ZipFile(place / "RNN 2027-gru-7.zip", "w") as download:
            for name in names:
                outer, inner = name.split(".zip/") if ".zip/" in name else ("", name)
                if outer:  # a zip that a student handed in
                    with zipfile.ZipFile(zips.setdefault(outer, io.BytesIO()), "a") as mine:
                        mine.writestr(inner, "{}")
                else:
                    download.writestr(name, "{}")
            for outer, data in zips.items():
                download.writestr(f"{outer}.zip", data.getvalue())
        app = ZipCollectApp(config=course.config(), log=logging.getLogger("zip"))
        app.coursedir = course.coursedir(assignment_id="gru")
        app.extra_args = ["gru"]
        app.init_plugins()
        app.extract_archive_files()
        app.process_extracted_files()
        found = [path for path in (course.root / "submitted").rglob("*") if path.is_file()]
        return sorted(str(path.relative_to(course.root / "submitted")) for path in found)

    return collect


def test_a_download_lies_where_it_is_graded(collect: Any) -> None:
    assert collect(*DOWNLOADS) == sorted(path for path in DOWNLOADS.values() if path)


def test_what_another_system_calls_its_files_is_a_setting(caplog: pytest.LogCaptureFixture) -> None:
    plugin = LmsDownloads(log=logging.getLogger("zip"))
    assert plugin.collect("/x/extracted/7-gru.ipynb") is None
    assert "named neither as by Moodle nor as by Canvas" in caplog.text
    plugin.named_regexp = r".*/(?P<student_id>\d+)-(?P<file_id>\w+)"
    assert plugin.collect("/x/extracted/7-gru.ipynb") == {"student_id": "7", "file_id": "gru"}


@pytest.mark.parametrize(
    ("row", "student"),
    [
        ("Participant 123456,Ada Lovelace,ada@example.org", "Ada-Lovelace-123456"),
        ("参与者123457,王小明,", "王小明-123457"),
        ("Participant 123458,,", "Participant-123458"),  # marked without names
        ("Participant 123456,Ada Lovelace,ada@example.org", ""),  # another's number
        ("Participant 1,Somebody Else,Ada-Lovelace", ""),
    ],
)
def test_a_moodle_row_is_found_by_name_and_number(row: str, student: str) -> None:
    sheet = "Identifier,Full name,Email address,Grade,Last modified (grade)\n" + row + ",-,-\n"
    entry = Entry(student or "Ada-Lovelace-123459", Mark("", 80, 100, 0, (), {}, {}, {}))
    filled, missing = lms_moodle.in_worksheet(sheet.encode(), [entry], {})
    assert (missing == []) == bool(student)
    assert (b",80.00,-" in filled) == bool(student)


def test_a_canvas_row_is_found_by_name_and_number() -> None:
    sheet = (
        "Student,ID,SIS Login ID,Section,GRU (7)\n    Points Possible,,,,100.00\n"
        '"Lovelace, Ada",12345,,RNN,\n"Lovelace, Ada",54321,,RNN,\n'
    )
    entry = Entry("lovelaceada-12345", Mark("", 80, 100, 0, (), {}, {}, {}))
    filled, missing = lms_canvas.in_worksheet(sheet.encode(), [entry], "GRU")
    assert missing == []
    assert b"12345,,RNN,80.00" in filled and b"54321,,RNN,\n" in filled
