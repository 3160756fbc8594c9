"""A made-up class of sixteen: how its members answer, and a whole course run with them."""

from __future__ import annotations

import ast
import copy
import json
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import alternatives, build, mistakes
from .checks.gru_text import MODEL
from .course_folder import CourseFolder, create
from .grade_class import ClassResult, Progress, grade_class
from .observe.gru import PARAMETERS

UNIT = "gru"
SEED = 20261123
WRITTEN = {
    "en": "1. No: flipping the signs of W_xz, W_hz and b_z turns one kind into the other.\n\n"
    "2. Along z: the gradient is multiplied by the product of the gates.\n\n"
    "3. The short ones follow the last letter; a long one seems to know where words begin.",
    "zh": "1. 不能：把 W_xz、W_hz、b_z 变号，两种网络就互相转换。\n\n"
    "2. 沿着 z：梯度乘上各步门的连乘。\n\n"
    "3. 短的跟着上一个字母走；长的似乎知道单词从哪里开始。",
}
Notebook = dict[str, Any]
Answers = dict[str, str]
"""grade_id of a stub cell -> its source."""

WHO = {
    "ada": "all correct",
    "bo": "correct, in TensorFlow, no weights",
    "chen": "correct, other language's release",
    "dana": "reset gate after the product",
    "emil": "z and 1 − z swapped",
    "fatima": "biases forgotten",
    "goran": "back-propagation lacks a path",
    "hana": "softmax in the model",
    "ivan": "half finished",
    "jun": "a syntax error in one cell",
    "kim": "an endless loop",
    "lena": "a memory hog",
    "musa": "os._exit(0) in an answer",
    "nadia": "deleted and duplicated cells",
    "otto": "nothing done",
    "pia": "state not carried on, odd clipping",
}


def run(
    root: Path,
    language: str = "en",
    *,
    jobs: int = 0,
    isolation: str | None = None,
    progress: Progress = lambda student, done, total: None,
) -> tuple[CourseFolder, ClassResult]:
    """Make the course, hand in for everybody, grade it; returns the folder and the result."""
    folder = create(root, [], language, seed=SEED)
    shutil.rmtree(folder.root / "source", ignore_errors=True)  # of an older demo
    marker = folder.settings.marker(folder.root, isolation)
    marker.start_in_background()  # TensorFlow's import takes seconds; handing in goes on
    for done, (student, answer) in enumerate(CLASS.items()):
        progress(f"submitting: {student}", done, len(CLASS))
        hand_in(folder, student, answer(language))
    for student in WITH_WEIGHTS:
        path = folder.notebook("submitted", student, UNIT).with_name("gru.npz")
        path.write_bytes(weights())
    result = grade_class(
        folder,
        UNIT,
        jobs=jobs,
        marker=marker,
        prepare=lambda: create(root, [UNIT], language, seed=SEED),
        progress=progress,
    )
    return folder, result


def hand_in(folder: CourseFolder, student: str, notebook: Notebook) -> Path:
    """Write a submission where nbgrader looks for it."""
    path = folder.notebook("submitted", student, UNIT)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def solved(language: str) -> Notebook:
    """The released notebook with every stub answered as the reference does."""
    return answered(released(language), {**reference_answers(), "gru-written": WRITTEN[language]})


def released(language: str) -> Notebook:
    """The release as a student gets it."""
    notebook: Notebook = json.loads(_released(language))
    return notebook


@lru_cache(maxsize=2)
def _released(language: str) -> bytes:
    return build.to_bytes(build.build(UNIT, language))


@lru_cache(maxsize=1)
def reference_answers() -> Answers:
    """The reference's answer cells, by grade_id."""
    source = build.source_notebook(UNIT, "en")
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: _without_markers(cell["source"])
        for cell in source["cells"]
        if cell["cell_type"] == "code"
        and cell["metadata"].get("nbgrader", {}).get("solution")
        and not cell["metadata"]["nbgrader"].get("grade")
    }


def answered(notebook: Notebook, answers: Answers) -> Notebook:
    """The notebook with these answer cells filled in."""
    filled = copy.deepcopy(notebook)
    for cell in filled["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    return filled


def with_mistakes(*names: str) -> Callable[[str], Notebook]:
    """Correct but for the named mistakes, which replace definitions in the cells they are in."""

    def notebook(language: str) -> Notebook:
        bank = {mistake.__name__: mistake for mistake in mistakes.bank(UNIT)}
        filled = solved(language)
        for name in names:
            mistake = bank[name]
            first = mistake.source().split("(")[0].removeprefix("def ").removeprefix("class ")
            _redefine(filled, first, mistake.source())
        return filled

    return notebook


def _cell_defining(notebook: Notebook, name: str) -> int:
    for index, cell in enumerate(notebook["cells"]):
        text = _text(cell)
        if cell["cell_type"] == "code" and (f"def {name}(" in text or f"class {name}(" in text):
            return index
    raise KeyError(f"no cell defines {name!r}")


def _text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _without_markers(source: str) -> str:
    lines = source.splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith("### "))


def _redefine(notebook: Notebook, name: str, source: str) -> None:
    """Replace one definition in its cell."""
    cell = notebook["cells"][_cell_defining(notebook, name)]
    lines = _text(cell).splitlines()
    node = next(n for n in ast.parse(_text(cell)).body if getattr(n, "name", "") == name)
    lines[node.lineno - 1 : node.end_lineno] = _without_markers(source).splitlines()
    cell["source"] = "\n".join(lines)


def with_tensorflow(language: str) -> Notebook:
    """Correct, with TensorFlow's operations in a cell of the student's own."""
    filled = solved(language)
    bank = {alternative.id: alternative for alternative in alternatives.bank(UNIT)}
    own: dict[str, Any] = {
        "cell_type": "code",
        "id": "own",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    filled["cells"].append({**own, "source": bank["gru.tensorflow_ops"].source})
    return filled


def in_chinese(language: str) -> Notebook:
    """The other language's release, answered."""
    return solved("zh" if language == "en" else "en")


def half_finished(language: str) -> Notebook:
    """The first five tasks done, the rest as it was released."""
    answers = reference_answers()
    first = list(answers)[: len(answers) // 2]
    return answered(released(language), {name: answers[name] for name in first})


def with_syntax_error(language: str) -> Notebook:
    """A bracket is missing in the candidate's cell."""
    filled = solved(language)
    cell = filled["cells"][_cell_defining(filled, "candidate")]
    cell["source"] = _text(cell).replace("np.tanh(", "np.tanh((", 1)
    return filled


def replaced(name: str, source: str) -> Callable[[str], Notebook]:
    """Correct but for one definition."""

    def notebook(language: str) -> Notebook:
        filled = solved(language)
        _redefine(filled, name, source)
        return filled

    return notebook


ENDLESS = """def new_state(z, h_prev, h_tilde):
    h = h_prev
    while not np.array_equal(h, h_tilde):
        h = z * h + (1 - z) * h
    return h
"""
HOG = """def gru_over_time(xs, h_0, params):
    history = []
    while True:
        history.append(np.ones((1024, 1024, 16)))
"""
EXIT = """def half_life(z):
    import os
    os._exit(0)
"""


def deleted_and_duplicated(language: str) -> Notebook:
    """The imports and a test cell deleted; an answer copied with its id, the first copy wrong."""
    filled = solved(language)
    position = _cell_defining(filled, "update_gate")
    wrong = copy.deepcopy(filled["cells"][position])
    wrong["source"] = "def update_gate(x, h_prev, W_xz, W_hz, b_z):\n    return x\n"
    cells = [*filled["cells"][:position], wrong, *filled["cells"][position:]]
    gone = ("gru-imports", "gru-new_state")
    filled["cells"] = [
        cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") not in gone
    ]
    return filled


CLASS: dict[str, Callable[[str], Notebook]] = {
    "ada": solved,
    "bo": with_tensorflow,
    "chen": in_chinese,
    "dana": with_mistakes("ResetAfterProduct", "CellResetsAfterProduct"),
    "emil": with_mistakes("UpdateSwapped", "CellUpdateSwapped"),
    "fatima": with_mistakes(
        "ResetGateWithoutBias", "UpdateGateWithoutBias", "CandidateWithoutBias", "CountWithoutBias"
    ),
    "goran": with_mistakes("NothingSentBack", "NoTanhDerivative"),
    "hana": with_mistakes("SoftmaxInTheModel", "HalfLifeOfTheMean"),
    "ivan": half_finished,
    "jun": with_syntax_error,
    "kim": replaced("new_state", ENDLESS),
    "lena": replaced("gru_over_time", HOG),
    "musa": replaced("half_life", EXIT),
    "nadia": deleted_and_duplicated,
    "otto": released,
    "pia": with_mistakes("StateNotCarried", "ClippedArrayByArray"),
}
WITH_WEIGHTS = tuple(
    name for name in CLASS if name not in ("bo", "dana", "emil", "hana", "ivan", "otto")
)


def weights() -> bytes:
    """Trained weights as a student's model saves them: the reference's own training run."""
    import io

    import numpy as np

    kept = MODEL.trained
    arrays = [kept["embedding"], *(kept[name] for name in PARAMETERS), kept["W_out"], kept["b_out"]]
    file = io.BytesIO()
    np.savez(file, *arrays)
    return file.getvalue()
