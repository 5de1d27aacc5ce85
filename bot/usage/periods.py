"""The spans of time that figures are shown for; pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

TODAY, WEEK, MONTH, YEAR = "today", "week", "month", "year"
NAMES = (TODAY, WEEK, MONTH, YEAR)


class Period(msgspec.Struct, frozen=True):
    """Days, or months by their first days, of which the last is under way."""

    name: str
    days: tuple[date, ...]

    @property
    def is_monthly(self) -> bool:
        return self.name == YEAR

    def at(self, day: date) -> date:
        """Return a day of this period: on a clock that is ahead, tomorrow has begun."""
        return min(day, self.days[-1])


def period_of(name: str, now: datetime) -> Period:
    """Return a period that ends now, by the days of the clock that ``now`` shows."""
    today = now.date()
    if name == YEAR:
        return Period(name, tuple(_month(today, before) for before in range(11, -1, -1)))
    first = {TODAY: today, WEEK: today - timedelta(days=6), MONTH: today.replace(day=1)}[name]
    return Period(name, tuple(first + timedelta(days=i) for i in range((today - first).days + 1)))


def _month(day: date, before: int) -> date:
    """Return the first day of a month so many months before that of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 - before, 12)
    return date(year, month + 1, 1)
