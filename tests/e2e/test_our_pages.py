"""Our pages in a real browser: every width, light and dark, and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from servers import BROWSER

from autograder import check

pytestmark = pytest.mark.slow


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 820, 1400])
def test_our_pages_fit_every_width_without_scrolling_sideways(
    language: str, width: int, chromium_path: str, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    from autograder import class_report, feedback
    from autograder.verdict import Report, Verdict

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
    report = Report("gru", "ada", "0" * 64, 60.0, total, verdicts, (), language)
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
