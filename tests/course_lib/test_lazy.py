"""The package's names: imported when used, and the same whatever was imported before."""

import subprocess
import sys
from pathlib import Path

import pytest

import course_lib


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with a package whose function `metric` lives in a module of the same name."""
    inside = tmp_path / "package"
    inside.mkdir()
    (inside / "__init__.py").write_text(
        "from course_lib import lazy\n"
        "__getattr__ = lazy.attach(__name__, {'metric': ('Metric', 'metric'), 'gone': ('Gone',)})\n"
    )
    (inside / "metric.py").write_text("class Metric: ...\ndef metric(): return 'called'\n")
    (tmp_path / "course_lib").symlink_to(Path(course_lib.__file__).parent)
    return tmp_path


@pytest.mark.parametrize(
    "before",
    [
        "",
        "import package.metric",
        "from package.metric import Metric",
        "from package import Metric",
    ],
)
def test_a_function_is_not_hidden_by_the_module_of_its_name(before: str, package: Path) -> None:
    ran = run(f"{before}\nfrom package import metric\nprint(metric())", package)
    assert ran.stdout == "called\n", ran.stderr


def test_a_missing_module_breaks_nothing_else(package: Path) -> None:
    ran = run("import package; print(package.metric()); package.Gone", package)
    assert ran.stdout == "called\n"
    assert "No module named 'package.gone', which package.Gone needs: it answers a" in ran.stderr


def test_a_missing_module_that_is_not_the_packages_own_is_told_as_it_is(package: Path) -> None:
    (package / "package" / "gone.py").write_text("import no_such_library\n")
    ran = run("import package; package.Gone", package)
    assert ran.stderr.endswith("No module named 'no_such_library'\n")


def test_a_module_is_there_when_it_is_first_named(package: Path) -> None:
    code = (
        "import course_lib, sys; print(course_lib.bptt.spectral_radius([[-2.0]]))\n"
        "print(hasattr(course_lib, 'no_such_file'), 'keras' in sys.modules)"
    )
    assert run(code, package).stdout == "2.0\nFalse False\n"


def test_importing_course_lib_and_its_text_half_starts_no_tensorflow(root: Path) -> None:
    code = (
        "import sys; from course_lib import Vocabulary, load_corpus, one_hot, sequential_windows; "
        "print('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    ran = run(code, root)
    assert ran.stdout == "False\n", ran.stderr


@pytest.mark.parametrize("name", course_lib.__all__)
def test_every_public_name_is_there(name: str) -> None:
    value = getattr(course_lib, name)
    assert name in dir(course_lib)
    assert type(value) is not type(course_lib)


def test_a_name_that_is_nowhere_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'course_lib' has no attribute 'nothing'"):
        _ = course_lib.nothing
