"""The gallery shows every figure, says how each was made, and can be made again."""

import doctest
import re
from pathlib import Path

import pytest

from course_lib import plots
from course_lib.plots import gallery

FOLDER = Path(plots.__file__).parent


def test_every_public_figure_is_in_the_gallery():
    shown = {one.call.partition("(")[0] for one in gallery.SHOWN}
    assert shown == set(plots.__all__)
    assert len({one.file for one in gallery.SHOWN}) == len(gallery.SHOWN)


def test_the_committed_page_is_the_one_that_is_generated():
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == gallery.page()


def test_the_page_shows_the_pictures_that_are_there_and_they_are_small():
    linked = re.findall(r"\]\((pictures/[^)]+)\)", gallery.page())
    there = sorted(FOLDER.glob("pictures/*"))
    assert sorted(FOLDER / link for link in linked) == there
    assert sum(picture.stat().st_size for picture in there) < 600_000
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in there)


def test_the_example_prints_what_the_page_says():
    result = doctest.testfile(str(FOLDER / "README.md"), module_relative=False)
    assert result.attempted > 0 and result.failed == 0


def test_one_command_draws_all_of_it(tmp_path, capsys):
    pytest.importorskip("tensorflow")
    gallery.main(["--fast", "--out", str(tmp_path)])
    assert capsys.readouterr().out.startswith(f"{len(gallery.SHOWN)} pictures, ")
    assert {path.stem for path in tmp_path.glob("pictures/*.png")} == {
        one.file for one in gallery.SHOWN
    }
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == gallery.page()
