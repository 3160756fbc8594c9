"""The student bundle: all that a student needs, and nothing of the answers."""

from __future__ import annotations

import ast
import io
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from autograder import build, bundle, cli, freeze, leak, strip, wheel
from autograder.alternatives import bank as alternatives
from autograder.answers import ANSWERS, is_answer
from autograder.case import PUBLIC_SEED
from autograder.check import Check, registry, units
from autograder.checks.language_model import Model
from autograder.mistakes import bank as mistakes

SECRET_SEED = 987654321
Files = Mapping[str, bytes]
pytestmark = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # mistakes overflow


@pytest.fixture(scope="module", params=units())
def unit(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def files(unit: str) -> Files:
    """What is in the bundle of one unit."""
    return bundle.contents([unit])


@pytest.fixture(scope="module")
def inside(files: Files) -> Files:
    """What is in its wheel."""
    name = next(name for name in files if name.endswith(".whl"))
    with zipfile.ZipFile(io.BytesIO(files[name])) as wheel:
        return {entry: wheel.read(entry) for entry in wheel.namelist()}


def texts(files: Files) -> dict[str, str]:
    """File name -> its text without white space, of what is no archive and no array."""
    binary = (".whl", ".npz")
    return {
        name: leak.squeezed(data.decode("utf-8"))
        for name, data in files.items()
        if not name.endswith(binary)
    }


def arrays(inside: Files) -> list[np.ndarray]:
    found = []
    for name, data in inside.items():
        if name.endswith(".npz"):
            with np.load(io.BytesIO(data), allow_pickle=False) as kept:
                found += [kept[key] for key in kept.files]
    return found


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and np.array_equal(one, other)


# --- what is there ------------------------------------------------------------------------------


def test_a_bundle_has_notebooks_and_readmes_in_both_languages_a_wheel_and_versions(
    unit: str, files: Files
) -> None:
    for language in build.LANGUAGES:
        notebook = files[f"{language}/{unit}/{unit}.ipynb"]
        assert notebook == build.to_bytes(build.build(unit, language))
    (wheel,) = (name for name in files if name.endswith(".whl"))
    assert re.fullmatch(r"recurrent_course_student-[\d.]+-py3-none-any\.whl", wheel)
    assert b"tensorflow==" in files["constraints.txt"]
    for name, language in (("README.md", "en"), ("README.zh.md", "zh")):
        text = files[name].decode("utf-8")
        assert wheel in text and f"course check {language}/{unit}/{unit}.ipynb" in text
    assert set(files) == {
        *("README.md", "README.zh.md", "constraints.txt", wheel),
        *(f"{language}/{unit}/{unit}.ipynb" for language in build.LANGUAGES),
    }


def test_the_same_units_give_the_same_bytes() -> None:
    assert wheel.zipped(bundle.package(["gru"], [])) == wheel.zipped(bundle.package(["gru"], []))


def test_the_wheel_is_one_that_installers_accept(inside: Files) -> None:
    names = list(inside)
    record = next(name for name in names if name.endswith(".dist-info/RECORD"))
    listed = {line.split(",")[0] for line in inside[record].decode().splitlines()}
    assert listed == set(names)
    metadata = inside[record.replace("RECORD", "METADATA")].decode()
    needed = re.findall(r"^Requires-Dist: (\S+)$", metadata, re.MULTILINE)
    assert {"tensorflow", "keras", "jupyterlab", "typer"} <= set(needed)
    assert "nbgrader" not in needed
    for name, data in inside.items():
        if name.endswith(".py"):
            ast.parse(data)


def test_all_that_the_students_modules_import_of_ours_is_there(inside: Files) -> None:
    for name, data in inside.items():
        if not name.endswith(".py") or name.startswith("course_lib"):
            continue
        package = name.split("/")[:-1]
        for node in ast.walk(ast.parse(data)):
            if not isinstance(node, ast.ImportFrom) or _is_for_types(node, ast.parse(data)):
                continue
            if node.level:
                base = package[: len(package) - node.level + 1]
                parts = [*base, *(node.module or "").split(".")] if node.module else base
            elif (node.module or "").startswith("autograder"):
                parts = (node.module or "").split(".")
            else:
                continue
            path = "/".join(parts)
            modules = [path] if f"{path}.py" in inside else [f"{path}/{a.name}" for a in node.names]
            for module in modules:
                there = f"{module}.py" in inside or f"{module}/__init__.py" in inside
                assert there or f"{path}/__init__.py" in inside, f"{name} imports {module}"


def _is_for_types(node: ast.ImportFrom, tree: ast.Module) -> bool:
    """Whether an import stands under `if TYPE_CHECKING`."""
    blocks = [n for n in tree.body if isinstance(n, ast.If)]
    return any(ast.dump(node) == ast.dump(inner) for block in blocks for inner in block.body)


# --- what is not there --------------------------------------------------------------------------


def test_no_line_of_a_solution_and_none_of_a_mistake(
    unit: str, files: Files, inside: Files
) -> None:
    assert list(bundle.leaked([unit], {**files_of_text(files), **inside})) == []


def files_of_text(files: Files) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if not name.endswith(".whl")}


def test_a_solution_line_or_a_mistake_in_any_file_is_found(unit: str) -> None:
    solution = max(leak.secrets(build.source_notebook(unit, "en")["cells"]), key=len)
    wrong = max(mistakes(unit)[0].source().splitlines(), key=len)
    for secret in (solution, wrong):
        found = list(bundle.leaked([unit], {"course_lib/x.py": secret.encode()}))
        assert len(found) == 1 and "course_lib/x.py holds" in found[0]


def test_what_holds_answers_is_left_out(unit: str, inside: Files) -> None:
    folders = {"solutions", "alternatives", "at_home", "sandbox/parent.py", "mistakes/"}
    assert not [n for n in inside for f in folders if n.startswith((f"autograder/{f}", f))]
    assert not [n for n in inside if is_answer(n.removeprefix("course_lib/"), [unit])]
    for module in ("calibrate", "proof", "mutate", "mutation", "build", "demo", "freeze", "strip"):
        assert f"autograder/{module}.py" not in inside
    others = [other for other in ("markov", "rnn", "bptt", "gru", "lstm") if other != unit]
    assert not [n for n in inside for other in others if re.match(rf"autograder/.*/{other}\b", n)]


def test_answers_of_later_units_are_left_out_unless_the_notebook_reads_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ANSWERS, "lstm", ("cells/lstm.py", "windows.py", "sampling.py"))
    monkeypatch.setitem(ANSWERS, "bptt", ("clipping.py",))
    held = set(bundle.library(["gru"], ["course_lib/windows"]))
    assert "course_lib/cells/lstm.py" not in held and "course_lib/sampling.py" not in held
    assert {"course_lib/windows.py", "course_lib/clipping.py"} <= held
    assert "course_lib/cells/gru.py" not in held


def test_answers_of_the_unit_are_named(unit: str) -> None:
    assert ANSWERS[unit]


def test_no_function_that_draws_or_expects_is_shipped(unit: str, inside: Files) -> None:
    answering = strip.answers_of(unit)
    assert answering
    shipped = set()
    for name, data in inside.items():
        if name.startswith("autograder/checks/") and "held_out_text" not in name:
            module = name.removeprefix("autograder/checks/").removesuffix(".py")
            for node in ast.parse(data).body:
                shipped.add((module, getattr(node, "name", "")))
                for inner in getattr(node, "body", []):
                    if isinstance(node, ast.ClassDef) and isinstance(inner, ast.FunctionDef):
                        shipped.add((module, f"{node.name}.{inner.name}"))
    assert answering & shipped == set()


def test_no_alternative_is_shipped(unit: str, files: Files, inside: Files) -> None:
    held = {**texts(files_of_text(files)), **texts(inside)}
    for alternative in alternatives(unit):
        longest = max(alternative.source.splitlines(), key=len)
        assert not [n for n, text in held.items() if leak.squeezed(longest) in text]


def test_no_array_of_a_hidden_case_is_shipped(unit: str, inside: Files) -> None:
    shipped = arrays(inside)
    for check in registry(unit):
        if check.trains:
            continue
        public, *hidden = check.cases(SECRET_SEED, hidden=True)
        known = [*public[0].values.values(), *public[1].values()]
        known = [value for value in known if isinstance(value, np.ndarray)]
        for case, expected in hidden:
            for array in [*case.values.values(), *expected.values()]:
                if isinstance(array, np.ndarray) and len(np.unique(array)) > 4:  # no chance twin
                    if any(same(array, k) for k in known):
                        continue  # does not hang on the seed: a mask, a shape
                    assert not any(same(array, other) for other in shipped), check.id


def test_no_trained_output_layer_is_shipped(unit: str, inside: Files) -> None:
    model: Model | None = next((c.model for c in registry(unit) if hasattr(c, "model")), None)
    if model is None:
        return
    for name in set(model.trained) - set(model.parameters):
        assert not any(same(model.trained[name], other) for other in arrays(inside))


# --- the frozen cases ---------------------------------------------------------------------------


def test_what_is_frozen_is_the_public_case_and_what_is_expected(unit: str, inside: Files) -> None:
    data = json.loads(inside[f"autograder/frozen/{unit}.json"])
    with np.load(io.BytesIO(inside[f"autograder/frozen/{unit}.npz"]), allow_pickle=False) as kept:
        for check in registry(unit):
            case, expected = check.cases(PUBLIC_SEED, hidden=False)[0]
            found = data["checks"][check.id]
            if strip.judges_itself(check):
                assert found["expected"].keys() == expected.keys()
                for name, key in found["expected"].items():
                    np.testing.assert_array_equal(kept[key], expected[name])
            assert {*found["values"], *found["arrays"]} == set(case.values)


def test_what_cannot_be_frozen_says_so() -> None:
    with pytest.raises(TypeError, match="object cannot be frozen; expected an array or plain"):
        freeze._plain(object())


def test_most_checks_judge_at_home_as_they_do_when_graded(unit: str) -> None:
    checks = registry(unit)
    assert sum(map(strip.judges_itself, checks)) >= 0.5 * len(checks)
    assert sum(map(freeze.only_runs, checks)) <= 0.1 * len(checks)


# --- what cannot be bundled ---------------------------------------------------------------------


def test_a_bundle_that_would_leak_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bundle, "leaked", lambda units, files: iter(["x.py holds 'y'"]))
    with pytest.raises(bundle.BundleError, match="bundle of gru would give answers away: x.py"):
        bundle.write(["gru"], folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_that_needs_what_is_left_out_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ANSWERS, "gru", ("perplexity.py",))
    with pytest.raises(
        bundle.BundleError, match="of gru needs course_lib/perplexity.py, which ans"
    ):
        bundle.contents(["gru"])


def test_an_import_of_an_unknown_package_is_refused() -> None:
    with pytest.raises(bundle.BundleError, match="no package is known for the import of torch"):
        wheel.requirements({"autograder/x.py": b"import torch.nn\n"}, {})


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["gru", "--lang", "en"], [(("gru",), ("en",))]),
        ([], [((unit,), ("en", "zh")) for unit in build.units()]),
        (["gru", "--no-bundle"], []),
    ],
)
def test_named_units_share_a_bundle_and_without_names_each_gets_its_own(
    words: list[str],
    wanted: list[object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = []

    def write(units: tuple[str, ...], languages: tuple[str, ...], folder: Path) -> Path:
        made.append((tuple(units), tuple(languages)))
        return folder / "bundle.zip"

    monkeypatch.setattr(bundle, "write", write)
    monkeypatch.setattr(build, "release", lambda units, languages: [])
    monkeypatch.setattr(sys, "argv", ["course", "release", *words, "--dist", str(tmp_path)])
    monkeypatch.setenv("COURSE_DEBUG", "1")
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code in (0, None)
    assert made == wanted
    assert capsys.readouterr().out.count(f"wrote {tmp_path}") == len(wanted)


# --- checks without their answers ---------------------------------------------------------------


class Judged(Check):
    """A check of this file: nothing of it is in the checks, so nothing answers it there."""

    id = "gru.judged"


def test_a_check_that_calls_no_answer_judges_itself() -> None:
    assert strip.judges_itself(Judged())
    calls_answer = next(c for c in registry("gru") if c.id == "gru.same_model")
    assert not strip.judges_itself(calls_answer)
    assert ("language_model", "Model.decoded") in strip.answers_of("gru")


def test_earlier_parts_have_to_pass_first_where_no_reference_stands_in() -> None:
    found = {check.id: strip.needed_at_home(check) for check in registry("gru")}
    assert found["gru.candidate"] == ()
    assert found["gru.one_step"] == tuple(
        f"gru.{name}" for name in ("reset_gate", "update_gate", "candidate", "new_state")
    )
    assert found["gru.result"] == ("gru.language_model",)  # weights are the student's own
