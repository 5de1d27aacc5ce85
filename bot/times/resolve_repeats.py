"""The recurrence rule that a phrase means."""

from datetime import datetime

from dateutil.relativedelta import relativedelta

from bot.times import texts
from bot.times.phrase import Duration, Phrase, PhraseError
from bot.times.recurrence import RecurrenceRule
from bot.times.words import DAYS, MONTHS, WEEKDAYS, every_text, ordinal_text

_LEAP_YEAR = 2028
# The months that lack a day.
_SHORTER_MONTHS = {29: {2}, 30: {2}, 31: {2, 4, 6, 9, 11}}


def counted_from_now(
    said: Phrase, every: Duration, now: datetime
) -> tuple[datetime, RecurrenceRule] | None:
    """Return the first wall time and the rule of ``every 2 weeks``, which is counted from now.

    None where a day is named or the count is one: "every day" is at nine, "every week" lacks a day.
    """
    if said.day_fields() or said.is_single or (every.months and every.days):
        return None
    wall = now + relativedelta(months=every.months, days=every.days)
    if every.days:
        weeks, odd = divmod(every.days, 7)
        if odd:
            return wall, RecurrenceRule("DAILY", every.days)
        return wall, RecurrenceRule("WEEKLY", weeks, by_day=(WEEKDAYS[wall.weekday()],))
    years, odd = divmod(every.months, 12)
    if not odd and (now.month, now.day) != (2, 29):
        return wall, RecurrenceRule("YEARLY", years, by_month_day=now.day, by_month=now.month)
    month_day = _common_month_day(every.months, now)
    return wall, RecurrenceRule("MONTHLY", every.months, by_month_day=month_day)


def _common_month_day(months: int, now: datetime) -> int:
    """Return today's day of the month if every so many months have it; -1 is the last day."""
    reached = {(now.month - 1 + months * step) % 12 + 1 for step in range(12)}
    if not reached & _SHORTER_MONTHS.get(now.day, set()):
        return now.day
    if now.day == 31 or (now.month, now.day) == (2, 29):
        return -1
    raise PhraseError(
        texts.NOT_IN_ALL_MONTHS.format(day=ordinal_text(now.day)),
        f"every {months} months on the 28th at {now:%H:%M}",
        f"every {months} months on the last day at {now:%H:%M}",
    )


def rule_of(said: Phrase, every: Duration, now: datetime) -> RecurrenceRule:
    """Return the rule of a repetition; raise PhraseError if its day is missing or does not fit."""
    named = said.day_fields()
    if every.months and not every.days and (rule := _months_rule(said, every.months)):
        return rule
    if every.days and not every.months:
        weeks, odd = divmod(every.days, 7)
        if odd and not named:
            return RecurrenceRule("DAILY", every.days)
        if not odd and named == {"weekdays"} and said.weekdays:
            return RecurrenceRule("WEEKLY", weeks, by_day=tuple(WEEKDAYS[d] for d in said.weekdays))
    if not named:
        raise PhraseError(texts.NO_DAY, _with_a_day(every, said.time_text(), now))
    raise PhraseError


def _months_rule(said: Phrase, months: int) -> RecurrenceRule | None:
    named = said.day_fields()
    years, odd = divmod(months, 12)
    if odd and named == {"nth"} and said.nth:
        return RecurrenceRule("MONTHLY", months, by_day=(said.nth,))
    if odd and named == {"month_day"}:
        return RecurrenceRule("MONTHLY", months, by_month_day=said.month_day)
    if not odd and named == {"date"} and said.date and not said.date.year:
        if not said.date.in_year(_LEAP_YEAR):
            raise PhraseError(texts.NO_SUCH_DAY)
        return RecurrenceRule("YEARLY", years, by_month_day=said.date.day, by_month=said.date.month)
    return None


def _with_a_day(every: Duration, at: str, now: datetime) -> str:
    """Return the phrase to write instead of ``every week`` or ``every 2 weeks at 9:00``."""
    if every.days:
        return f"{every_text(every.days // 7, 'week')} on {DAYS[now.weekday()].lower()} at {at}"
    years, odd = divmod(every.months, 12)
    if odd:
        return f"{every_text(every.months, 'month')} on the 1st at {at}"
    day = f"{now.day} {MONTHS[now.month - 1]}"
    return f"{every_text(years, 'year')} on {day}" + (f" at {at}" if at != "9:00" else "")
