"""Plain data that a grading produces: Text, Verdict, Report. Imports nothing of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Status = Literal["pass", "fail", "error", "skip"]
STATUSES: tuple[Status, ...] = ("pass", "fail", "error", "skip")


@dataclass(frozen=True)
class Text:
    """One sentence in the course's two languages."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """The sentence in `language` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en

    def __add__(self, other: Text) -> Text:
        return Text(self.en + other.en, self.zh + other.zh)


NOTHING = Text("", "")
# Control characters but line feed and tab, and those that turn the direction of writing: a terminal
# or a page would obey them.
_OBEYED = [*range(9), *range(11, 32), *range(127, 160), 0x061C, 0x200E, 0x200F]
_OBEYED += [*range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)]
_SHOWN = {code: chr(0x2400 + code) if code < 32 else "\ufffd" for code in _OBEYED}


def readable(text: str) -> str:
    """Text of a stranger's, with signs in place of what a terminal or a page would obey."""
    return text.translate(_SHOWN)


@dataclass(frozen=True)
class Verdict:
    """What one check decided about one submission.

    status: pass (full points), fail (the student's; perhaps some points), skip (a prerequisite
    failed; no points) or error (the grader's own fault; a human must look).
    mistake: id of the known mistake whose arrays equal the student's, or "".
    perplexity: what the student's model reaches on held-out text, where the check measures it.
    """

    check: str
    status: Status
    points: float
    max_points: float
    message: str = ""
    hint: str = ""
    mistake: str = ""
    seconds: float = 0.0
    perplexity: float | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status is {self.status!r}; expected one of {', '.join(STATUSES)}")
        if not 0.0 <= self.points <= self.max_points:
            raise ValueError(
                f"{self.check}: points are {self.points}; expected 0 to {self.max_points}"
            )

    @property
    def grade_id(self) -> str:
        """nbgrader's name of the cell that holds the check."""
        return self.check.replace(".", "-")

    def worth(self, points: float) -> Verdict:
        """The same outcome where the check is worth so many points."""
        share = self.points / self.max_points if self.max_points else self.status == "pass"
        return replace(self, points=min(round(share * points, 6), points), max_points=points)


@dataclass(frozen=True)
class Report:
    """All verdicts about one submission, in the order of the unit's checks.

    submission: SHA-256 of what was graded. notes: what a human should know.
    points and max_points count the autograded checks; a written question is not in them.
    """

    unit: str
    student: str
    submission: str
    points: float
    max_points: float
    checks: tuple[Verdict, ...]
    notes: tuple[str, ...] = field(default=())
    language: str = "en"

    @property
    def needs_human(self) -> bool:
        """Whether the grader itself failed somewhere, so that the mark is not final."""
        return any(verdict.status == "error" for verdict in self.checks)

    def verdict(self, check: str) -> Verdict:
        """The verdict of the check with this id; KeyError if the unit has none of that name."""
        for verdict in self.checks:
            if verdict.check == check:
                return verdict
        raise KeyError(f"no check {check!r} in this report of unit {self.unit!r}")

    def without_times(self) -> Report:
        """The same report with every duration zero: equal submissions give equal such reports."""
        checks = tuple(replace(verdict, seconds=0.0) for verdict in self.checks)
        return replace(self, checks=checks)

    def worth(self, points: Mapping[str, float]) -> Report:
        """The same report where a notebook gives its checks these points, by grade_id.

        An instructor may give a check other points, or take it out: then it counts nothing.
        """
        known = [(verdict, points.get(verdict.grade_id)) for verdict in self.checks]
        if all(verdict.max_points == here for verdict, here in known):
            return self
        checks = tuple(verdict.worth(here) for verdict, here in known if here is not None)
        got, whole = (sum(v.points for v in checks), sum(v.max_points for v in checks))
        return replace(self, checks=checks, points=got, max_points=whole)

    def to_json(self) -> str:
        """JSON text, keys in a fixed order, UTF-8 characters as they are."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Report:
        """Inverse of `to_json`; ValueError for anything else."""
        try:
            data: dict[str, Any] = json.loads(text)
            checks = tuple(Verdict(**verdict) for verdict in data.pop("checks"))
            notes = tuple(str(note) for note in data.pop("notes"))
            return cls(**data, checks=checks, notes=notes)
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as problem:
            raise ValueError(
                f"not a report: {problem}; expected the JSON that `course check --json` prints"
            ) from problem
