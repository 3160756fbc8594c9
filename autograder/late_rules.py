"""What late work costs: free days first, then a share of a unit's points for each day begun.

[late] and [deadlines] of course.toml as plain data, the arithmetic, and the sentence about it.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from .pages import points
from .units import UNITS
from .verdict import Text

DAY = 86400.0
SHARED = ("course", "unit")


@dataclass(frozen=True)
class Lateness:
    """How late a submission is, and what that costs.

    days: begun after the deadline. free: those of them that cost nothing. percent: of the unit's
    points, taken off for the others. deadline: of this student, in the course's time zone.
    """

    seconds: float
    deadline: datetime.datetime
    days: int
    free: int
    percent: float


@dataclass(frozen=True)
class LateRules:
    """What course.toml says about late work.

    free_days: that cost nothing, shared by all units of a course in the order of their deadlines,
    or (free_days_for "unit") of each unit. most: per cent that are never exceeded.
    deadlines: of units; others have the one that the gradebook says, or none.
    """

    free_days: int = 0
    free_days_for: str = "course"
    percent_per_day: float = 0.0
    most: float = 100.0
    deadlines: Mapping[str, datetime.datetime] = field(default_factory=dict)
    timezone: str = "UTC"

    @classmethod
    def read(
        cls, late: Mapping[str, Any], deadlines: Mapping[str, Any], timezone: str
    ) -> LateRules:
        """The rules in course.toml's tables; ValueError says what is wrong with them."""
        names = ("free_days", "free_days_for", "percent_per_day", "most")
        for name in late:
            if name not in names:
                raise ValueError(
                    f"a name under [late] must be one of {', '.join(names)}; got {name!r}"
                )
        zone = _zone(timezone)
        when = {unit: _deadline(unit, value, zone) for unit, value in deadlines.items()}
        found = cls(**late, deadlines=when, timezone=timezone)
        if type(found.free_days) is not int or found.free_days < 0:
            raise _wrong("late.free_days", "a whole number, 0 or more", found.free_days)
        if found.free_days_for not in SHARED:
            raise _wrong("late.free_days_for", "one of course, unit", found.free_days_for)
        for name in ("percent_per_day", "most"):
            value = getattr(found, name)
            if type(value) not in (int, float) or not 0 <= value <= 100:
                raise _wrong(f"late.{name}", "a number from 0 to 100", value)
        return found

    def lateness(self, seconds: float, deadline: datetime.datetime, free_days: int) -> Lateness:
        """What so many seconds after the deadline (UTC, no zone) cost with these free days left."""
        days = math.ceil(seconds / DAY)
        free = min(days, free_days)
        here = deadline.replace(tzinfo=datetime.UTC).astimezone(_zone(self.timezone))
        percent = min(self.most, self.percent_per_day * (days - free))
        return Lateness(seconds, here, days, free, percent)

    def words(self, late: Lateness, penalty: float, max_points: float) -> Text:
        """Why the gradebook takes `penalty` points off, as the student reads it."""
        when = f"{late.deadline:%Y-%m-%d %H:%M}"
        said = [
            Text(
                f"Handed in {_duration(late.seconds).en} late (deadline {when}, {self.timezone}).",
                f"迟交 {_duration(late.seconds).zh}（截止时间 {when}，{self.timezone}）。",
            )
        ]
        # Another penalty than these rules give is another rule's, or all the points there were.
        if abs(penalty - late.percent / 100 * max_points) > 0.01:
            said.append(Text(f"{points(penalty)} points off.", f"扣 {points(penalty)} 分。"))
        else:
            if late.free:
                used = "1 free day" if late.free == 1 else f"{late.free} free days"
                said.append(Text(f"{used} used.", f"用去 {late.free} 个免费迟交日。"))
            said.append(self._cost(late, penalty, max_points))
        return Text(" ".join(one.en for one in said), "".join(one.zh for one in said))

    def _cost(self, late: Lateness, penalty: float, max_points: float) -> Text:
        """What the days cost that are not free."""
        if not penalty:
            return Text("No points off.", "不扣分。")
        number, off = late.days - late.free, points(penalty)
        share = f"{points(self.percent_per_day)} % of {points(max_points)} points"
        begun = f"{'further ' if late.free else ''}day{'s' * (number > 1)} begun"
        en = f"{number} {begun} take off {share} each"
        if number == 1:
            en = f"1 {begun} takes off {share}"
        zh = f"{'另有' if late.free else '计'} {number} 天（不足一天按一天计），"
        zh += f"每天扣 {points(max_points)} 分的 {points(self.percent_per_day)}%"
        if self.percent_per_day * number > self.most:
            en += f", {points(self.most)} % at most"
            zh += f"，最多扣 {points(self.most)}%"
        return Text(f"{en}: {off} points.", f"{zh}，共 {off} 分。")


def _deadline(unit: str, value: object, zone: ZoneInfo) -> datetime.datetime:
    if unit not in UNITS:
        raise ValueError(
            f"a name under [deadlines] must be one of {', '.join(UNITS)}; got {unit!r}"
        )
    if not isinstance(value, datetime.datetime):
        raise _wrong(f"deadlines.{unit}", "a date with a time, as 2027-03-01T23:59:00", str(value))
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise _wrong("course.timezone", "a zone's name, as UTC or Asia/Shanghai", name) from None


def _wrong(what: str, expected: str, got: object) -> ValueError:
    return ValueError(f"{what} must be {expected}; got {got!r}")


def _duration(seconds: float) -> Text:
    """ "3 days 2 hours": the two largest parts, rounded down; at least a minute."""
    minutes = max(1, int(seconds // 60))
    amounts = (minutes // 1440, minutes // 60 % 24, minutes % 60)
    names = (("day", "天"), ("hour", "小时"), ("minute", "分钟"))
    parts = [(n, *name) for n, name in zip(amounts, names, strict=True) if n][:2]
    return Text(
        " ".join(f"{n} {en}{'s' * (n > 1)}" for n, en, _ in parts),
        " ".join(f"{n} {zh}" for n, _, zh in parts),
    )
