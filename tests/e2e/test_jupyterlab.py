"""The released notebook in the real JupyterLab, in a real browser, as a student meets it."""

from __future__ import annotations

import contextlib
import json
import re
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from servers import BROWSER, server, surroundings

from autograder import build, demo
from autograder.check import units

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SWAPPED = """def update_gate(x, h_prev, W_xz, W_hz, b_z):
    return 1 - sigmoid(x @ W_xz + h_prev @ W_hz + b_z)
"""
RUN_ALL = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells') }"


def first_two_tasks(language: str) -> dict[str, Any]:
    """The release up to task 2, with a correct reset gate and a wrong update gate."""
    right = demo.reference_answers()["gru-reset_gate-answer"]
    released = json.loads(build.to_bytes(build.build("gru", language)))
    answers = {"gru-reset_gate-answer": right, "gru-update_gate-answer": SWAPPED}
    notebook = demo.answered(released, answers)
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    notebook["cells"] = notebook["cells"][: ids.index("gru-update_gate") + 1]
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


def laboratory(work: Path, home: Path) -> AbstractContextManager[str]:
    """JupyterLab in a folder; it draws all cells, not only those in view."""
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    return server(
        "jupyterlab",
        f"--ServerApp.root_dir={work}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True",
        cwd=work,
        environment=surroundings(HOME=str(home), JUPYTERLAB_SETTINGS_DIR=str(home / "settings")),
        log=home / "server.log",
    )


def driver_timeout() -> type[Exception]:
    """Playwright's own time-out."""
    from playwright.sync_api import TimeoutError as Waited

    return Waited


def run_all(page: Any) -> None:
    """Run all cells; a kernel that has only just connected may ignore the first call."""
    started = page.locator(".jp-InputArea-prompt", has_text=re.compile(r"\[[*1]\]"))
    for _ in range(12):
        page.evaluate(f"() => {{ ({RUN_ALL})() }}")  # it ends at the check that fails
        with contextlib.suppress(driver_timeout()):
            started.first.wait_for(timeout=5_000)
            return
    raise AssertionError("no cell was run within a minute")


def outputs(page: Any, awaited: str) -> str:
    """The text of all outputs, once `awaited` is among them."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        shown = "\n".join(page.locator(".jp-OutputArea").all_inner_texts())
        if awaited in shown:
            return shown
        page.wait_for_timeout(250)
    raise AssertionError(f"not shown within 90 seconds: {awaited}; shown: {shown}")


@pytest.mark.parametrize(
    ("language", "right", "hint"),
    [
        ("en", "The reset gate follows equation (1).", "You return 1 − z. In the lecture"),
        ("zh", "重置门符合公式 (1)。", "你返回的是 1 − z。本课中"),
    ],
)
def test_a_student_sees_formulas_a_tick_and_the_name_of_the_mistake(
    tmp_path: Path, chromium_path: str, language: str, right: str, hint: str
) -> None:
    from playwright.sync_api import sync_playwright

    work = tmp_path / "work"
    work.mkdir()
    text = json.dumps(first_two_tasks(language), ensure_ascii=False)
    (work / "gru.ipynb").write_text(text, encoding="utf-8")
    with laboratory(work, tmp_path) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        page = browser.new_page(viewport={"width": 1200, "height": 4000})
        page.goto(f"{address}/lab/tree/gru.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        page.wait_for_selector("text=Kernel status: Idle", timeout=60_000, state="attached")
        run_all(page)
        shown = outputs(page, hint)
        assert right in shown
        assert "Traceback" not in shown
        assert page.locator("mjx-container").count() > 5
        assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
        page.screenshot(path=str(tmp_path / f"{language}.png"))
        browser.close()


@pytest.mark.parametrize("unit", units())
def test_every_formula_of_a_release_is_drawn(tmp_path: Path, chromium_path: str, unit: str) -> None:
    from playwright.sync_api import sync_playwright

    work = tmp_path / "work"
    work.mkdir()
    notebooks = {language: texts(unit, language) for language in build.LANGUAGES}
    for language, notebook in notebooks.items():
        text = json.dumps(notebook, ensure_ascii=False)
        (work / f"{language}.ipynb").write_text(text, encoding="utf-8")
    with laboratory(work, tmp_path) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        for language, notebook in notebooks.items():
            page = browser.new_page(viewport={"width": 1200, "height": 4000})
            page.goto(f"{address}/lab/tree/{language}.ipynb?reset")
            cells = page.locator(".jp-Notebook .jp-MarkdownCell .jp-RenderedMarkdown")
            cells.nth(len(notebook["cells"]) - 1).wait_for(timeout=60_000, state="attached")
            wanted, drawn = formulas(notebook), page.locator(".jp-Notebook mjx-container")
            assert wanted > 5
            drawn.nth(wanted - 1).wait_for(timeout=30_000, state="attached")
            assert drawn.count() == wanted
            assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
            page.close()
        browser.close()
