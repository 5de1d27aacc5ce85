"""What a phrase says -> the moments it may mean, given now and a zone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.schedules.dates import Clock
from bot.schedules.months import add_months
from bot.schedules.phrases import Phrase
from bot.schedules.recurrence import Repeat, Rule, When, instant, next_wall
from bot.schedules.tokens import Refused, Span
from bot.schedules.words import DAYS, MONTHS, PARTS, WEEKDAYS

MINIMUM = timedelta(minutes=5)  # between two firings
HORIZON_YEARS = 10
DEFAULT_TIME = time(9)
PAST = "is in the past"
TOO_FAR = f"is more than {HORIZON_YEARS} years away"
TOO_OFTEN = "is more often than every 5 minutes"

_UTC = ZoneInfo("UTC")


def absolute(moment: datetime) -> When:
    moment = moment.astimezone(UTC)
    return When(moment, moment.replace(tzinfo=None), _UTC)


def at_wall(wall: datetime, zone: tzinfo) -> When:
    if isinstance(zone, ZoneInfo):
        return When(instant(wall, zone), wall, zone)
    return absolute(wall.replace(tzinfo=zone))


def resolve(said: Phrase, now: datetime, zone: ZoneInfo) -> When:
    """Return the readings of a phrase that are still to come, the likelier one first."""
    if said.zone and not said.clock:
        raise Refused("names a time zone, but no time of day", "tomorrow 9:00 UTC")
    where = said.zone or zone
    readings: list[When] = []
    # A day is counted where the clock is, or at home: near midnight these are two readings.
    for today in dict.fromkeys(now.astimezone(place).date() for place in (where, zone)):
        for at, days_later in _times(said):
            found = _reading(said, now, where, today, at, days_later)
            if found and found.first > now and found.first not in [r.first for r in readings]:
                readings.append(found)
    if not readings:
        raise Refused(PAST)
    if said.clock and said.clock.is_midnight:
        readings.sort(key=lambda reading: reading.first)
    if len(readings) > 2:
        raise Refused("can be read in more than two ways", "tomorrow 17:00")
    return replace(readings[0], other=readings[1]) if len(readings) == 2 else readings[0]


def _reading(
    said: Phrase,
    now: datetime,
    where: tzinfo,
    today: date,
    at: time | None,
    days_later: int,
) -> When | None:
    if said.every:
        return _repeated(said, said.every, now, where, today, at, days_later)
    if said.delay:
        return _delayed(said, said.delay, now, where, today, at, days_later)
    days = _DAYS.get(said.said())
    if days is None or (at is None and not said.said()):
        raise Refused
    for day in days(said, today):
        wall = datetime.combine(day, at or DEFAULT_TIME) + timedelta(days=days_later)
        found = at_wall(wall, where)
        if found.first > now:
            return found
    return None


def _times(said: Phrase) -> list[tuple[time | None, int]]:
    """Return the times of day that are meant, each with the days it lies behind the day that is named."""
    if said.clock is None:
        return [(time(PARTS[said.part][0]) if said.part else None, 0)]
    if said.clock.is_midnight:
        return _midnights(said)
    clock = said.clock
    at = time(clock.hour, clock.minute, clock.second)
    if said.part:
        return [(_within(clock, said.part), 0)]
    if clock.exact or not 1 <= clock.hour <= 7:
        return [(at, 0)]
    return [(at, 0), (at.replace(hour=clock.hour + 12), 0)]


def _midnights(said: Phrase) -> list[tuple[time | None, int]]:
    # "friday at midnight" may be the night before or the night after.
    if said.part:
        if said.part != "night":
            raise Refused(f"has no midnight in its {said.part}", "midnight")
        return [(time(), 1)]
    if said.said():
        return [(time(), 0), (time(), 1)]
    return [(time(), 0)]


def _within(clock: Clock, part: str) -> time:
    """Return the clock's time in this part of the day."""
    hours = PARTS[part][1]
    fits = [
        hour
        for hour in (clock.hour, *(() if clock.exact else ((clock.hour + 12) % 24,)))
        if hour in hours
    ]
    if len(fits) != 1 or (not clock.exact and clock.hour == 12 and part == "morning"):
        raise Refused(f"has an hour that is not in the {part}", "tomorrow 17:00")
    return time(fits[0], clock.minute, clock.second)


# The days that a phrase may mean, in order; the first whose time is still to come is taken.


def _weekday_days(said: Phrase, today: date) -> list[date]:
    (weekday,) = said.weekdays or (0,)
    ahead = (weekday - today.weekday()) % 7
    if said.which == "this":
        return [today + timedelta(days=ahead)]
    if said.which == "next" and ahead == 0:
        ahead = 7
    return [today + timedelta(days=ahead), today + timedelta(days=ahead + 7)]


def _date_days(said: Phrase, today: date) -> list[date]:
    wanted = said.date
    if wanted is None:
        return []
    years = [wanted.year] if wanted.year is not None else range(today.year, today.year + 9)
    days = [day for year in years if (day := _day(year, wanted.month, wanted.day))]
    if not days:
        raise Refused("is a day that no calendar has")
    if said.weekdays:
        fits = next(day for day in days if wanted.year is not None or day >= today)
        if fits.weekday() != said.weekdays[0] or said.which:
            raise Refused(
                f"does not fit together: {fits.day} {MONTHS[fits.month - 1]} {fits.year} is a "
                f"{DAYS[fits.weekday()]}"
            )
        return [fits]
    return days


def _month_days(said: Phrase, today: date) -> list[date]:
    first = datetime.combine(today.replace(day=1), time())
    months = [add_months(first, ahead) for ahead in range(13)]
    return [day for m in months if (day := _day(m.year, m.month, said.month_day or 0))]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_DAYS: dict[frozenset[str], Callable[[Phrase, date], list[date]]] = {
    frozenset(): lambda _said, today: [today, today + timedelta(days=1)],
    frozenset({"offset"}): lambda said, today: [today + timedelta(days=said.offset or 0)],
    frozenset({"weekdays"}): _weekday_days,
    frozenset({"weekdays", "which"}): _weekday_days,
    frozenset({"date"}): _date_days,
    frozenset({"date", "weekdays"}): _date_days,
    frozenset({"month_day"}): _month_days,
}


# Lengths of time and repetitions


def _delayed(
    said: Phrase,
    delay: Span,
    now: datetime,
    where: tzinfo,
    today: date,
    at: time | None,
    days_later: int,
) -> When:
    if said.said() != {"delay"} or (at and delay.seconds):
        raise Refused
    if delay == Span():
        raise Refused("is now, not later", "in 10 minutes")
    if delay.months > HORIZON_YEARS * 12 or delay.days > HORIZON_YEARS * 366:
        raise Refused(TOO_FAR)
    start = now.replace(microsecond=0)
    if not delay.months and not delay.days:
        return absolute(start + timedelta(seconds=delay.seconds))
    local = start.astimezone(where).replace(tzinfo=None, fold=0)
    if at:
        local = datetime.combine(today, at)
    wall = add_months(local, delay.months) + timedelta(days=delay.days + days_later)
    there = at_wall(wall, where)
    if not delay.seconds:
        return there
    return absolute(there.first + timedelta(seconds=delay.seconds))


def _repeated(
    said: Phrase,
    every: Span,
    now: datetime,
    where: tzinfo,
    today: date,
    at: time | None,
    days_later: int,
) -> When:
    if every.months > HORIZON_YEARS * 12 or every.days > HORIZON_YEARS * 366:
        raise Refused(TOO_FAR)
    if every.seconds:
        return _elapsed(said, now, every)
    rule = _rule(said, every)
    if rule is None:
        raise Refused
    if days_later and rule.freq != "DAILY":
        raise Refused("can mean two midnights", "every friday at 23:59")
    if not isinstance(where, ZoneInfo):
        raise Refused("repeats at an offset that no zone keeps", "every day at 9:00 Asia/Kolkata")
    yesterday = today - timedelta(days=1)  # which may be today in another zone
    return recurring(rule, datetime.combine(yesterday, at or DEFAULT_TIME), where, now)


def recurring(rule: Rule, start: datetime, zone: ZoneInfo, now: datetime) -> When:
    """Return the recurrence that begins with the rule's first firing behind now."""
    once = replace(rule, interval=1) if isinstance(rule, Repeat) else rule
    wall = next_wall(once, start, zone, now)
    if wall is None:
        raise Refused("never comes")
    return When(instant(wall, zone), wall, zone, rule.text())


def _elapsed(said: Phrase, now: datetime, every: Span) -> When:
    if every.months or every.days or said != Phrase(every=every):
        raise Refused
    minutes, rest = divmod(every.seconds, 60)
    if rest and every.seconds >= MINIMUM.seconds:
        raise Refused("does not repeat in whole minutes", "every 10 minutes")
    if every.seconds < MINIMUM.seconds:
        raise Refused(TOO_OFTEN, "every 5 minutes")
    hours, odd = divmod(minutes, 60)
    rule = Repeat("MINUTELY", minutes) if odd else Repeat("HOURLY", hours)
    first = absolute(now.replace(microsecond=0) + timedelta(seconds=every.seconds))
    return replace(first, rule=rule.text())


def _rule(said: Phrase, every: Span) -> Repeat | None:
    """Return the rule of a repetition, or None where the day it falls on is missing or does not fit."""
    days, named = every.days, said.said()
    if every.months and not days:
        years, odd = divmod(every.months, 12)
        if odd and named == {"nth"} and said.nth:
            return Repeat("MONTHLY", every.months, by_day=(said.nth,))
        if odd and named == {"month_day"}:
            return Repeat("MONTHLY", every.months, by_month_day=said.month_day)
        if not odd and named == {"date"} and said.date and not said.date.year:
            day, month = said.date.day, said.date.month
            if not _day(2028, month, day):
                raise Refused("is a day that no calendar has")
            return Repeat("YEARLY", years, by_month_day=day, by_month=month)
    if days and not every.months:
        if not named and days % 7:
            return Repeat("DAILY", days)
        if named == {"weekdays"} and said.weekdays and days % 7 == 0:
            return Repeat("WEEKLY", days // 7, by_day=tuple(WEEKDAYS[d] for d in said.weekdays))
    return None
