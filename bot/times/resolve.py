"""The moments that a phrase may mean, given now and a time zone."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from msgspec.structs import replace

from bot.times import texts
from bot.times.describe import describe_days
from bot.times.phrase import Clock, Duration, Phrase, PhraseError
from bot.times.recurrence import RecurrenceRule, Rule, When, absolute, instant, next_wall
from bot.times.resolve_days import DAYS_OF
from bot.times.resolve_repeats import counted_from_now, rule_of
from bot.times.words import PARTS

HORIZON_YEARS = 10
MINIMUM_S = 5 * 60  # between two firings

_DEFAULT_TIME = time(9)
_WEEK = Duration(days=7)


class _Sense(NamedTuple):
    """One way to take a phrase: which day is today, and at what time."""

    said: Phrase
    now: datetime
    zone: tzinfo
    today: date
    at: time | None
    # A midnight may be that of the day named, or of the next one.
    days_later: int


def at_wall(wall: datetime, zone: tzinfo) -> When:
    if isinstance(zone, ZoneInfo):
        return When(instant(wall, zone), wall, zone)
    return absolute(wall.replace(tzinfo=zone))


def resolve(said: Phrase, now: datetime, zone: ZoneInfo) -> When:
    """Return what a phrase means: of two readings still to come, the likelier one first."""
    if said.zone and not said.clock and not said.delay:
        raise PhraseError(texts.ZONE_WITHOUT_TIME, "tomorrow 9:00 UTC")
    if any(span and _is_too_long(span) for span in (said.delay, said.shift, said.every)):
        raise PhraseError(texts.TOO_FAR)
    there = said.zone or zone
    readings: dict[datetime, When] = {}
    # A day is counted where the clock is, or at home: near midnight these are two readings.
    for today in dict.fromkeys(now.astimezone(place).date() for place in (zone, there)):
        for at, days_later in _times(said):
            found = _reading(_Sense(said, now, there, today, at, days_later))
            if found and found.first > now:
                readings.setdefault(found.first, found)
    if not readings:
        raise PhraseError(texts.PAST)
    return _of_readings(said, list(readings.values()))


def _is_too_long(span: Duration) -> bool:
    return abs(span.months) > HORIZON_YEARS * 12 or abs(span.days) > HORIZON_YEARS * 366


def _of_readings(said: Phrase, readings: list[When]) -> When:
    if said.clock and said.clock.is_midnight:
        readings.sort(key=lambda reading: reading.first)
        if len(readings) > 2:
            raise PhraseError(texts.MANY_WAYS, "tomorrow 17:00")
    # Of more than two: the morning and the afternoon of the day as it is counted at home.
    return replace(readings[0], other=readings[1]) if len(readings) > 1 else readings[0]


def _reading(sense: _Sense) -> When | None:
    said, at = sense.said, sense.at
    named = said.day_fields()
    if said.every:
        return _repeated(sense, said.every)
    if not said.shift:
        if named == {"week"} and said.week == 1 and at is None:
            return _delayed(sense, _WEEK)
        if said.delay and named == {"delay"}:
            return _delayed(sense, said.delay)
    days = DAYS_OF.get(named)
    if days is None or not _names_enough(said, at):
        raise PhraseError
    for day in days(said, sense.today):
        wall = datetime.combine(day, at or _DEFAULT_TIME) + timedelta(days=sense.days_later)
        found = _shifted(wall, said.shift, sense.zone) if said.shift else at_wall(wall, sense.zone)
        if found.first > sense.now:
            _check_is_not_each_month(said, found.wall_time)
            return found
    return None


def _names_enough(said: Phrase, at: time | None) -> bool:
    """Return whether there is a day, or at least a time; so many hours from it need the time."""
    if said.shift and said.shift.seconds:
        return at is not None
    return bool(said.day_fields()) or (at is not None and not said.shift)


def _shifted(wall: datetime, shift: Duration, zone: tzinfo) -> When:
    """Return what is so long after a wall time, or before it."""
    found = at_wall(wall + relativedelta(months=shift.months, days=shift.days), zone)
    return absolute(found.first + timedelta(seconds=shift.seconds)) if shift.seconds else found


def _check_is_not_each_month(said: Phrase, wall: datetime) -> None:
    """Raise PhraseError for "the first monday of the month", which may be this one or each."""
    if said.month and said.month.is_any and said.month.ahead is None:
        by_day = (said.nth,) if said.nth else ()
        each = RecurrenceRule("MONTHLY", by_day=by_day, by_month_day=said.month_day)
        once = f"{wall.day} {wall:%B %Y %H:%M}"
        raise PhraseError(texts.ONCE_OR_EACH, once, f"{describe_days(each)} at {wall:%H:%M}")


def _times(said: Phrase) -> list[tuple[time | None, int]]:
    """Return the times that may be meant, each with its distance in days from the day named."""
    clock = said.clock or (None if said.part else said.default)
    if clock is None:
        return [(time(PARTS[said.part][0]) if said.part else None, 0)]
    if clock.is_midnight:
        return _midnights(said)
    at = time(clock.hour, clock.minute, clock.second)
    if said.part:
        if said.offset == 0 and said.part == "night" and clock.hour in range(1, 6):
            after = f"tomorrow {clock.hour}:{clock.minute:02}am"
            raise PhraseError(texts.AFTER_MIDNIGHT, after)
        return [(_within(clock, said.part), 0)]
    if clock.exact or not 1 <= clock.hour <= 7:
        return [(at, 0)]
    return [(at, 0), (at.replace(hour=clock.hour + 12), 0)]


def _midnights(said: Phrase) -> list[tuple[time | None, int]]:
    if said.part == "night":
        return [(time(), 1)]
    if said.part:
        raise PhraseError(texts.NO_MIDNIGHT.format(part=said.part), "midnight")
    # "Friday at midnight" may be the night before or the night after.
    return [(time(), 0), (time(), 1)] if said.day_fields() else [(time(), 0)]


def _within(clock: Clock, part: str) -> time:
    """Return the clock's time in this part of the day."""
    hours = [clock.hour] if clock.exact else [clock.hour, (clock.hour + 12) % 24]
    fits = [hour for hour in hours if hour in PARTS[part][1]]
    if len(fits) != 1 or (not clock.exact and clock.hour == 12 and part == "morning"):
        raise PhraseError(texts.NOT_IN_PART.format(part=part))
    return time(fits[0], clock.minute, clock.second)


def _delayed(sense: _Sense, delay: Duration) -> When:
    if sense.at and delay.seconds:
        raise PhraseError
    if delay == Duration():
        raise PhraseError(texts.NOW, "in 10 minutes")
    start = sense.now.replace(microsecond=0)
    elapsed = timedelta(seconds=delay.seconds)
    if not delay.months and not delay.days:
        return absolute(start + elapsed)
    local = start.astimezone(sense.zone).replace(tzinfo=None, fold=0)
    if sense.at:
        local = datetime.combine(sense.today, sense.at)
    wall = local + relativedelta(months=delay.months, days=delay.days + sense.days_later)
    there = at_wall(wall, sense.zone)
    return absolute(there.first + elapsed) if delay.seconds else there


def _repeated(sense: _Sense, every: Duration) -> When:
    said, now, zone, at = sense.said, sense.now, sense.zone, sense.at
    if said.shift:
        raise PhraseError
    if every.seconds:
        return _elapsed(said, now, every)
    if said.regions:
        # Of an abbreviation's zones, a repeated time follows the one that changes with the seasons.
        if len(said.regions) > 1:
            raise PhraseError(texts.SEVERAL_ZONE_LETTERS, *(said.in_regions or ())[:2])
        zone = ZoneInfo(said.regions[0])
    if not isinstance(zone, ZoneInfo):
        raise PhraseError(texts.REPEATS_AT_OFFSET, "every day at 9:00 Asia/Kolkata")
    local = now.replace(microsecond=0).astimezone(zone).replace(tzinfo=None, fold=0)
    if at is None and (found := counted_from_now(said, every, local)):
        wall, rule = found
        return When(instant(wall, zone), wall, zone, rule.text())
    rule = rule_of(said, every, local)
    if sense.days_later and rule.freq != "DAILY":
        raise PhraseError(texts.TWO_MIDNIGHTS, "every friday at 23:59")
    # Yesterday may be today in another zone.
    yesterday = sense.today - timedelta(days=1)
    return recurring(rule, datetime.combine(yesterday, at or _DEFAULT_TIME), zone, now)


def recurring(rule: Rule, start: datetime, zone: ZoneInfo, now: datetime) -> When:
    """Return the recurrence that begins with the rule's first firing after now."""
    once = replace(rule, interval=1) if isinstance(rule, RecurrenceRule) else rule
    wall = next_wall(once, start, zone, now)
    if wall is None:
        raise PhraseError(texts.NEVER)
    return When(instant(wall, zone), wall, zone, rule.text())


def _elapsed(said: Phrase, now: datetime, every: Duration) -> When:
    """Return the recurrence of so many minutes or hours, whatever the clocks show."""
    if every.days and not every.months:
        hours = every.days * 24 + every.seconds // 3600
        raise PhraseError(texts.NOT_WHOLE_DAYS, f"every {hours} hours")
    if every.months or said != Phrase(every=every, is_single=said.is_single):
        raise PhraseError
    minutes, rest = divmod(every.seconds, 60)
    if rest and every.seconds >= MINIMUM_S:
        raise PhraseError(texts.NOT_WHOLE_MINUTES, "every 10 minutes")
    if every.seconds < MINIMUM_S:
        raise PhraseError(texts.TOO_OFTEN, "every 5 minutes")
    hours, odd = divmod(minutes, 60)
    rule = RecurrenceRule("MINUTELY", minutes) if odd else RecurrenceRule("HOURLY", hours)
    first = absolute(now.replace(microsecond=0) + timedelta(seconds=every.seconds))
    return replace(first, rule=rule.text())
