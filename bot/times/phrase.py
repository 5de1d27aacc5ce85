"""The parts of a phrase, before it is known which moment they mean."""

from datetime import date, tzinfo
from typing import Self

import msgspec


class PhraseError(Exception):
    """A phrase that cannot be used: the reason, where one is known, and what to write instead."""

    def __init__(self, reason: str = "", *suggestions: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.suggestions = suggestions


class Clock(msgspec.Struct, frozen=True):
    """A time of day; ``exact`` is False where am or pm is missing: 5 and 9:30, but not 05:00."""

    hour: int
    minute: int = 0
    second: int = 0
    exact: bool = True
    is_midnight: bool = False  # from the word, which does not say at which end of the day


END_OF_DAY = Clock(17)


class Date(msgspec.Struct, frozen=True):
    """A day of the year; without a year, of the next one that has it."""

    month: int
    day: int
    year: int | None = None

    def in_year(self, year: int) -> date | None:
        """Return this day in a year, or None where the calendar lacks it."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


class Month(msgspec.Struct, frozen=True):
    """A month by its number, or by its distance from this one; without a year, the next one."""

    number: int | None = None
    year: int | None = None
    ahead: int | None = None
    is_any: bool = False  # "the month", which may be this one or every one


class Duration(msgspec.Struct, frozen=True):
    """Months, days and seconds, none of which is a number of the others."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __mul__(self, count: int) -> Self:
        return type(self)(self.months * count, self.days * count, self.seconds * count)


class Phrase(msgspec.Struct):
    """The parts of a phrase; ``None`` is a part that it does not have."""

    clock: Clock | None = None
    default: Clock | None = None  # the time of day where none is said: an end is at 17:00
    part: str | None = None  # a key of PARTS: "morning"
    offset: int | None = None  # days from today
    weekdays: tuple[int, ...] | None = None
    which: str | None = None  # "this" or "next" weekday
    week: int | None = None  # 0 is this week, 1 the next
    date: Date | None = None
    month: Month | None = None  # that of month_day or nth
    month_day: int | None = None  # -1 is the last
    nth: str | None = None  # a weekday of a month: "1MO", "-1FR"
    delay: Duration | None = None
    shift: Duration | None = None  # from the day that is named: "a week from sunday"
    every: Duration | None = None
    is_single: bool | None = None  # "every week", not "every 7 days"
    zone: tzinfo | None = None
    # The zones that the abbreviation may stand for, and the phrase with each of them in its place.
    regions: tuple[str, ...] | None = None
    in_regions: tuple[str, ...] | None = None

    def day_fields(self) -> frozenset[str]:
        """Return which of the fields that name a day are set."""
        return frozenset(name for name in _DAY_FIELDS if getattr(self, name) is not None)

    def time_text(self) -> str:
        """Return the time of day as a phrase; 9:00 where none is said."""
        return f"{self.clock.hour}:{self.clock.minute:02}" if self.clock else "9:00"


_DAY_FIELDS = (
    "offset", "weekdays", "which", "week", "date", "month", "month_day", "nth", "delay",
)  # fmt: skip
