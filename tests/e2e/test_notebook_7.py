"""Notebook 7 in a real browser: cards, and a training that is watched, stopped and goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from laboratory import browser, command, notebook_7, opened, outputs, run_all, write

from autograder import build, demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODEL = """\
if "training" not in globals():
    import time
    import keras
    import numpy as np
    from course_lib import LiveTraining

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    inputs = np.random.default_rng(0).normal(size=(640, 4))
    targets = np.argmax(inputs[:, :3], axis=1)
    training = LiveTraining(model, epochs=4)

    class Slowly(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            time.sleep(0.1)

    def train(epochs):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(0.1), loss)
        wait = Slowly()
        run = model.fit(inputs, targets, epochs=epochs, verbose=0, callbacks=[wait])
        return run.history["loss"]
"""
RUN = "losses = training.run(train)"
AFTER = """\
answers = model.predict(inputs, verbose=0).argmax(axis=1)
right = np.mean(answers == targets) > 0.8 and losses[-1] < losses[0]
print("finished:", len(losses), "epochs, right:", right)
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of a Notebook 7 that serves it."""
    work = tmp_path_factory.mktemp("work")
    with notebook_7(work, tmp_path_factory.mktemp("home")) as address:
        yield work, address


def of_cells(*sources: str) -> dict[str, Any]:
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "outputs": [], "source": source}
        for i, source in enumerate(sources)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [{**cell, "execution_count": None} for cell in cells],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def test_a_student_in_notebook_7_sees_the_same_card(
    served: tuple[Path, str], tmp_path: Path, chromium_path: str
) -> None:
    work, address = served
    released = json.loads(build.to_bytes(build.build("gru", "zh")))
    answers = demo.reference_answers()
    notebook = demo.answered(released, {"gru-reset_gate-answer": answers["gru-reset_gate-answer"]})
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    notebook["cells"] = notebook["cells"][: ids.index("gru-update_gate") + 1]
    write(notebook, work / "gru.ipynb")
    with browser(chromium_path) as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 3000})
        opened(page, f"{address}/notebooks/gru.ipynb")
        run_all(page)
        shown = outputs(page, "尚未完成：update_gate。")
        page.screenshot(path=str(tmp_path / "notebook-7.png"))
        assert "重置门符合公式 (1)。" in shown and "NotImplementedError" not in shown
        assert page.locator(".course-card.pass").count() == 1
        assert page.locator("mjx-container").count() > 5


def test_a_training_shows_its_perplexity_is_interrupted_and_goes_on(
    served: tuple[Path, str], tmp_path: Path, chromium_path: str
) -> None:
    work, address = served
    write(of_cells(MODEL, RUN, AFTER), work / "training.ipynb")
    with browser(chromium_path) as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        opened(page, f"{address}/notebooks/training.ipynb")
        run_all(page)
        bar = page.locator("progress[aria-label=Training]").first
        outputs(page, "epoch 2 of 4, perplexity")
        earlier = float(bar.get_attribute("value"))
        page.wait_for_function(
            "earlier => document.querySelector('progress').value > earlier", arg=earlier
        )
        page.screenshot(path=str(tmp_path / "running.png"))
        command(page, "notebook:interrupt-kernel")
        shown = outputs(page, "run this cell again to go on.")
        page.screenshot(path=str(tmp_path / "interrupted.png"))
        assert "Interrupted in epoch" in shown and "再次运行此单元格即可继续。" in shown
        assert "Traceback" not in shown and "finished" not in shown
        command(page, "notebook:run-all-cells")
        assert "finished: 4 epochs, right: True" in outputs(page, "finished")
