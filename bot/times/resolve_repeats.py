"""What a phrase says of how often -> the rule it means, or why it means none."""

from datetime import datetime

from dateutil.relativedelta import relativedelta

from bot.times.grammar.durations import Duration
from bot.times.grammar.reader import Phrase
from bot.times.grammar.tokens import PhraseError
from bot.times.recurrence import RecurrenceRule
from bot.times.resolve_days import day_or_none
from bot.times.words import DAYS, MONTHS, WEEKDAYS, ordinal_text

_SHORTEST_MONTHS = {29: {2}, 30: {2}, 31: {2, 4, 6, 9, 11}}  # those without the day
_LEAP_YEAR = 2028


def counted(said: Phrase, every: Duration, now: datetime) -> tuple[datetime, RecurrenceRule] | None:
    """Return the first wall time and the rule of ``every 2 weeks``, which is counted from now.

    None where a day is named, or where the count is one: "every day" is at nine, and "every week" needs a day.
    """
    if said.said() or said.is_single or (every.months and every.days):
        return None
    wall = now + relativedelta(months=every.months, days=every.days)
    if every.days:
        weeks, odd = divmod(every.days, 7)
        rule = (
            RecurrenceRule("DAILY", every.days)
            if odd
            else RecurrenceRule("WEEKLY", weeks, by_day=(WEEKDAYS[wall.weekday()],))
        )
        return wall, rule
    years, odd = divmod(every.months, 12)
    if not odd and (now.month, now.day) != (2, 29):
        return wall, RecurrenceRule("YEARLY", years, by_month_day=now.day, by_month=now.month)
    return wall, RecurrenceRule("MONTHLY", every.months, by_month_day=_month_day(every.months, now))


def _month_day(months: int, now: datetime) -> int:
    """Return the day of the month that every so many months have; -1 is the last, which the 31st is."""
    reached = {(now.month - 1 + months * step) % 12 + 1 for step in range(12)}
    if not reached & _SHORTEST_MONTHS.get(now.day, set()):
        return now.day
    if now.day == 31 or (now.month, now.day) == (2, 29):
        return -1
    clock = f"{now:%H:%M}"
    raise PhraseError(
        f"comes on a {ordinal_text(now.day)}, which some of its months do not have",
        f"every {months} months on the 28th at {clock}",
        f"every {months} months on the last day at {clock}",
    )


def rule_of(said: Phrase, every: Duration, now: datetime) -> RecurrenceRule:
    """Return the rule of a repetition whose day is said. Raises PhraseError where it is missing or does not fit."""
    days, named = every.days, said.said()
    if every.months and not days:
        if rule := _months_rule(said, every.months):
            return rule
    elif days and not every.months:
        if not named and (days % 7 or said.is_single is False) and days != 1:
            return _days_rule(days, said.time_text(), now)
        if not named and days == 1:
            return RecurrenceRule("DAILY")
        if named == {"weekdays"} and said.weekdays and days % 7 == 0:
            return RecurrenceRule(
                "WEEKLY", days // 7, by_day=tuple(WEEKDAYS[d] for d in said.weekdays)
            )
    if not named:
        raise _without_a_day(every, said.time_text(), now)
    raise PhraseError


def _days_rule(days: int, at: str, now: datetime) -> RecurrenceRule:
    if days % 7:
        return RecurrenceRule("DAILY", days)
    raise _without_a_day(Duration(days=days), at, now)


def _months_rule(said: Phrase, months: int) -> RecurrenceRule | None:
    named = said.said()
    years, odd = divmod(months, 12)
    if odd and named == {"nth"} and said.nth:
        return RecurrenceRule("MONTHLY", months, by_day=(said.nth,))
    if odd and named == {"month_day"}:
        return RecurrenceRule("MONTHLY", months, by_month_day=said.month_day)
    if not odd and named == {"date"} and said.date and not said.date.year:
        day, month = said.date.day, said.date.month
        if day < 1 or not day_or_none(_LEAP_YEAR, month, day):
            raise PhraseError("is a day that no calendar has")
        return RecurrenceRule("YEARLY", years, by_month_day=day, by_month=month)
    return None


def _without_a_day(every: Duration, at: str, now: datetime) -> PhraseError:
    """Return what to say of ``every week`` and of ``every 2 weeks at 9:00``."""
    if every.days:
        weeks = every.days // 7
        often = "every week" if weeks == 1 else f"every {weeks} weeks"
        return PhraseError("names no day", f"{often} on {DAYS[now.weekday()].lower()} at {at}")
    if every.months % 12 == 0:
        years = every.months // 12
        often = "every year" if years == 1 else f"every {years} years"
        day = f"{now.day} {MONTHS[now.month - 1]}"
        return PhraseError(
            "names no day", f"{often} on {day}" + (f" at {at}" if at != "9:00" else "")
        )
    often = "every month" if every.months == 1 else f"every {every.months} months"
    return PhraseError("names no day", f"{often} on the 1st at {at}")
