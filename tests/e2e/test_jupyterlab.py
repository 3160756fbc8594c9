"""The released notebook in the real JupyterLab, in a real browser, as a student meets it."""

from __future__ import annotations

import contextlib
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from servers import BROWSER, server, surroundings

from autograder import build, demo

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
    laboratory = server(
        "jupyterlab",
        f"--ServerApp.root_dir={work}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.expose_app_in_browser=True",
        cwd=work,
        environment=surroundings(HOME=str(tmp_path)),
        log=tmp_path / "server.log",
    )
    with laboratory as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        page = browser.new_page(viewport={"width": 1200, "height": 4000})
        page.goto(f"{address}/lab/tree/gru.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        # JupyterLab draws only the cells in view, so the window is as long as the notebook.
        page.wait_for_selector("text=Kernel status: Idle", timeout=60_000, state="attached")
        run_all(page)
        shown = outputs(page, hint)
        assert right in shown
        assert "Traceback" not in shown
        assert page.locator("mjx-container").count() > 5
        assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
        page.screenshot(path=str(tmp_path / f"{language}.png"))
        browser.close()
