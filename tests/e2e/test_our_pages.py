"""Our pages in a real browser: every width, light and dark, and on paper."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from servers import BROWSER

from autograder import check, class_report, feedback, pictures
from autograder.gradebook import Mark
from autograder.verdict import Report, Text, Verdict

pytestmark = pytest.mark.slow


def report_of(language: str) -> Report:
    """A third of the checks failed, with a message, a hint and code."""
    verdicts = tuple(
        Verdict(
            one.id,
            "pass" if index % 3 else "fail",
            one.points if index % 3 else 0.0,
            one.points,
            "" if index % 3 else "largest difference 0.531 at [batch 3, unit 1]\n    h = x @ W",
            "" if index % 3 else "(r ⊙ h_{t-1}) W_hh",
            "" if index % 3 else "gru.ResetAfterProduct",
        )
        for index, one in enumerate(check.registry("gru"))
    )
    total = sum(v.max_points for v in verdicts)
    return Report("gru", "ada", "0" * 64, 60.0, total, verdicts, (), language)


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 820, 1400])
def test_our_pages_fit_every_width_without_scrolling_sideways(
    language: str, width: int, chromium_path: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    report = report_of(language)
    (tmp_path / "a.html").write_text(feedback.render(report), encoding="utf-8")
    (tmp_path / "b.html").write_text(
        class_report.render("gru", {"ada": report, "王小明": report}, language), encoding="utf-8"
    )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            for name in ("a.html", "b.html"):
                page = context.new_page()
                complaints: list[str] = []
                page.on("console", lambda message, said=complaints: said.append(message.text))
                page.goto((tmp_path / name).as_uri())
                assert page.evaluate("document.documentElement.scrollWidth") == width
                assert complaints == []
                assert page.evaluate(CONTRAST) >= 4.5
            context.close()
        browser.close()


A4 = (210 / 25.4 * 72, 297 / 25.4 * 72)


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_feedback_page_prints_on_a4_whatever_the_screen_looks_like(
    language: str, chromium_path: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    plot = pictures.from_output({"data": {"image/png": base64.b64encode(figure()).decode()}})
    assert plot is not None
    said = {"gru-written": "Well argued. " * 40, "gru-candidate-answer": "Draw it first."}
    points = {"gru-written": 6.0, **{c.grade_id: c.points for c in check.registry("gru")}}
    mark = Mark("ada", 64.0, 100.0, 10.0, (), {"gru-written": 4.0}, points, said)
    late = Text("Handed in 3 hours late.", "迟交 3 小时。")
    path = tmp_path / "page.html"
    path.write_text(feedback.render(report_of(language), [plot] * 5, mark, late), encoding="utf-8")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=BROWSER)
        page = browser.new_page(color_scheme="dark")
        page.goto(path.as_uri())
        data = page.pdf(prefer_css_page_size=True)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 672, "height": 1000})  # of A4, between the margins
        assert page.evaluate("document.documentElement.scrollWidth") == 672
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == WHITE
        assert page.evaluate(CONTRAST) >= 4.5
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth)")
        browser.close()
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert 3 <= len(boxes) <= 6
    for box in boxes:
        assert [float(side) for side in box] == pytest.approx(A4, abs=1)


def figure() -> bytes:
    """A plot as a student's notebook holds it, wider than a column."""
    from matplotlib.figure import Figure

    drawn, file = Figure(figsize=(11, 4)), io.BytesIO()
    drawn.subplots().plot([3.0, 2.0, 1.5])
    drawn.savefig(file, format="png")
    return file.getvalue()


WHITE = "rgb(255, 255, 255)"
CONTRAST = """() => {
  // The lowest contrast (WCAG 2) between any words on the page and what lies behind them.
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let least = 21;
  const words = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || node.closest('svg')) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
}"""
