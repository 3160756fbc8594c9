"""A file is there whole or not at all."""

import pytest

from course_lib.whole_file import whole_file


def test_the_file_appears_at_the_end_in_a_folder_that_is_made(tmp_path):
    path = tmp_path / "new" / "text.txt"
    with whole_file(path) as scratch:
        assert scratch.suffix == ".txt"
        scratch.write_text("all of it")
        assert not path.exists()
    assert path.read_text() == "all of it"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("before")
    with pytest.raises(RuntimeError), whole_file(path) as scratch:
        scratch.write_text("half")
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
