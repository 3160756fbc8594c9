"""Reports of a class -> one self-contained HTML page for the instructor."""

from __future__ import annotations

import os
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import class_figures, pages
from .check import Check, find
from .pages import LABELS
from .sandbox.limits import Limits
from .verdict import Report, Text, Verdict

if TYPE_CHECKING:
    from .course_folder import CourseFolder
    from .gradebook import Mark

SLOWEST = 3


def render(
    unit: str,
    reports: Mapping[str, Report],
    language: str = "en",
    *,
    marks: Mapping[str, Mark] | None = None,
    links: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> str:
    """The page's HTML.

    reports: student -> report. marks: what the gradebook says, manual scores included; students
    without one show their autograded points. links: student -> address of the feedback page.
    problems: student -> why there is no report (a notebook that cannot be read). limits: that the
    class was graded with; a fail that used up its seconds is listed for a human.
    """
    marks = marks or {}
    rows = [student_row(student, reports[student], marks.get(student)) for student in reports]
    seconds = {s: sum(verdict.seconds for verdict in r.checks) for s, r in reports.items()}
    return pages.render(
        "class_report.html",
        language,
        stylesheet=pages.stylesheet(),
        unit=unit,
        unit_name=pages.unit_name(unit, language),
        facts=facts(rows, len(set(problems or {}) - set(reports)), seconds, language),
        seconds=seconds_of(seconds),
        histogram=class_figures.histogram(rows, language),
        ladders=ladders(reports, language),
        humans=by_reason(humans(reports, problems or {}, limits or Limits(), language)),
        unmarked=unmarked(reports, marks),
        legend=[(kind, label.of(language)) for kind, label in LABELS.items()],
        checks=check_rows(reports, language),
        mistakes=mistake_rows(reports, language),
        unexplained=unexplained(reports),
        students=rows,
        links=dict(links or {}),
    )


def student_row(student: str, report: Report, mark: Mark | None) -> dict[str, Any]:
    """One line of the table of students."""
    lost = {v.check: v.max_points - v.points for v in report.checks if v.status != "error"}
    worst = max(lost, key=lambda check: lost[check], default="")
    return {
        "student": student,
        "score": mark.points if mark else report.points,
        "max_score": mark.max_score if mark else report.max_points,
        "open": bool(mark.open) if mark else report.needs_human,
        "passed": sum(verdict.status == "pass" for verdict in report.checks),
        "total": len(report.checks),
        "worst": worst if lost.get(worst) else "",
    }


def facts(
    rows: Sequence[Mapping[str, Any]], missing: int, seconds: Mapping[str, float], language: str
) -> list[dict[str, str]]:
    """The numbers on top of the page."""
    scores = [row["score"] for row in rows]
    shown = [(Text("Students", "学生人数"), str(len(rows) + missing))]
    if scores:
        whole = pages.points(max(row["max_score"] for row in rows))
        shown += [
            (Text("Median", "中位数"), f"{statistics.median(scores):.4g} / {whole}"),
            (Text("Mean", "平均分"), f"{statistics.fmean(scores):.1f}"),
            (Text("Range", "范围"), f"{pages.points(min(scores))}–{pages.points(max(scores))}"),
            (Text("Time used", "评分用时"), duration(sum(seconds.values()))),
        ]
    return [{"name": name.of(language), "value": value} for name, value in shown]


def duration(seconds: float) -> str:
    """Seconds as a reader takes them in: 40 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def seconds_of(seconds: Mapping[str, float]) -> dict[str, Any]:
    """What one submission takes: the median, and the slowest with their names."""
    slowest = sorted(seconds, key=lambda student: (-seconds[student], student))[:SLOWEST]
    return {
        "median": f"{statistics.median(seconds.values()):.1f}" if seconds else "",
        "slowest": [(student, f"{seconds[student]:.1f}") for student in slowest],
    }


def ladders(reports: Mapping[str, Report], language: str) -> list[dict[str, Any]]:
    """For each check that measures a perplexity: the class's, among those of simpler models."""
    found: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for student, report in reports.items():
        for verdict in report.checks:
            if verdict.perplexity is not None and known(verdict.check):
                found[verdict.check][student] = verdict
    return [row for id, verdicts in found.items() if (row := _ladder(find(id), verdicts, language))]


def _ladder(check: Check, verdicts: Mapping[str, Verdict], language: str) -> dict[str, Any] | None:
    ladder = check.ladder()
    if ladder is None:
        return None
    rungs, thresholds = ladder
    reached = {student: v.perplexity for student, v in verdicts.items() if v.perplexity}
    by_value = sorted(reached.items(), key=lambda pair: (pair[1], pair[0]))
    return {
        "check": check.id,
        "sentence": check.sentence.of(language),
        "thresholds": [f"{threshold:.2f}" for threshold in thresholds],
        "rungs": sorted(rungs.items(), key=lambda rung: -rung[1]),
        "count": len(reached),
        "within": sum(verdict.status == "pass" for verdict in verdicts.values()),
        "median": f"{statistics.median(reached.values()):.2f}",
        "best": by_value[0],
        "worst": by_value[-1],
        "figure": class_figures.ladder(list(reached.values()), rungs, thresholds, language),
    }


def known(check: str) -> bool:
    """Whether the unit still has this check; an old report may name others."""
    try:
        find(check)
    except ValueError:
        return False
    return True


def humans(
    reports: Mapping[str, Report],
    problems: Mapping[str, str],
    limits: Limits,
    language: str,
) -> list[dict[str, str]]:
    """What a machine must not decide: unreadable work, grader faults, time-outs, notes.

    One row a student and reason, with the checks that it concerns.
    """
    rows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for student, why in problems.items():
        rows[student, why].append(Text("not graded", "未评分").of(language))
    for student, report in reports.items():
        noted = {note.split(":", 1)[0] for note in report.notes}
        for verdict in report.checks:
            late = timed_out(verdict, limits) and verdict.check not in noted
            if verdict.status == "error" or late:
                rows[student, verdict.message].append(verdict.check)
        for note in report.notes:
            rows.setdefault((student, note), [Text("note", "备注").of(language)])
    return [
        {"student": student, "what": ", ".join(what), "why": why}
        for (student, why), what in rows.items()
    ]


def by_reason(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, list[Mapping[str, str]]]]:
    """The same reason once, with everybody whom it concerns."""
    found: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        found[row["why"]].append(row)
    return list(found.items())


def timed_out(verdict: Verdict, limits: Limits) -> bool:
    """Whether a fail used up its seconds: an endless loop, or a machine that was too slow."""
    trains = known(verdict.check) and find(verdict.check).trains
    allowed = limits.train_seconds if trains else limits.check_seconds
    return verdict.status == "fail" and verdict.seconds >= 0.95 * allowed


def unmarked(reports: Mapping[str, Report], marks: Mapping[str, Mark]) -> list[tuple[str, int]]:
    """Written cells that still wait for a human -> how many, most first."""
    automatic = {v.grade_id for report in reports.values() for v in report.checks}
    waiting = Counter(c for mark in marks.values() for c in mark.open if c not in automatic)
    return waiting.most_common()


def check_rows(reports: Mapping[str, Report], language: str) -> list[dict[str, Any]]:
    """Each check with how many ended which way, and the pass rate in per cent."""
    found: dict[str, list[pages.Item]] = defaultdict(list)
    for report in reports.values():
        for verdict in report.checks:
            found[verdict.check].append(pages.item(verdict, language))
    rows = []
    for check, items in found.items():
        kinds = Counter(item.kind for item in items)
        parts = [
            {
                "kind": kind,
                "number": kinds[kind],
                "percent": f"{100 * kinds[kind] / len(items):.2f}",
                "label": label.of(language),
            }
            for kind, label in LABELS.items()
            if kinds[kind]
        ]
        rows.append(
            {
                "check": check,
                "task": items[0].task,
                "sentence": items[0].sentence,
                "parts": parts,
                "rate": round(100 * kinds["pass"] / len(items)),
                "seconds": f"{statistics.median(item.verdict.seconds for item in items):.1f}",
                "longest": f"{max(item.verdict.seconds for item in items):.1f}",
            }
        )
    return rows


def mistake_rows(reports: Mapping[str, Report], language: str) -> list[dict[str, Any]]:
    """Each known mistake that was made: who made it, on which checks; most frequent first."""
    made: dict[str, list[tuple[str, Verdict]]] = defaultdict(list)
    for student, report in reports.items():
        for verdict in report.checks:
            if verdict.mistake:
                made[verdict.mistake].append((student, verdict))
    rows = [
        {
            "mistake": mistake,
            "students": sorted({student for student, _ in cases}),
            "checks": sorted({verdict.check for _, verdict in cases}),
            "hint": cases[0][1].hint,
        }
        for mistake, cases in made.items()
    ]
    return sorted(rows, key=lambda row: (-len(row["students"]), row["mistake"]))


def unexplained(reports: Mapping[str, Report]) -> list[tuple[str, int]]:
    """Checks that failed without a known mistake behind it -> how often, most first."""
    return Counter(
        verdict.check
        for report in reports.values()
        for verdict in report.checks
        if verdict.status == "fail" and not verdict.mistake
    ).most_common()


def path_of(folder: CourseFolder, unit: str) -> Path:
    """Where the page about a unit lies."""
    return folder.root / "reports" / f"{unit}.html"


def write(
    folder: CourseFolder,
    unit: str,
    reports: Mapping[str, Report],
    marks: Mapping[str, Mark] | None = None,
    problems: Mapping[str, str] | None = None,
    language: str | None = None,
) -> Path:
    """Write the page, with links to the feedback pages that are there; returns its path."""
    from .feedback import path_of as feedback_path

    settings = folder.settings
    path = path_of(folder, unit)
    path.parent.mkdir(parents=True, exist_ok=True)
    links = {
        student: quote(os.path.relpath(page, path.parent).replace(os.sep, "/"))
        for student in reports
        if (page := feedback_path(folder, unit, student)).is_file()
    }
    text = render(
        unit,
        reports,
        language or settings.language,
        marks=marks,
        links=links,
        problems=problems,
        limits=settings.limits,
    )
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
    return path
