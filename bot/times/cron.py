"""Five-field cron lines, as far as every cron reads them the same."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Self

import msgspec
from dateutil.relativedelta import relativedelta

_LONGEST_WAIT = timedelta(days=8 * 366 + 1)  # 29 February across 2100


class Cron(msgspec.Struct, frozen=True):
    """Five fields; with both day fields restricted, it fires on a day that fits either."""

    fields: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday; a line may also call it 7

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the rule of five fields; raise ValueError if some cron reads them differently."""
        fields = text.lower().split()
        if len(fields) != 5:
            raise ValueError(f"not five fields: {text}")
        minutes, hours, days, months, weekdays = map(_cron_field, fields, _CRON_FIELDS)
        starred = [field.startswith("*") and field != "*" for field in (fields[2], fields[4])]
        if any(starred) and "*" not in (fields[2], fields[4]):
            # Some crons take "*/2" for a star here and ask for both days, others for either one.
            raise ValueError(f"two day fields, one of them with a step: {text}")
        return cls(
            " ".join(fields),
            tuple(sorted(minutes)),
            tuple(sorted(hours)),
            frozenset(days),
            frozenset(months),
            frozenset(day % 7 for day in weekdays),
        )

    def text(self) -> str:
        return f"CRON {self.fields}"

    @property
    def period(self) -> timedelta:
        times = [hour * 60 + minute for hour in self.hours for minute in self.minutes]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        return timedelta(minutes=min([*gaps, times[0] + 24 * 60 - times[-1]]))

    def walls(self, anchor: datetime, start: datetime) -> Iterator[datetime]:
        """Yield the wall times from the anchor on, in order, from start or a little earlier."""
        # From the anchor's midnight: a later wall time may have fired before one in the gap.
        first = max(datetime.combine(anchor, time()), start)
        midnight = datetime.combine(first.date(), time())
        last = midnight + _LONGEST_WAIT
        while midnight < last:
            if midnight.month not in self.months:
                midnight = midnight.replace(day=1) + relativedelta(months=1)
                continue
            if self._fires_on(midnight):
                times = (time(hour, minute) for hour in self.hours for minute in self.minutes)
                walls = (datetime.combine(midnight, at) for at in times)
                yield from (wall for wall in walls if wall >= first)
            midnight += timedelta(days=1)

    def _fires_on(self, day: datetime) -> bool:
        fits = day.day in self.days, (day.weekday() + 1) % 7 in self.weekdays
        return all(fits) if "*" in self.fields.split()[2::2] else any(fits)


_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_CRON_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTH_NAMES, 1)}),
    (0, 7, {name: number for number, name in enumerate(_DAY_NAMES)}),
)


def _cron_field(field: str, bounds: tuple[int, int, dict[str, int]]) -> set[int]:
    return {number for part in field.split(",") for number in _cron_range(part, *bounds)}


def _cron_range(part: str, low: int, high: int, names: dict[str, int]) -> range:
    """Return the numbers of ``*``, ``3``, ``1-5``, ``*/10`` or ``1-5/2``."""
    span, slash, step = part.partition("/")
    first, dash, last = span.partition("-")
    if span == "*":
        start, end = low, 6 if high == 7 else high
    else:
        start = _cron_number(first, names)
        end = _cron_number(last, names) if dash else start
    stride = _cron_number(step, {}) if slash else 1
    crooked = not low <= start <= end <= high or not 1 <= stride <= high
    if crooked or (slash and start == end):
        raise ValueError(f"not a cron field: {part}")
    return range(start, end + 1, stride)


def _cron_number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise ValueError(f"not a cron number: {text}")
    return int(text)
