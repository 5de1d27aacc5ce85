"""Moments and recurrences: when a rule fires on the clock of a time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

import msgspec
from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr
from msgspec.structs import replace

from bot.times.cron import Cron

_UTC = ZoneInfo("UTC")
# For each frequency, the shortest time between two firings.
_PERIODS = {
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
    "MONTHLY": timedelta(days=28),
    "YEARLY": timedelta(days=365),
}
_DAY_CODE = re.compile(r"(-1|[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC moment at which zone's clocks show wall.

    In the spring gap: later by the gap. Twice in autumn: the first. Source: PEP 495 with fold=0.
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


class RecurrenceRule(msgspec.Struct, frozen=True):
    """The days of a recurrence, in a subset of RFC 5545; the time of day is the anchor's."""

    freq: str
    interval: int = 1
    by_day: tuple[str, ...] = ()  # "MO", or "1MO" and "-1FR" within a month
    by_month_day: int | None = None  # -1 is the last
    by_month: int | None = None

    def __post_init__(self) -> None:
        given = (bool(self.by_day), self.by_month_day is not None, self.by_month is not None)
        allowed = {
            "WEEKLY": [(True, False, False)],
            "MONTHLY": [(True, False, False), (False, True, False)],
            "YEARLY": [(False, True, True)],
        }.get(self.freq, [(False, False, False)])
        in_range = (
            self.interval >= 1
            and all(_DAY_CODE.fullmatch(day) for day in self.by_day)
            and self.by_month_day in (None, -1, *range(1, 32))
            and self.by_month in (None, *range(1, 13))
        )
        if self.freq not in _PERIODS or given not in allowed or not in_range:
            raise ValueError(f"not a rule: {self.text()}")

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the rule that ``text()`` wrote; raise ValueError for anything else."""
        fields = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
        rule = cls(
            freq=fields.get("FREQ", ""),
            interval=int(fields.get("INTERVAL", "1")),
            by_day=tuple(fields["BYDAY"].split(",")) if "BYDAY" in fields else (),
            by_month_day=int(fields["BYMONTHDAY"]) if "BYMONTHDAY" in fields else None,
            by_month=int(fields["BYMONTH"]) if "BYMONTH" in fields else None,
        )
        if rule.text() != text:
            raise ValueError(f"not a rule: {text}")
        return rule

    def text(self) -> str:
        fields = [
            f"FREQ={self.freq}",
            f"INTERVAL={self.interval}" if self.interval != 1 else "",
            f"BYMONTH={self.by_month}" if self.by_month is not None else "",
            f"BYMONTHDAY={self.by_month_day}" if self.by_month_day is not None else "",
            f"BYDAY={','.join(self.by_day)}" if self.by_day else "",
        ]
        return ";".join(filter(None, fields))

    @property
    def period(self) -> timedelta:
        if len(self.by_day) > 1:
            return timedelta(days=1)
        return _PERIODS[self.freq] * self.interval

    def walls(self, anchor: datetime, start: datetime) -> Iterator[datetime]:
        """Yield the wall times from the anchor on, in order, from start or a little earlier."""
        return iter(rrulestr(self.text(), dtstart=self._nearer(anchor, start)))

    def _nearer(self, anchor: datetime, start: datetime) -> datetime:
        # rrule steps from its anchor: a rule of some years would take milliseconds.
        if start <= anchor:
            return anchor
        if self.freq in ("MONTHLY", "YEARLY"):
            step = self.interval * (12 if self.freq == "YEARLY" else 1)
            months = (start.year - anchor.year) * 12 + start.month - anchor.month
            whole = months // step * step
            return anchor if whole == 0 else anchor.replace(day=1) + relativedelta(months=whole)
        step_time = _PERIODS[self.freq] * self.interval
        return anchor + (start - anchor) // step_time * step_time


Rule = RecurrenceRule | Cron


class When(msgspec.Struct, frozen=True):
    """A moment, or a recurrence with its first firing.

    A row keeps ``rule``, ``wall_time`` and ``zone``, and ``restore`` makes the same When of them.
    What is fixed whatever the clocks do (``in 2 hours``, ``<t:…>``, ``every 6 hours``) is in UTC.
    """

    first: datetime  # aware, in UTC
    wall_time: datetime  # naive: what the clocks of the zone show at first
    zone: ZoneInfo
    rule: str | None = None  # RFC 5545 fields or "CRON …"; None for a one-off
    other: When | None = None  # the second reading, to be offered beside this one

    @classmethod
    def restore(cls, rule: str | None, wall_time: datetime, zone: ZoneInfo) -> Self:
        """Return the When that a row keeps; raise ValueError for a rule that parse never wrote."""
        if rule is not None:
            read_rule(rule)
        return cls(instant(wall_time, zone), wall_time, zone, rule)

    @property
    def readings(self) -> tuple[When, ...]:
        """The one or two moments that the phrase may mean; of two, the person has to choose one."""
        alone = replace(self, other=None)
        return (alone, self.other) if self.other else (alone,)

    @property
    def period(self) -> timedelta | None:
        """The shortest time between two firings by the wall clock; None for a one-off."""
        return read_rule(self.rule).period if self.rule else None

    def after(self, moment: datetime) -> datetime | None:
        """Return the first firing later than moment, in UTC; None for a one-off."""
        if self.rule is None:
            return None
        wall = next_wall(read_rule(self.rule), self.wall_time, self.zone, moment)
        return instant(wall, self.zone) if wall else None


def absolute(moment: datetime) -> When:
    """Return a one-off at a moment, whatever the clocks show."""
    moment = moment.astimezone(UTC)
    return When(moment, moment.replace(tzinfo=None), _UTC)


def read_rule(text: str) -> Rule:
    """Return the rule of its stored text; raise ValueError if it is none."""
    if text.startswith("CRON "):
        return Cron.read(text.removeprefix("CRON "))
    return RecurrenceRule.read(text)


def next_wall(rule: Rule, anchor: datetime, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """Return the wall time of the first firing after moment, or None if there is none."""
    # Two hours back: a wall time inside the gap belongs to a moment after it.
    start = moment.astimezone(zone).replace(tzinfo=None, fold=0) - timedelta(hours=2)
    best: tuple[datetime, datetime] | None = None
    for wall in rule.walls(anchor, start):
        fires = instant(wall, zone)
        if fires > moment and (best is None or fires < best[0]):
            best = fires, wall
        # A later wall time may fire before one that the gap moved.
        if best and wall >= best[0].astimezone(zone).replace(tzinfo=None):
            break
    return best[1] if best else None
