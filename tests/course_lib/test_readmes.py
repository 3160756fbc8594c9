"""The examples in the folder READMEs run, and print what they say; the tables name every file."""

import doctest
from pathlib import Path

import pytest

READMES = ["course_lib", "course_lib/cells", "course_lib/texts"]


@pytest.mark.parametrize("folder", READMES)
def test_the_examples_print_what_the_readme_says(folder: str, root: Path) -> None:
    readme = root / folder / "README.md"
    result = doctest.testfile(str(readme), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0 and result.failed == 0


@pytest.mark.parametrize("folder", ["course_lib", "course_lib/cells", "course_lib/plots"])
def test_a_readme_has_a_row_for_every_file_and_folder(folder: str, root: Path) -> None:
    text = (root / folder / "README.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    files = [path.name for path in (root / folder).glob("*.py") if path.name != "__init__.py"]
    folders = [f"{path.parent.name}/" for path in (root / folder).glob("*/__init__.py")]
    assert len(files) > 3
    assert [name for name in files + folders if f"`{name}`" not in rows] == []
