"""Report -> one self-contained HTML page for the student; it needs no network and no script.

The page shows what the report says: sentences, points, messages, equations, hints, and the
student's own plots. Messages carry no value of a hidden case, so neither does the page.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import pages, pictures, recorded
from .pages import LABELS, MARKS, NOT_DONE, NOT_DONE_MARK, Item
from .verdict import Report, Text

if TYPE_CHECKING:
    from .course_folder import CourseFolder
    from .gradebook import Mark
    from .late_rules import Lateness

FIRST = 3
WRITTEN = Text("The written question", "书面问题")
RELEASED_BY = ("timestamp.txt", "submission_secret.txt")


def render(
    report: Report,
    plots: Sequence[pictures.Picture] = (),
    mark: Mark | None = None,
    late: Text | None = None,
) -> str:
    """The page's HTML.

    plots: of the student's own notebook. mark: what the gradebook says, with manual scores and
    lateness; without it the page shows the autograded points alone. late: how late, at what cost.
    """
    shown = pages.items(report)
    lost = [item for item in shown if item.kind in ("fail", "part")]
    lost.sort(key=lambda item: item.verdict.points - item.verdict.max_points)
    return pages.render(
        "feedback.html",
        report.language,
        stylesheet=pages.stylesheet(),
        unit=report.unit,
        unit_name=pages.unit_name(report.unit, report.language),
        student=report.student,
        submission=report.submission,
        score=mark.points if mark else report.points,
        max_score=mark.max_score if mark else report.max_points,
        open=open_points(report, mark),
        late=late.of(report.language) if late else "",
        bar=bar(shown),
        counts=counts(shown, report.language),
        faults=report.needs_human,
        first=lost[:FIRST] if len(shown) > FIRST else [],
        tasks=[(task, list(group)) for task, group in groupby(shown, lambda item: item.task)],
        comments=comments(report, mark),
        by_hand=by_hand(report, mark) if mark else [],
        pictures=plots,
        notes=report.notes,
    )


def open_points(report: Report, mark: Mark | None) -> float:
    """Points that nobody has decided about yet."""
    if mark:
        return sum(mark.max_points[cell] for cell in mark.open)
    return sum(verdict.max_points for verdict in report.checks if verdict.status == "error")


def bar(shown: Sequence[Item]) -> list[dict[str, Any]]:
    """Parts of the bar under the mark, as per cent of all points: earned, partly earned, open."""
    whole = sum(item.verdict.max_points for item in shown) or 1.0
    found = []
    for kind, amount in (
        ("pass", sum(i.verdict.points for i in shown if i.kind == "pass")),
        ("part", sum(i.verdict.points for i in shown if i.kind == "part")),
        ("error", sum(i.verdict.max_points for i in shown if i.kind == "error")),
    ):
        if amount:
            found.append({"kind": kind, "percent": f"{100 * amount / whole:.2f}"})
    return found


def counts(shown: Sequence[Item], language: str) -> list[dict[str, Any]]:
    """How many checks ended each way, in a fixed order, those that occur."""
    ways = [(kind, MARKS[kind], LABELS[kind]) for kind in LABELS]
    ways.insert(3, ("todo", NOT_DONE_MARK, NOT_DONE))
    found = []
    for shade, mark, label in ways:
        if number := sum(item.shade == shade for item in shown):
            found.append(
                {"kind": shade, "mark": mark, "number": number, "label": label.of(language)}
            )
    return found


def comments(report: Report, mark: Mark | None) -> dict[str, str]:
    """Check -> what a human wrote below the answer that it looks at."""
    said = mark.comments if mark else {}
    answers = {verdict.check: f"{verdict.grade_id}-answer" for verdict in report.checks}
    return {check: said[cell] for check, cell in answers.items() if cell in said}


def by_hand(report: Report, mark: Mark) -> list[dict[str, Any]]:
    """Cells that a human marks, has marked or has written to, without what `comments` shows.

    nbgrader gives an answer that was left as released 0 points by itself: those are "empty".
    """
    sentences = {item.verdict.grade_id: item.sentence for item in pages.items(report)}
    shown = {f"{cell}-answer" for cell in sentences}
    cells = [
        cell
        for cell in mark.max_points
        if cell not in sentences or cell in mark.manual or mark.comments.get(cell)
    ]
    cells += [cell for cell in mark.comments if cell not in mark.max_points and cell not in shown]
    sentences[f"{report.unit}-written"] = WRITTEN.of(report.language)
    return [
        {
            "cell": cell,
            "sentence": sentences.get(cell, ""),
            "points": mark.manual.get(cell, None if cell in mark.open else 0.0),
            "empty": cell in mark.max_points and cell not in mark.manual and cell not in mark.open,
            "max_points": mark.max_points.get(cell),
            "comment": mark.comments.get(cell, ""),
        }
        for cell in cells
    ]


def path_of(folder: CourseFolder, unit: str, student: str) -> Path:
    """Where a student's page lies, which is where nbgrader would put its own."""
    return folder.root / "feedback" / student / unit / f"{unit}.html"


def page(
    folder: CourseFolder, report: Report, mark: Mark | None = None, late: Lateness | None = None
) -> str:
    """The page about a report of this course, with the student's plots and the gradebook's mark."""
    words = None
    if mark and late:
        words = folder.settings.late.words(late, mark.late_penalty, mark.max_score)
    plots = plots_of(folder.notebook("submitted", report.student, report.unit))
    return render(report, plots, mark, words)


def write(
    folder: CourseFolder,
    unit: str,
    reports: Mapping[str, Report],
    marks: Mapping[str, Mark] | None = None,
) -> list[Path]:
    """Write the page of each student with a report; returns the paths. Atomic, page by page."""
    from . import late_days

    written = []
    late = late_days.of_class(folder, unit) if marks else {}
    for student, report in reports.items():
        path = path_of(folder, unit, student)
        recorded.write(path, page(folder, report, (marks or {}).get(student), late.get(student)))
        ready_for_release(folder, unit, student)
        written.append(path)
    return written


def ready_for_release(folder: CourseFolder, unit: str, student: str) -> None:
    """Put beside the page what `nbgrader release_feedback` asks for: when, and whose it is."""
    place = path_of(folder, unit, student).parent
    for name in RELEASED_BY:
        graded = folder.notebook("autograded", student, unit).with_name(name)
        if graded.is_file():
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(graded, place / name)


def plots_of(notebook: Path) -> list[pictures.Picture]:
    """The plots in a submitted notebook; none if it cannot be read."""
    try:
        data = json.loads(notebook.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    return pictures.of_notebook(data) if isinstance(data, dict) else []
