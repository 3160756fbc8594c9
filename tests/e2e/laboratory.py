"""JupyterLab and Notebook 7 for the browser tests: open, run all cells, read, look for faults."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from servers import BROWSER, server, surroundings

SERIOUS = ("serious", "critical")
"""How bad a fault is for axe-core, from the worst but two on."""


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


def notebook_7(work: Path, home: Path) -> AbstractContextManager[str]:
    """Jupyter Notebook in a folder."""
    return server(
        "notebook",
        f"--ServerApp.root_dir={work}",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        cwd=work,
        environment=surroundings(HOME=str(home), JUPYTERLAB_SETTINGS_DIR=str(home / "settings")),
        log=home / "server.log",
    )


@contextlib.contextmanager
def browser(chromium_path: str) -> Iterator[Any]:
    """Debian's Chromium, driven."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        yield running
        running.close()


def write(notebook: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")


def command(page: Any, name: str, **arguments: Any) -> None:
    """Start a command of JupyterLab, as a menu does; nobody waits for its end."""
    page.evaluate(
        "([name, given]) => { window.jupyterapp.commands.execute(name, given) }", [name, arguments]
    )


def opened(page: Any, address: str) -> None:
    """Open a notebook's address and wait for its kernel."""
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    page.wait_for_function(IDLE, timeout=60_000)


IDLE = """() => {
  const shell = window.jupyterapp && window.jupyterapp.shell;
  const session = shell && shell.currentWidget && shell.currentWidget.sessionContext;
  const kernel = session && session.session && session.session.kernel;
  return kernel && kernel.status === 'idle';
}"""


def run_all(page: Any) -> None:
    """Run all cells; a kernel that has only just connected may ignore the first call."""
    from playwright.sync_api import TimeoutError as Waited

    started = page.locator(".jp-InputArea-prompt", has_text=re.compile(r"\[[*1]\]"))
    for _ in range(12):
        command(page, "notebook:run-all-cells")
        with contextlib.suppress(Waited):
            started.first.wait_for(timeout=5_000)
            return
    raise AssertionError("no cell was run within a minute")


def outputs(page: Any, awaited: str, seconds: float = 90) -> str:
    """The text of all outputs, once `awaited` is among them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        shown = "\n".join(page.locator(".jp-OutputArea").all_inner_texts())
        if awaited in shown:
            return shown
        page.wait_for_timeout(250)
    raise AssertionError(f"not shown within {seconds} seconds: {awaited}; shown: {shown}")


def faults(page: Any, selector: str) -> list[str]:
    """What axe-core finds serious or critical for people who hear, zoom or use a keyboard."""
    import axe_playwright_python

    (script,) = Path(axe_playwright_python.__file__).parent.glob("axe.min.js")
    page.evaluate(script.read_text(encoding="utf-8"))
    found = page.evaluate("async selector => await axe.run(selector)", selector)
    assert found["passes"], "axe-core looked at nothing"
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]
