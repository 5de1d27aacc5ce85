"""The days that a phrase may mean, in order: the first whose time is still to come is taken."""

from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from dateutil.rrule import weekdays as rrule_days

from bot.times import texts
from bot.times.phrase import Month, Phrase, PhraseError
from bot.times.words import DAYS, MONTHS, WEEKDAYS

_MONTHS_AHEAD = 13
_YEARS_AHEAD = 9


def _offset(said: Phrase, today: date) -> list[date]:
    return [today + timedelta(days=said.offset or 0)]


def _offset_and_weekday(said: Phrase, today: date) -> list[date]:
    """Return ``tomorrow, thursday`` if it is one."""
    return [_fitting(said, day) for day in _offset(said, today)]


def _weekday(said: Phrase, today: date) -> list[date]:
    (weekday,) = said.weekdays or (0,)
    ahead = (weekday - today.weekday()) % 7
    if said.which == "this":
        return [today + timedelta(days=ahead)]
    if said.which == "next" and ahead == 0:
        ahead = 7
    return [today + timedelta(days=ahead), today + timedelta(days=ahead + 7)]


def _week(said: Phrase, today: date) -> list[date]:
    later = today + timedelta(days=7 * (said.week or 0))
    if said.weekdays is None:
        return [later]
    return [later + timedelta(days=said.weekdays[0] - today.weekday())]


def _date(said: Phrase, today: date) -> list[date]:
    wanted = said.date
    if wanted is None:
        return []
    days = [day for year in _years(wanted.year, today) if (day := wanted.in_year(year))]
    if not days:
        month = f"{MONTHS[wanted.month - 1]} {wanted.year or ''}" if 1 <= wanted.month <= 12 else ""
        raise PhraseError(texts.NO_SUCH_DAY, f"the last day of {month}".strip())
    if said.weekdays:
        fits = next(day for day in days if wanted.year is not None or day >= today)
        return [_fitting(said, fits)]
    return days


def _years(year: int | None, today: date) -> range:
    if year is not None:
        return range(year, year + 1)
    return range(today.year, today.year + _YEARS_AHEAD)


def _fitting(said: Phrase, day: date) -> date:
    """Return a day if it is the weekday that is said beside it."""
    if said.weekdays != (day.weekday(),) or said.which:
        shown = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        reason = texts.OTHER_WEEKDAY.format(day=shown, weekday=DAYS[day.weekday()])
        raise PhraseError(reason, f"{shown} {said.time_text()}")
    return day


def _month_day(said: Phrase, today: date) -> list[date]:
    months = _months(said.month or Month(), today)
    days = [day for year, month in months if (day := _day_in(year, month, said))]
    if not days:
        raise PhraseError(texts.NOT_IN_MONTH, "the last day of next month")
    return days


def _day_in(year: int, month: int, said: Phrase) -> date | None:
    """Return the day of a month that a phrase names, or None where the month lacks it."""
    try:
        first = date(year, month, 1)
        if said.nth is None:
            day = said.month_day or 0
            return first + relativedelta(day=31) if day == -1 else first.replace(day=day)
    except ValueError:
        return None
    number, weekday = int(said.nth[:-2]), rrule_days[WEEKDAYS.index(said.nth[-2:])]
    found = first + relativedelta(day=31 if number < 0 else 1, weekday=weekday(number))
    return found if found.month == month else None


def _month_day_and_weekday(said: Phrase, today: date) -> list[date]:
    """Return ``sunday the 29th`` if the next 29th is a Sunday."""
    days = [day for day in _month_day(said, today) if day >= today]
    return [_fitting(said, days[0])] if days else []


def _months(month: Month, today: date) -> list[tuple[int, int]]:
    """Return the years and months that may be meant, in order."""
    if month.number is not None:
        return [(year, month.number) for year in _years(month.year, today)]
    ahead = month.ahead or 0
    is_one = month.ahead is not None and not month.is_any
    counts = range(ahead, ahead + 1) if is_one else range(_MONTHS_AHEAD)
    this = today.year * 12 + today.month - 1
    return [((this + count) // 12, (this + count) % 12 + 1) for count in counts]


def _in_months(said: Phrase, today: date) -> list[date]:
    """Return the day of ``in 3 months on the 1st``."""
    delay = said.delay
    if delay is None or not delay.months or delay.days or delay.seconds:
        raise PhraseError
    in_month = Phrase(month_day=said.month_day, nth=said.nth, month=Month(ahead=delay.months))
    return _month_day(in_month, today)


def _in_weeks(said: Phrase, _today: date) -> list[date]:
    """Raise PhraseError for ``in 2 weeks on monday``, which may be the week before or after."""
    delay = said.delay
    if delay is None or not delay.days or delay.days % 7 or not said.weekdays:
        raise PhraseError
    weeks, name = delay.days // 7, DAYS[said.weekdays[0]].lower()
    count = "a week" if weeks == 1 else f"{weeks} weeks"
    at = f" {said.time_text()}" if said.clock else ""
    raise PhraseError(texts.TWO_WAYS, f"{count} from {name}{at}", f"{name}{at or ' 9:00'}")


def _only_month(_said: Phrase, _today: date) -> list[date]:
    raise PhraseError(texts.NO_DAY, "in 1 month", "the 1st of next month")


DAYS_OF: dict[frozenset[str], Callable[[Phrase, date], list[date]]] = {
    frozenset(names.split()): days
    for names, days in {
        "": lambda _said, today: [today, today + timedelta(days=1)],
        "offset": _offset,
        "offset weekdays": _offset_and_weekday,
        "weekdays": _weekday,
        "weekdays which": _weekday,
        "week": _week,
        "weekdays week": _week,
        "date": _date,
        "date weekdays": _date,
        "month_day": _month_day,
        "month_day month": _month_day,
        "nth month": _month_day,
        "month_day weekdays": _month_day_and_weekday,
        "month_day weekdays month": _month_day_and_weekday,
        "month_day delay": _in_months,
        "nth delay": _in_months,
        "weekdays delay": _in_weeks,
        "month": _only_month,
    }.items()
}
