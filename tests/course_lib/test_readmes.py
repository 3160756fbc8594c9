"""The examples in the folder READMEs run, and print what they say."""

import doctest
from pathlib import Path

import pytest


@pytest.mark.parametrize("readme", ["course_lib/README.md", "course_lib/texts/README.md"])
def test_the_examples_print_what_the_readme_says(readme: str, root: Path) -> None:
    result = doctest.testfile(str(root / readme), module_relative=False)
    assert result.attempted > 0 and result.failed == 0
