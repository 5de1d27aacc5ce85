"""What a phrase says -> the moments it may mean, given now and a zone."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from bot.times.describe import describe_days
from bot.times.grammar.dates import Clock
from bot.times.grammar.durations import Duration
from bot.times.grammar.reader import Phrase
from bot.times.grammar.tokens import PhraseError
from bot.times.recurrence import RecurrenceRule, Rule, When, instant, next_wall
from bot.times.resolve_days import DAYS_OF
from bot.times.resolve_repeats import counted, rule_of
from bot.times.suggestions import PAST
from bot.times.words import PARTS

MINIMUM = timedelta(minutes=5)  # between two firings
HORIZON_YEARS = 10
DEFAULT_TIME = time(9)
TOO_FAR = f"is more than {HORIZON_YEARS} years away"
TOO_OFTEN = "is more often than every 5 minutes"

_WEEK = Duration(days=7)


def at_wall(wall: datetime, zone: tzinfo) -> When:
    if isinstance(zone, ZoneInfo):
        return When(instant(wall, zone), wall, zone)
    return absolute(wall.replace(tzinfo=zone))


def resolve(said: Phrase, now: datetime, zone: ZoneInfo) -> When:
    """Return the readings of a phrase that are still to come, the likelier one first."""
    if said.zone and not said.clock and not said.delay:
        raise PhraseError("names a time zone, but no time of day", "tomorrow 9:00 UTC")
    where = said.zone or zone
    readings: list[When] = []
    # A day is counted where the clock is, or at home: near midnight these are two readings.
    for today in dict.fromkeys(now.astimezone(place).date() for place in (zone, where)):
        for at, days_later in _times(said):
            found = _reading(said, now, where, today, at, days_later)
            if found and found.first > now and found.first not in [r.first for r in readings]:
                readings.append(found)
    if not readings:
        raise PhraseError(PAST)
    if said.clock and said.clock.is_midnight:
        readings.sort(key=lambda reading: reading.first)
    if len(readings) > 2 and not (said.clock and said.clock.is_midnight):
        readings = readings[:2]  # the morning and the afternoon of the day as it is counted at home
    if len(readings) > 2:
        raise PhraseError("can be read in more than two ways", "tomorrow 17:00")
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
    if said.said() == {"week"} and said.week == 1 and at is None and not said.shift:
        return _delayed(Phrase(delay=_WEEK), _WEEK, now, where, today, None, 0)
    if said.delay and said.said() == {"delay"} and not said.shift:
        return _delayed(said, said.delay, now, where, today, at, days_later)
    days = DAYS_OF.get(said.said())
    if days is None or not _names_enough(said, at):
        raise PhraseError
    for day in days(said, today):
        wall = datetime.combine(day, at or DEFAULT_TIME) + timedelta(days=days_later)
        found = _shifted(wall, said.shift, where) if said.shift else at_wall(wall, where)
        if found.first > now:
            return _once_or_each_month(said, found)
    return None


def _names_enough(said: Phrase, at: time | None) -> bool:
    """Return whether there is a day, or at least a time of day; what is so many hours from it needs the time."""
    if said.shift and said.shift.seconds:
        return at is not None
    return bool(said.said()) or (at is not None and not said.shift)


def _shifted(wall: datetime, shift: Duration, where: tzinfo) -> When:
    """Return what is so long after a wall time, or before it."""
    wall = wall + relativedelta(months=shift.months, days=shift.days)
    found = at_wall(wall, where)
    return absolute(found.first + timedelta(seconds=shift.seconds)) if shift.seconds else found


def _once_or_each_month(said: Phrase, found: When) -> When:
    """Refuse "the first monday of the month", which may be this one or each."""
    if said.month and said.month.is_any and said.month.ahead is None:
        at = f"{found.wall_time:%H:%M}"
        once = f"{found.wall_time.day} {found.wall_time:%B %Y} {at}"
        each = RecurrenceRule(
            "MONTHLY", by_day=(said.nth,) if said.nth else (), by_month_day=said.month_day
        )
        raise PhraseError("may be once or each month", once, f"{describe_days(each)} at {at}")
    return found


def _times(said: Phrase) -> list[tuple[time | None, int]]:
    """Return the times of day that are meant, each with the days it lies behind the day that is named."""
    clock = said.clock or (None if said.part else said.default)
    if clock is None:
        return [(time(PARTS[said.part][0]) if said.part else None, 0)]
    if clock.is_midnight:
        return _midnights(said)
    at = time(clock.hour, clock.minute, clock.second)
    if said.part:
        if said.offset == 0 and said.part == "night" and clock.hour in range(1, 6):
            after = f"tomorrow {clock.hour}:{clock.minute:02}am"
            raise PhraseError("has an hour that is after midnight", after)
        return [(_within(clock, said.part), 0)]
    if clock.exact or not 1 <= clock.hour <= 7:
        return [(at, 0)]
    return [(at, 0), (at.replace(hour=clock.hour + 12), 0)]


def _midnights(said: Phrase) -> list[tuple[time | None, int]]:
    # "friday at midnight" may be the night before or the night after.
    if said.part:
        if said.part != "night":
            raise PhraseError(f"has no midnight in its {said.part}", "midnight")
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
        raise PhraseError(f"has an hour that is not in the {part}")
    return time(fits[0], clock.minute, clock.second)


# Lengths of time and repetitions


def _delayed(
    said: Phrase,
    delay: Duration,
    now: datetime,
    where: tzinfo,
    today: date,
    at: time | None,
    days_later: int,
) -> When:
    if said.said() != {"delay"} or (at and delay.seconds):
        raise PhraseError
    if delay == Duration():
        raise PhraseError("is now, not later", "in 10 minutes")
    if delay.months > HORIZON_YEARS * 12 or delay.days > HORIZON_YEARS * 366:
        raise PhraseError(TOO_FAR)
    start = now.replace(microsecond=0)
    if not delay.months and not delay.days:
        return absolute(start + timedelta(seconds=delay.seconds))
    local = start.astimezone(where).replace(tzinfo=None, fold=0)
    if at:
        local = datetime.combine(today, at)
    wall = local + relativedelta(months=delay.months, days=delay.days + days_later)
    there = at_wall(wall, where)
    if not delay.seconds:
        return there
    return absolute(there.first + timedelta(seconds=delay.seconds))


def _repeated(
    said: Phrase,
    every: Duration,
    now: datetime,
    where: tzinfo,
    today: date,
    at: time | None,
    days_later: int,
) -> When:
    if every.months > HORIZON_YEARS * 12 or every.days > HORIZON_YEARS * 366:
        raise PhraseError(TOO_FAR)
    if said.shift:
        raise PhraseError
    if every.seconds:
        return _elapsed(said, now, every)
    if said.regions and said.zone:
        where = _region(said.regions, said.in_regions or ())
    if not isinstance(where, ZoneInfo):
        raise PhraseError(
            "repeats at an offset that no zone keeps", "every day at 9:00 Asia/Kolkata"
        )
    local = now.replace(microsecond=0).astimezone(where).replace(tzinfo=None, fold=0)
    if at is None and (found := counted(said, every, local)):
        wall, rule = found
        return When(instant(wall, where), wall, where, rule.text())
    rule = rule_of(said, every, local)
    if days_later and rule.freq != "DAILY":
        raise PhraseError("can mean two midnights", "every friday at 23:59")
    yesterday = today - timedelta(days=1)  # which may be today in another zone
    return recurring(rule, datetime.combine(yesterday, at or DEFAULT_TIME), where, now)


def _region(regions: tuple[str, ...], phrases: tuple[str, ...]) -> ZoneInfo:
    """Return the zone whose clocks change with the seasons, as the letters of a repeated time do."""
    if len(regions) > 1:
        raise PhraseError("has letters that mean more than one time zone", *phrases[:2])
    return ZoneInfo(regions[0])


def recurring(rule: Rule, start: datetime, zone: ZoneInfo, now: datetime) -> When:
    """Return the recurrence that begins with the rule's first firing behind now."""
    once = replace(rule, interval=1) if isinstance(rule, RecurrenceRule) else rule
    wall = next_wall(once, start, zone, now)
    if wall is None:
        raise PhraseError("never comes")
    return When(instant(wall, zone), wall, zone, rule.text())


def _elapsed(said: Phrase, now: datetime, every: Duration) -> When:
    if every.days and not every.months:
        hours = every.days * 24 + every.seconds // 3600
        raise PhraseError("does not repeat in whole days", f"every {hours} hours")
    if every.months or said != Phrase(every=every, is_single=said.is_single):
        raise PhraseError
    minutes, rest = divmod(every.seconds, 60)
    if rest and every.seconds >= MINIMUM.seconds:
        raise PhraseError("does not repeat in whole minutes", "every 10 minutes")
    if every.seconds < MINIMUM.seconds:
        raise PhraseError(TOO_OFTEN, "every 5 minutes")
    hours, odd = divmod(minutes, 60)
    rule = RecurrenceRule("MINUTELY", minutes) if odd else RecurrenceRule("HOURLY", hours)
    first = absolute(now.replace(microsecond=0) + timedelta(seconds=every.seconds))
    return replace(first, rule=rule.text())
