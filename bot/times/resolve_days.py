"""What a phrase says -> the days it may mean, in order; the first whose time is still to come is taken."""

from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from bot.times.grammar.dates import Month
from bot.times.grammar.reader import Phrase
from bot.times.grammar.tokens import PhraseError
from bot.times.words import DAYS, MONTHS, WEEKDAYS

_MONTHS_AHEAD = 13


def day_or_none(year: int, month: int, day: int) -> date | None:
    """Return a day of the calendar; -1 is the last of its month."""
    try:
        if day == -1:
            return date(year, month, 1) + relativedelta(day=31)
        return date(year, month, day)
    except ValueError:
        return None


def nth_or_none(year: int, month: int, nth: str) -> date | None:
    """Return the day that "1MO" or "-1FR" is in a month, or None where it has no fifth."""
    number, weekday = int(nth[:-2]), WEEKDAYS.index(nth[-2:])
    edge = day_or_none(year, month, 1 if number > 0 else -1)
    if edge is None:
        return None
    if number > 0:
        day = edge + timedelta(days=(weekday - edge.weekday()) % 7 + 7 * (number - 1))
    else:
        day = edge - timedelta(days=(edge.weekday() - weekday) % 7)
    return day if day.month == month else None


def _offset_days(said: Phrase, today: date) -> list[date]:
    return [today + timedelta(days=said.offset or 0)]


def _offset_and_weekday(said: Phrase, today: date) -> list[date]:
    """Return ``tomorrow, thursday``, if it is one."""
    return [_fitting(said, day) for day in _offset_days(said, today)]


def _weekday_days(said: Phrase, today: date) -> list[date]:
    (weekday,) = said.weekdays or (0,)
    ahead = (weekday - today.weekday()) % 7
    if said.which == "this":
        return [today + timedelta(days=ahead)]
    if said.which == "next" and ahead == 0:
        ahead = 7
    return [today + timedelta(days=ahead), today + timedelta(days=ahead + 7)]


def _week_days(said: Phrase, today: date) -> list[date]:
    if said.weekdays is None:
        return [today + timedelta(days=7 * (said.week or 0))]
    monday = today - timedelta(days=today.weekday())
    return [monday + timedelta(days=7 * (said.week or 0) + said.weekdays[0])]


def _date_days(said: Phrase, today: date) -> list[date]:
    wanted = said.date
    if wanted is None:
        return []
    years = [wanted.year] if wanted.year is not None else range(today.year, today.year + 9)
    days = [day for year in years if (day := day_or_none(year, wanted.month, wanted.day))]
    if not days or wanted.day < 1:
        month = f"{MONTHS[wanted.month - 1]} {wanted.year or ''}" if 1 <= wanted.month <= 12 else ""
        raise PhraseError("is a day that no calendar has", f"the last day of {month}".strip())
    if said.weekdays:
        fits = next(day for day in days if wanted.year is not None or day >= today)
        return [_fitting(said, fits)]
    return days


def _fitting(said: Phrase, day: date) -> date:
    """Return the day if it is the weekday that is said beside it."""
    if said.weekdays != (day.weekday(),) or said.which:
        shown = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        is_really = f"does not fit together: {shown} is a {DAYS[day.weekday()]}"
        raise PhraseError(is_really, f"{shown} {said.time_text()}")
    return day


def _month_days(said: Phrase, today: date) -> list[date]:
    months = _months(said.month or Month(), today)
    wanted, nth = said.month_day, said.nth
    found = (
        nth_or_none(year, month, nth) if nth else day_or_none(year, month, wanted or 0)
        for year, month in months
    )
    days = [day for day in found if day]
    if not days:
        raise PhraseError("is a day that this month does not have", "the last day of next month")
    return days


def _month_day_and_weekday(said: Phrase, today: date) -> list[date]:
    """Return ``sunday the 29th``, if the next 29th is a Sunday."""
    days = [day for day in _month_days(said, today) if day >= today]
    return [_fitting(said, days[0])] if days else []


def _months(month: Month, today: date) -> list[tuple[int, int]]:
    """Return the years and months that may be meant, in order."""
    if month.number is not None:
        years = range(today.year, today.year + 9) if month.year is None else [month.year]
        return [(year, month.number) for year in years]
    ahead = month.ahead or 0
    counts = range(_MONTHS_AHEAD) if month.ahead is None or month.is_any else [ahead]
    first = today.year * 12 + today.month - 1
    return [((first + count) // 12, (first + count) % 12 + 1) for count in counts]


def _in_months(said: Phrase, today: date) -> list[date]:
    """Return the day of ``in 3 months on the 1st``."""
    delay = said.delay
    if delay is None or not delay.months or delay.days or delay.seconds:
        raise PhraseError
    said = Phrase(month_day=said.month_day, nth=said.nth, month=Month(ahead=delay.months))
    return _month_days(said, today)


def _in_weeks(said: Phrase, today: date) -> list[date]:
    """Refuse ``in 2 weeks on monday``, which may be the week after or before."""
    del today
    delay = said.delay
    if delay is None or not delay.days or delay.days % 7 or not said.weekdays:
        raise PhraseError
    weeks, name = delay.days // 7, DAYS[said.weekdays[0]].lower()
    count = "a week" if weeks == 1 else f"{weeks} weeks"
    at = f" {said.time_text()}" if said.clock else ""
    raise PhraseError(
        "can be read in two ways", f"{count} from {name}{at}", f"{name}{at or ' 9:00'}"
    )


def _only_month(said: Phrase, today: date) -> list[date]:
    del said, today
    raise PhraseError("names no day", "in 1 month", "the 1st of next month")


DAYS_OF: dict[frozenset[str], Callable[[Phrase, date], list[date]]] = {
    frozenset(): lambda _said, today: [today, today + timedelta(days=1)],
    frozenset({"offset"}): _offset_days,
    frozenset({"offset", "weekdays"}): _offset_and_weekday,
    frozenset({"weekdays"}): _weekday_days,
    frozenset({"weekdays", "which"}): _weekday_days,
    frozenset({"week"}): _week_days,
    frozenset({"weekdays", "week"}): _week_days,
    frozenset({"date"}): _date_days,
    frozenset({"date", "weekdays"}): _date_days,
    frozenset({"month_day"}): _month_days,
    frozenset({"month_day", "month"}): _month_days,
    frozenset({"nth", "month"}): _month_days,
    frozenset({"month_day", "weekdays"}): _month_day_and_weekday,
    frozenset({"month_day", "weekdays", "month"}): _month_day_and_weekday,
    frozenset({"month_day", "delay"}): _in_months,
    frozenset({"nth", "delay"}): _in_months,
    frozenset({"weekdays", "delay"}): _in_weeks,
    frozenset({"month"}): _only_month,
}
