"""Solutions become notebooks: same bytes each time, nbgrader's own stubs, nothing of an answer."""

from __future__ import annotations

import json
import logging
import re
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

from autograder import build, leak
from autograder.build import LANGUAGES, BuildError
from autograder.reference import SOLUTIONS

UNITS = build.units()


def header(grade_id: str, **marks: Any) -> str:
    """The first line of a cell with nbgrader's marks."""
    plain = {"grade": False, "locked": False, "schema_version": 3, "solution": False}
    return f"# %% nbgrader={json.dumps({'grade_id': grade_id, **plain, **marks})}"


TINY = f'''# %% [markdown] lang="en"
# # A sum

# %% [markdown] lang="zh"
# # 求和

{header("gru-add-answer", solution=True)}
def add(a, b):
    """a + b"""
    ### BEGIN SOLUTION
    total_of_both = a + b
    return total_of_both
    ### END SOLUTION


{header("gru-add", grade=True, locked=True, points=2)}
check("gru.add")

# %%
add(1, 2)
'''


@pytest.fixture(scope="module")
def built() -> dict[tuple[str, str], Any]:
    """Every released notebook, built once."""
    return {
        (unit, language): build.build(unit, language) for unit in UNITS for language in LANGUAGES
    }


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A folder of solutions with one small notebook."""
    folder = tmp_path / "solutions"
    folder.mkdir()
    (folder / "gru.py").write_text(TINY, encoding="utf-8")
    return folder


def by_grade_id(notebook: Any) -> dict[str, Any]:
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def test_the_assignments_in_the_repository_are_what_the_solutions_give() -> None:
    assert build.check(UNITS) == []


def test_a_rebuild_gives_the_same_bytes(built: dict[tuple[str, str], Any]) -> None:
    for (unit, language), notebook in built.items():
        again = build.to_bytes(build.build(unit, language))
        assert again == build.to_bytes(notebook)
        assert again.endswith(b"}\n") and b"\r" not in again


def test_a_release_keeps_signature_and_docstring_and_says_that_the_rest_is_missing(
    tiny: Path,
) -> None:
    cell = by_grade_id(build.build("gru", "en", tiny))["gru-add-answer"]
    assert cell.source == (
        'def add(a, b):\n    """a + b"""\n'
        "    # Your code goes here, in place of the next line.\n"
        '    raise NotImplementedError("not done yet")'
    )
    assert cell.metadata.deletable is False and "editable" not in cell.metadata


def test_the_source_notebook_keeps_the_answers(tiny: Path) -> None:
    cell = by_grade_id(build.source_notebook("gru", "en", tiny))["gru-add-answer"]
    assert "total_of_both = a + b" in cell.source
    assert "### BEGIN SOLUTION" in cell.source


def test_each_language_gets_its_own_text_and_the_same_code(
    built: dict[tuple[str, str], Any],
) -> None:
    for unit in UNITS:
        english, chinese = built[unit, "en"], built[unit, "zh"]
        assert [cell.id for cell in english.cells] == [cell.id for cell in chinese.cells]
        for en, zh in zip(english.cells, chinese.cells, strict=True):
            assert (en.source == zh.source) == (en.cell_type == "code")
        assert english.metadata.course.language == "en"
        assert chinese.metadata.course.language == "zh"
        assert "lang" not in {key for cell in chinese.cells for key in cell.metadata}


def test_a_test_cell_is_locked_and_only_calls_its_check(
    built: dict[tuple[str, str], Any],
) -> None:
    for (unit, _), notebook in built.items():
        for name, cell in by_grade_id(notebook).items():
            if cell.cell_type == "code" and cell.metadata.nbgrader.grade:
                assert cell.source == f'check("{unit}.{name.removeprefix(unit + "-")}")'
                assert cell.metadata.editable is False and cell.metadata.deletable is False


def test_points_and_order_are_those_of_the_checks(built: dict[tuple[str, str], Any]) -> None:
    from autograder.check import registry

    for (unit, _), notebook in built.items():
        cells = by_grade_id(notebook).items()
        tests = {
            name: float(cell.metadata.nbgrader.points)
            for name, cell in cells
            if cell.metadata.nbgrader.grade and cell.cell_type == "code"
        }
        checks = registry(unit)
        assert list(tests.items()) == [(check.grade_id, check.points) for check in checks]


def test_a_unit_is_worth_100_points_in_each_language(built: dict[tuple[str, str], Any]) -> None:
    for notebook in built.values():
        cells = by_grade_id(notebook).values()
        assert sum(c.metadata.nbgrader.points for c in cells if c.metadata.nbgrader.grade) == 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_nbgrader_accepts_the_source_and_releases_what_we_release(
    language: str, tmp_path: Path, built: dict[tuple[str, str], Any]
) -> None:
    import nbformat
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    config.ClearSolutions.code_stub = {"python": build.CODE_STUB}
    config.ClearSolutions.text_stub = build.TEXT_STUB
    config.GenerateAssignment.no_database = True  # its SaveCells needs a migrated database
    config.GenerateAssignment.preprocessors = [
        step for step in GenerateAssignment().preprocessors if step.__name__ != "SaveCells"
    ]
    source = tmp_path / "source" / "gru" / "gru.ipynb"
    source.parent.mkdir(parents=True)
    source.write_bytes(build.to_bytes(build.source_notebook("gru", language)))

    directory = CourseDirectory(config=config, assignment_id="gru")
    converter = GenerateAssignment(coursedir=directory, config=config, log=logging.getLogger("x"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's and nbconvert's own
        converter.start()

    released = nbformat.read(tmp_path / "release" / "gru" / "gru.ipynb", as_version=4)
    assert released.cells == built["gru", language].cells


def test_no_line_of_an_answer_is_in_any_release(built: dict[tuple[str, str], Any]) -> None:
    from autograder.reference import notebook

    for (unit, _), released in built.items():
        text = "".join("".join(cell.source.split()) for cell in released.cells)
        secrets = leak.secrets(notebook(unit)["cells"])
        assert len(secrets) > 40
        assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("place", ["source", "output", "metadata"])
def test_a_leaked_line_is_named_wherever_it_stands(place: str, tiny: Path, tmp_path: Path) -> None:
    (path, *_) = build.release(["gru"], ["en"], tmp_path / "out", tiny)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    hint = "total_of_both  =  a +\n b"
    notebook["cells"][-1] |= {
        "source": {"source": hint},
        "output": {"outputs": [{"output_type": "stream", "name": "stdout", "text": [hint]}]},
        "metadata": {"metadata": {"note": hint}},
    }[place]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    problems = build.check(["gru"], ["en"], tmp_path / "out", tiny)
    assert f"{path}: gives away the answer 'total_of_both=a+b'" in problems


def test_a_model_answer_in_words_is_a_secret_sentence_by_sentence() -> None:
    cell = {
        "cell_type": "markdown",
        "source": "Question\n### BEGIN SOLUTION\nNo. 门的连乘照样会衰减，快慢就是半衰期。"
        "The mirrored solution is as good.\n### END SOLUTION",
    }
    assert leak.secrets([cell]) == (
        "门的连乘照样会衰减，快慢就是半衰期",
        "Themirroredsolutionisasgood",
    )


def test_a_solution_marker_in_a_release_is_named(tiny: Path, tmp_path: Path) -> None:
    root = tmp_path / "out"
    path = build.path_of("gru", "en", root)
    path.parent.mkdir(parents=True)
    path.write_bytes(build.to_bytes(build.source_notebook("gru", "en", tiny)))
    problems = build.check(["gru"], ["en"], root, tiny)
    assert f"{path}: holds the marker 'BEGIN SOLUTION'" in problems


def test_drift_names_the_file_the_cell_and_the_remedy(tiny: Path, tmp_path: Path) -> None:
    root = tmp_path / "out"
    (path, *_) = build.release(["gru"], ["en"], root, tiny)
    path.write_text(path.read_text(encoding="utf-8").replace("add(1, 2)", "add(1, 3)"))
    assert build.check(["gru"], ["en"], root, tiny)[0] == (
        f"{path}: differs from its solutions from cell gru-03 on; run `course release gru`"
    )


def test_a_cell_that_is_no_python_is_named(tiny: Path, tmp_path: Path) -> None:
    broken = TINY.replace("\nadd(1, 2)", "\n%matplotlib inline\nadd(1, 2)\n<<<<<<< HEAD")
    (tiny / "gru.py").write_text(broken)
    build.release(["gru"], root=tmp_path / "out", solutions=tiny)
    problems = build.check(["gru"], root=tmp_path / "out", solutions=tiny)
    assert [problem for problem in problems if "no Python" in problem] == [
        "solutions/gru.py: cell gru-03, line 3 is no Python: invalid syntax; mend it there"
    ]


def test_changes_show_line_by_line_what_students_would_get(tiny: Path, tmp_path: Path) -> None:
    root = tmp_path / "out"
    build.release(["gru"], root=root, solutions=tiny)
    assert list(build.changes(["gru"], root=root, solutions=tiny)) == []
    edited = TINY.replace("# # A sum", "# # The sum").replace('"points": 2', '"points": 3')
    (tiny / "gru.py").write_text(edited.replace("a + b\n    return", "b + a\n    return"))
    shown = [re.sub("^@@.*", "@@", line) for line in build.changes(["gru"], ["en"], root, tiny)]
    assert shown == [
        "--- en/gru/gru.ipynb, released",
        "+++ en/gru/gru.ipynb, from solutions",
        "@@",
        " # %% gru-00 (markdown)",
        "-# A sum",
        "+# The sum",
        " ",
        " # %% gru-setup (code, locked)",
        "@@",
        '     raise NotImplementedError("not done yet")',
        " ",
        "-# %% gru-add (code, 2 points, locked)",
        "+# %% gru-add (code, 3 points, locked)",
        ' check("gru.add")',
        " ",
    ]
    whole = [*build.changes(["gru"], ["en"], tmp_path / "nothing", tiny)]
    assert "+# The sum" in whole and not any("b + a" in line for line in whole)


@pytest.mark.parametrize("unit", UNITS)
def test_a_solution_that_was_edited_as_a_notebook_releases_the_same(
    unit: str, tmp_path: Path
) -> None:
    """As JupyterLab does through jupytext: read into a notebook, saved as the same file."""
    import jupytext
    import nbformat

    opened = jupytext.read(SOLUTIONS / f"{unit}.py")
    nbformat.write(opened, tmp_path / "opened.ipynb")
    saved = nbformat.read(tmp_path / "opened.ipynb", as_version=4)
    jupytext.write(saved, tmp_path / f"{unit}.py", fmt="py:percent")
    assert (tmp_path / f"{unit}.py").read_bytes() == (SOLUTIONS / f"{unit}.py").read_bytes()
    assert list(build.changes([unit], solutions=tmp_path)) == []
    assert build.check([unit], solutions=tmp_path) == []


def test_a_missing_release_and_a_file_that_is_not_a_notebook_are_drift(
    tiny: Path, tmp_path: Path
) -> None:
    path = build.path_of("gru", "en", tmp_path / "out")
    missing = f"{path}: missing; run `course release gru`"
    assert missing in build.check(["gru"], ["en"], tmp_path / "out", tiny)
    path.parent.mkdir(parents=True)
    path.write_text("no notebook")
    problem = build.check(["gru"], ["en"], tmp_path / "out", tiny)[0]
    assert problem == (
        f"{path}: differs from its solutions (it is not a notebook); run `course release gru`"
    )


def test_a_stray_file_beside_a_release_is_named(tiny: Path, tmp_path: Path) -> None:
    (path, *_) = build.release(["gru"], ["en"], tmp_path / "out", tiny)
    stray = path.with_name("gru_solved.py")
    shutil.copy(SOLUTIONS / "gru.py", stray)
    assert (
        f"{stray}: not made from solutions/, and would go to the students; remove it"
        in build.check(["gru"], ["en"], tmp_path / "out", tiny)
    )


def test_test_cells_that_the_checks_do_not_know_are_named(tiny: Path, tmp_path: Path) -> None:
    build.release(["gru"], ["en"], tmp_path / "out", tiny)
    problems = build.check(["gru"], ["en"], tmp_path / "out", tiny)
    assert (
        "solutions/gru.py: test cell gru-add is ('check(\"gru.add\")', 2.0); expected no such cell "
        "as in autograder/checks"
    ) in problems
    assert (
        "solutions/gru.py: test cell gru-reset_gate is missing; expected "
        "('check(\"gru.reset_gate\")', 5.0) as in autograder/checks"
    ) in problems


def test_test_cells_in_another_order_than_the_checks_are_named(tmp_path: Path) -> None:
    text = (SOLUTIONS / "gru.py").read_text(encoding="utf-8")
    parts = text.split("\n# %%")
    first, second = (
        next(i for i, part in enumerate(parts) if part.endswith(f'check("gru.{name}")\n'))
        for name in ("reset_gate", "update_gate")
    )
    parts[first], parts[second] = parts[second], parts[first]
    (tmp_path / "gru.py").write_text("\n# %%".join(parts), encoding="utf-8")
    build.release(["gru"], ["en"], tmp_path / "out", tmp_path)
    assert build.check(["gru"], ["en"], tmp_path / "out", tmp_path) == [
        "solutions/gru.py: its test cells are not in the order of the checks"
    ]


def test_text_without_its_other_language_is_refused(tiny: Path) -> None:
    alone = TINY.replace('# %% [markdown] lang="zh"\n# # 求和\n', "")
    (tiny / "gru.py").write_text(alone, encoding="utf-8")
    with pytest.raises(BuildError) as caught:
        build.build("gru", "en", tiny)
    message = 'text cells come in pairs, lang="en" then lang="zh"; expected zh, got none'
    assert str(caught.value).startswith(f"solutions/gru.py: {message}")


def test_an_unknown_unit_and_an_unknown_language_are_refused(tiny: Path) -> None:
    with pytest.raises(BuildError, match=r"no solution .*rnn\.py; units that have one: gru"):
        build.build("rnn", "en", tiny)
    with pytest.raises(BuildError, match="units that have one: none"):
        build.release(["gru"], root=tiny, solutions=tiny / "nowhere")
    with pytest.raises(BuildError, match="language must be one of en, zh; got 'fr'"):
        build.source_notebook("gru", "fr")
