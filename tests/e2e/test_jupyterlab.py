"""The released notebook in the real JupyterLab, in a real browser, as a student meets it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from laboratory import browser, command, faults, laboratory, opened, outputs, run_all, write

from autograder import build, demo
from autograder.check import units

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWAPPED = """def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return 1 - sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
"""
FORGETS = """def gru_over_time(xs, h_0, params):
    hs = np.zeros((*xs.shape[:2], h_0.shape[1]))
    for t in range(xs.shape[1]):
        hs[:, t] = gru_step(xs[:, t], h_0 if t == 0 else 0.9 * hs[:, t - 1], params)
    return hs, hs[:, -1]
"""


def first_five_tasks(language: str) -> dict[str, Any]:
    """The release up to task 5: a wrong update gate, no candidate, a state that fades over time."""
    right = demo.reference_answers()
    answers = {
        f"gru-{name}-answer": right[f"gru-{name}-answer"]
        for name in ("reset_gate", "new_state", "one_step")
    }
    answers["gru-update_gate-answer"] = SWAPPED
    answers["gru-one_step-answer"] += f"\n\n{FORGETS}"
    released = json.loads(build.to_bytes(build.build("gru", language)))
    notebook = demo.answered(released, answers)
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    notebook["cells"] = notebook["cells"][: ids.index("gru-over_time") + 1]
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["tags"] = ["raises-exception"]  # the cells below are run all the same
    last = {"cell_type": "code", "id": "last", "metadata": {}, "outputs": []}
    notebook["cells"].append({**last, "execution_count": None, "source": "check.progress()"})
    return notebook


def texts(unit: str, language: str) -> dict[str, Any]:
    """The release without its code cells."""
    released: dict[str, Any] = json.loads(build.to_bytes(build.build(unit, language)))
    released["cells"] = [c for c in released["cells"] if c["cell_type"] == "markdown"]
    return released


def formulas(notebook: dict[str, Any]) -> int:
    """How many formulas its text holds: `$...$`, or `$$...$$`, outside of code."""
    text = "\n\n".join("".join(cell["source"]) for cell in notebook["cells"])
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return len(re.findall(r"\$\$.+?\$\$|\$[^$]+?\$", text, flags=re.DOTALL))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of a JupyterLab that serves it."""
    work = tmp_path_factory.mktemp("work")
    with laboratory(work, tmp_path_factory.mktemp("home")) as address:
        yield work, address


@pytest.mark.parametrize(
    ("language", "theme", "width", "right", "hint", "left"),
    [
        (
            *("en", "JupyterLab Light", 1200, "The reset gate follows equation (1)."),
            *("You return 1 − z. In the lecture", "of 20 checks pass"),
        ),
        (
            *("zh", "JupyterLab Dark", 560, "重置门符合公式 (1)。"),
            *("你返回的是 1 − z。本课中", "20 项检查中通过"),
        ),
    ],
    ids=["en-light-wide", "zh-dark-narrow"],
)
def test_a_student_sees_a_tick_the_mistake_a_drawing_and_what_is_left(
    lab: tuple[Path, str],
    tmp_path: Path,
    chromium_path: str,
    language: str,
    theme: str,
    width: int,
    right: str,
    hint: str,
    left: str,
) -> None:
    work, address = lab
    folder = work / language
    folder.mkdir()
    write(first_five_tasks(language), folder / "gru.ipynb")
    with browser(chromium_path) as chromium:
        page = chromium.new_page(viewport={"width": width, "height": 4000})
        opened(page, f"{address}/lab/tree/{language}/gru.ipynb?reset")
        command(page, "apputils:change-theme", theme=theme)
        if width < 900:
            command(page, "application:toggle-left-area")
        run_all(page)
        shown = outputs(page, left)
        assert right in shown and hint in shown and "Traceback" not in shown
        cards = page.locator(".course-card")
        kinds = [cards.nth(i).get_attribute("class") for i in range(cards.count())]
        of_checks = [kind.split()[-1] for kind in kinds if kind]
        assert of_checks == ["pass", "fail", "todo", "pass", "pass", "fail", "todo"]
        assert page.locator(".course-card.fail math msub").count() > 5
        drawing = page.locator(".course-card.fail svg[role=img]").last
        step = "时间步 1" if language == "zh" else "step 1"
        assert step in (drawing.get_attribute("aria-label") or "")
        assert page.locator(".course-card script, .course-card a").count() == 0
        for index in range(cards.count()):
            box, room = cards.nth(index).bounding_box(), page.locator(".jp-Notebook").bounding_box()
            assert box["x"] + box["width"] <= room["x"] + room["width"]
        page.wait_for_function(
            "dark => document.body.dataset.jpThemeLight === (dark ? 'false' : 'true')",
            arg="Dark" in theme,
        )
        assert faults(page, ".course-card") == []
        page.screenshot(path=str(tmp_path / f"{language}.png"))
        page.evaluate(
            "document.querySelector('.course-card').append(document.createElement('button'))"
        )
        assert any("button-name" in fault for fault in faults(page, ".course-card"))


def test_the_validate_button_tells_the_same_as_the_cards(
    lab: tuple[Path, str], tmp_path: Path, chromium_path: str
) -> None:
    work, address = lab
    folder = work / "validate"
    folder.mkdir()
    notebook = first_five_tasks("en")
    for cell in notebook["cells"]:
        cell["metadata"].pop("tags", None)
    write(notebook, folder / "gru.ipynb")
    with browser(chromium_path) as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 2000})
        opened(page, f"{address}/lab/tree/validate/gru.ipynb?reset")
        page.get_by_role("button", name="Validate").click()
        dialog = page.locator(".jp-Dialog", has_text="gru.update_gate")
        dialog.wait_for(timeout=120_000)
        said = " ".join(dialog.inner_text().split())
        page.screenshot(path=str(tmp_path / "validate.png"))
    assert "You return 1 − z. In the lecture z keeps the old state" in said
    assert "Not done yet: candidate." in said and "NotImplementedError" not in said
    assert "z_t = σ(x_t W_xz + h_{t-1} W_hz + b_z)" in said
    assert 'check("gru.reset_gate")' not in said and 'check("gru.one_step")' not in said


MOST = ("bptt", "lstm")
"""Units with the most formulas; the others' are looked at in `make nightly`."""
HEADINGS = ".jp-TableOfContents-tree .jp-tocItem-content"


@pytest.mark.parametrize(
    "unit",
    [pytest.param(u, marks=() if u in MOST else pytest.mark.nightly) for u in units()],
)
def test_every_formula_of_a_release_is_drawn_and_the_outline_shows_the_tasks(
    lab: tuple[Path, str], chromium_path: str, unit: str
) -> None:
    work, address = lab
    notebooks = {language: texts(unit, language) for language in build.LANGUAGES}
    with browser(chromium_path) as chromium:
        for language, notebook in notebooks.items():
            write(notebook, work / f"{unit}-{language}.ipynb")
            page = chromium.new_page(viewport={"width": 1200, "height": 4000})
            page.goto(f"{address}/lab/tree/{unit}-{language}.ipynb?reset")
            cells = page.locator(".jp-Notebook .jp-MarkdownCell .jp-RenderedMarkdown")
            cells.nth(len(notebook["cells"]) - 1).wait_for(timeout=60_000, state="attached")
            wanted, drawn = formulas(notebook), page.locator(".jp-Notebook mjx-container")
            assert wanted > 5
            drawn.nth(wanted - 1).wait_for(timeout=30_000, state="attached")
            assert drawn.count() == wanted
            assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
            tasks = [line for line in headings(notebook) if re.match(r"\d+ ", line)]
            assert len(tasks) >= 5
            command(page, "toc:show-panel")
            page.locator(HEADINGS).nth(len(tasks)).wait_for(timeout=30_000)
            outline = page.locator(HEADINGS).all_inner_texts()
            assert [line for line in outline if re.match(r"\d+ ", line)] == tasks
            page.close()


def headings(notebook: dict[str, Any]) -> list[str]:
    """The headings of a notebook's text, without marks and formulas."""
    lines = (line for cell in notebook["cells"] for line in "".join(cell["source"]).splitlines())
    return [re.sub(r"^#+ |[$`*]", "", line) for line in lines if re.match("#+ ", line)]
